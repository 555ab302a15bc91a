"""What is known here of contents whose posts somebody has changed: two batch reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from igny8.core.reading import readable
from igny8.core.rows import Tables
from igny8.core.table import DATA
from igny8.inbound.store import Docket, InboxStore
from igny8.publishing.base_store import BASE, base_key, to_base
from igny8.publishing.bases import Base
from igny8.publishing.model import Publication
from igny8.publishing.store import ContentBundle, bundle_keys, to_bundles
from igny8.sites.model import KeyOwner
from igny8.structure.store import says_two_way, structure_key


@dataclass(frozen=True, slots=True)
class Known:
    """A content with its publication, and what both sides last agreed on, if that is believed."""

    bundle: ContentBundle
    publication: Publication
    base: Base | None


@dataclass(frozen=True, slots=True)
class Sides:
    """By post: what is known here. ``two_way``: the texts of people come over by themselves."""

    docket: Docket
    known: Mapping[int, Known]
    two_way: bool


class SidesReader:
    """Reads both sides as they are known here."""

    def __init__(self, *, tables: Tables, inboxes: InboxStore) -> None:
        self._tables = tables
        self._inboxes = inboxes

    def read(self, owner: KeyOwner, post_ids: Sequence[int]) -> Sides:
        """Contents of these posts, as far as they are content of this site, consistently.

        Raises :class:`NotFound` where the site is gone, :class:`Unreadable`.
        """
        docket = self._inboxes.read(owner, [], post_ids)
        content_ids = list(dict.fromkeys(docket.links.values()))
        account_id, integration_id = owner.account_id, owner.integration_id
        keys = [
            structure_key(account_id, integration_id),
            *bundle_keys(account_id, content_ids, [integration_id]),
            *[base_key(account_id, content_id, integration_id) for content_id in content_ids],
        ]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        structure = [row for row in rows if DATA.key_of(row) == keys[0]]
        bases, _ = readable(to_base, [row for row in rows if row["sk"]["S"].startswith(BASE)])
        rest = [row for row in rows if row not in structure and not row["sk"]["S"].startswith(BASE)]
        bundles, _ = to_bundles(rest)
        by_content = {base.content_id: base for base in bases}
        known = {
            post_id: _known(bundles[content_id], integration_id, by_content.get(content_id))
            for post_id, content_id in docket.links.items()
            if content_id in bundles and bundles[content_id].content.site_id == owner.site_id
        }
        here = {post_id: one for post_id, one in known.items() if one is not None}
        return Sides(docket, here, any(map(says_two_way, structure)))


def _known(bundle: ContentBundle, integration_id: int, base: Base | None) -> Known | None:
    publication = bundle.on(integration_id)
    if publication is None:
        return None
    believed = base if base is not None and base.is_of(publication.fingerprint) else None
    return Known(bundle, publication, believed)
