"""Who reads posts for the publish worker, which calls a site for nothing but deliveries."""

from collections.abc import Sequence
from typing import Protocol

from igny8.core.rows import Write
from igny8.publishing.model import Publication
from igny8.sites.model import KeyOwner


class Watch(Protocol):
    """Has posts read; see `igny8.syncing.listening.ListeningService.asked`."""

    def asked(
        self, owner: KeyOwner, post_ids: Sequence[int], *, edited: Sequence[int] = (),
        disputed: Sequence[int] = (),
    ) -> list[Write]: ...  # fmt: skip
    def wake(self, owner: KeyOwner) -> None: ...


def site_of(publication: Publication) -> KeyOwner:
    """Where a publication's post is."""
    ids = publication.account_id, publication.site_id, publication.integration_id
    return KeyOwner(*ids, "")
