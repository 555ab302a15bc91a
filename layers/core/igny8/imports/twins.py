"""Contents of a site that nobody has published yet: a post may be one of them already.

Someone wrote an article here and brought it over by hand. Made into content, there would be two of
it; linked by its likeness, the next publish could write over somebody else's.
"""

from collections.abc import Sequence

from igny8.content.model import Content, EditorialStatus, Waiting
from igny8.content.store import ContentStore
from igny8.core.cursor import PageRequest
from igny8.core.ids import MAX_ID
from igny8.imports.identity import Lookalikes, Marks, marks_of
from igny8.publishing.store import PublicationStore
from igny8.sites.model import KeyOwner

MOST = 1_000
"""Of the newest such contents."""
MOST_PAGES = 3
"""Drafts that came from WordPress are listed among them: so many thousands are looked through."""
MOST_RUNS = 4


class TwinFinder:
    """Reads what posts may look like; what it has read for a run it reads once."""

    def __init__(self, *, contents: ContentStore, publications: PublicationStore) -> None:
        self._contents = contents
        self._publications = publications
        self._runs: dict[int, dict[int, Marks | None]] = {}

    def lookalikes(self, owner: KeyOwner, run_id: int) -> Lookalikes:
        """The newest contents without a post; three queries, and a read of each new one."""
        known = self._runs.setdefault(run_id, {}) if run_id else {}
        for one in list(self._runs)[:-MOST_RUNS]:
            self._runs.pop(one, None)
        listed = self._waiting(owner)
        page = PageRequest(MOST)
        for _ in range(MOST_PAGES):
            drafts = self._contents.ids_of_site(
                owner.account_id, owner.site_id, EditorialStatus.DRAFT, page
            )
            listed += drafts.items
            self._read(owner, [number for number in listed if number not in known], known)
            if drafts.next is None or sum(known[number] is not None for number in listed) >= MOST:
                break
            page = page.below(drafts.items[-1])
        newest = sorted(set(listed), reverse=True)
        found = [(number, known[number]) for number in newest]
        return Lookalikes([(number, marks) for number, marks in found if marks is not None][:MOST])

    def _waiting(self, owner: KeyOwner) -> list[int]:
        """What automation may take one day; ready or not."""
        account_id, site_id = owner.account_id, owner.site_id
        return [
            number
            for kind in Waiting
            for number in self._contents.waiting(account_id, site_id, kind, MAX_ID, MOST)
        ]

    def _read(
        self, owner: KeyOwner, numbers: Sequence[int], known: dict[int, Marks | None]
    ) -> None:
        if not numbers:
            return
        bundles = self._publications.bundles(owner.account_id, numbers, [])
        sent = [one.content.id for one in bundles if one.content.was_sent and _is_own(one.content)]
        tried, _ = self._publications.known(owner.account_id, sent, [owner.integration_id])
        with_post = {
            number
            for number, one in tried.items()
            if any(there.external_id is not None for there in one.publications)
        }
        known |= dict.fromkeys(numbers)
        for bundle in bundles:
            content = bundle.content
            if _is_own(content) and content.id not in with_post:
                known[content.id] = marks_of(content)


def _is_own(content: Content) -> bool:
    """Whether it was written here: what came from WordPress has its post."""
    return content.source == "igny8"
