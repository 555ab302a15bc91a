"""A worker whose clock says that the lease of the one before is over."""

import os
from datetime import UTC, datetime, timedelta

from igny8.bootstrap.publish_worker import services
from igny8.core.queue import Hint


class Later:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=200)


made = services()
made.clock = Later()
served = made.worker.serve([Hint.parse(os.environ["HINT"])], lambda: 120)
assert [one.reason for one in served] == ["confirmed"], served
