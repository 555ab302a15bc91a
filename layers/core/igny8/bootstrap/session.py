"""The one botocore session, without what only a person at a prompt needs.

Making its first client costs most of a cold start, and half of that is reading botocore's own
files: it lists the folders of four hundred services to see whether there is one of that name, and
reads JSON into ordered dictionaries, which takes twice as long as into those of today.
"""

import gzip
import json
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

SERVICES = ("dynamodb", "kms", "lambda", "s3", "secretsmanager", "sqs")
"""Those that a client may be made of."""
CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    s3={"addressing_style": "virtual"},
    # What it would find is found by the tests, at a price in every call.
    parameter_validation=False,
    # botocore builds its own anew for each call; the session's name for it is all that is lost.
    user_agent="igny8-integrations",
)
CONFIGS = {
    # Somebody waits for the function's answer; asked twice, it would do everything twice.
    "lambda": CLIENT_CONFIG.merge(Config(read_timeout=24, retries={"total_max_attempts": 1})),
    # Links are signed as everything is that is sent: a region knows no other way.
    "s3": CLIENT_CONFIG.merge(Config(signature_version="s3v4")),
}
# A sweep goes on with others when one call takes long: no call of its lasts over ten seconds.
SWEEP_CONFIG = CLIENT_CONFIG.merge(
    Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 2})
)
OPEN: dict[str, Callable[[str, str], Any]] = {".json": open, ".json.gz": gzip.open}


class PlainFiles(JSONFileLoader):
    """Reads models as they are; dictionaries keep their order anyway."""

    def load_file(self, file_path: str) -> Any:
        """Read a model, named without its suffix; ``None`` if there is none."""
        for suffix, opened in OPEN.items():
            try:
                with opened(file_path + suffix, "rb") as file:
                    return json.load(file)
            except FileNotFoundError:
                continue
        return None


class KnownServices(Loader):
    """Looks for no others than those that we use."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Answer them unseen."""
        return list(SERVICES)


class Session(botocore.session.Session):
    """Makes clients, configured alike but for one that people wait for."""

    def __init__(self, config: Config = CLIENT_CONFIG) -> None:
        super().__init__()
        self._of_clients = config
        self.register_component("data_loader", KnownServices(file_loader=PlainFiles()))

    def make(self, service: str) -> Any:
        """A client of one of :data:`SERVICES`."""
        config = CONFIGS.get(service, self._of_clients)
        return self.create_client(service, config=config)
