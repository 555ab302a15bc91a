"""Putting right what is only wrong in what both sides keep for being compared.

A publication knows what its post is, and its link says another digest; or the post is there, and
the bridge has forgotten whose it is.
"""

from collections.abc import Mapping, Sequence

from igny8.core.rows import Commit, ConditionLost
from igny8.imports.model import LightPost
from igny8.imports.reading import read_links
from igny8.links.digest import digest_of
from igny8.links.model import NOTHING_SEEN, Link
from igny8.links.service import LinkService
from igny8.links.store import LinkStore
from igny8.publishing.linking import owner_of
from igny8.publishing.store import PublicationStore
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

TOLD_AT_ONCE = 100


class Relinker:
    """Makes links say what is known."""

    def __init__(
        self,
        *,
        links: LinkStore,
        service: LinkService,
        publications: PublicationStore,
        commit: Commit,
    ) -> None:
        self._links = links
        self._service = service
        self._publications = publications
        self._commit = commit

    def relinked(self, owner: KeyOwner, posts: Sequence[LightPost]) -> set[int]:
        """Write down what posts are known to be, and answer those that are as they were told.

        Two batch reads; a write for each link that was wrong.
        """
        told = {post.id: post for post in posts}
        links, _ = self._links.get_many(owner.account_id, owner.site_id, list(told))
        right = {post_id for post_id, link in links.items() if _says(link, told[post_id])}
        wrong = {
            link.content_id: post_id for post_id, link in links.items() if post_id not in right
        }
        bundles = self._publications.bundles(
            owner.account_id, sorted(wrong), [owner.integration_id], consistent=True
        )
        for bundle in bundles:
            post_id = wrong[bundle.content.id]
            publication = bundle.on(owner.integration_id)
            if publication is None or publication.external_id != post_id:
                continue
            link = owner_of(publication, links[post_id].post_type)
            if _says(link, told[post_id]) and self._write(owner, post_id, link):
                right.add(post_id)
        return right

    def tell(
        self, owner: KeyOwner, target: Target, client: BridgeClient, links: Mapping[int, Link]
    ) -> set[int] | BridgeResponse:
        """Have the bridge know once more whose these posts are; answer those that it took so.

        Its answer where that was none.
        """
        taken: set[int] = set()
        known = sorted(links)
        for start in range(0, len(known), TOLD_AT_ONCE):
            some = known[start : start + TOLD_AT_ONCE]
            items = [{"post_id": one, "content_id": links[one].content_id} for one in some]
            answer = client.links(target, items)
            if not (answer.ours and answer.success):
                return answer
            taken |= {one for one, said in read_links(answer, some).items() if said == "linked"}
        return taken

    def _write(self, owner: KeyOwner, post_id: int, link: Link) -> bool:
        change = self._service.kept(owner.account_id, owner.site_id, post_id, link, NOTHING_SEEN)
        try:
            self._commit(self._service.writes(owner.account_id, change, NOTHING_SEEN))
        except ConditionLost:
            return False  # it is another's by now; the next check looks again
        return True


def _says(link: Link, post: LightPost) -> bool:
    if link.digest is None or post.fingerprint is None:
        return False
    return link.digest == digest_of(post.id, post.status, post.fingerprint)
