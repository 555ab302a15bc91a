"""Inboxes in DynamoDB, and everything that an event is judged by, read in one call."""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Row, Tables, Write
from igny8.core.table import DATA, check, delete, integration_partition, put, update
from igny8.inbound.model import Inbox, Position, Trust
from igny8.links.store import LINKS, is_link, link_key, post_of, to_link
from igny8.publishing.store import ContentBundle, bundle_keys, to_bundles
from igny8.sites.model import KeyOwner, Site
from igny8.sites.store import SITE, site_key, to_site

INBOX = "INBOX"
WRITE = "inbox"


class InboxItem(Model):
    """How far an integration was listened to, and how often it has called in this minute."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    integration_id = NumberAttribute()
    epoch = UnicodeAttribute(null=True)
    seq = NumberAttribute(default=0)
    head = NumberAttribute(default=0)
    life = NumberAttribute(default=1)
    trust = UnicodeAttribute(default=str(Trust.TRUSTED))
    suspect_since = NumberAttribute(null=True)
    window = NumberAttribute(default=0)
    calls = NumberAttribute(default=0)
    version = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class Docket:
    """What lies before whoever judges: the site, the inbox, the contents, whose the posts are.

    Of contents and posts that are unreadable there are rows that this version cannot read: nothing
    that is told of them can be judged.
    """

    site: Site
    inbox: Inbox
    bundles: dict[int, ContentBundle]
    links: dict[int, int]
    unreadable_contents: frozenset[int] = frozenset()
    unreadable_posts: frozenset[int] = frozenset()

    def cannot_read(self, post_id: int, content_id: int | None) -> bool:
        """Whether an event cannot be judged; ``content_id`` is the one that it is about."""
        if content_id is None:
            return post_id in self.unreadable_posts
        return content_id in self.unreadable_contents


class InboxStore:
    """Reads and writes inboxes."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, account_id: int, integration_id: int) -> Inbox:
        """Read an inbox; one that was never written is empty."""
        row = self._tables.get(DATA, inbox_key(account_id, integration_id))
        return to_inbox(row) if row else Inbox(account_id=account_id, integration_id=integration_id)

    def read(
        self, owner: KeyOwner, content_ids: Sequence[int], post_ids: Sequence[int] = ()
    ) -> Docket:
        """Everything that the owner's events are judged by; one batch read up to 100 rows.

        Raises :class:`NotFound` if the site is gone, :class:`Unreadable` for it or the inbox.
        """
        account, site_id, integration = owner.account_id, owner.site_id, owner.integration_id
        keys = [
            site_key(account, site_id),
            inbox_key(account, integration),
            *bundle_keys(account, list(dict.fromkeys(content_ids)), [integration]),
            *[link_key(account, site_id, post_id) for post_id in dict.fromkeys(post_ids)],
        ]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        by_kind: dict[str, list[Row]] = {SITE: [], INBOX: [], LINKS: [], "": []}
        for row in rows:
            kind = LINKS if is_link(row) else row["sk"]["S"]
            by_kind[kind if kind in by_kind else ""].append(row)
        if not by_kind[SITE]:
            raise NotFound
        bundles, unreadable = to_bundles(by_kind[""])
        links, strange = readable(lambda row: (post_of(row), to_link(row)), by_kind[LINKS])
        return Docket(
            site=to_site(by_kind[SITE][0]),
            inbox=to_inbox(by_kind[INBOX][0])
            if by_kind[INBOX]
            else Inbox(account_id=account, integration_id=integration),
            bundles={n: one for n, one in bundles.items() if one.content.site_id == site_id},
            links={post_id: link.content_id for post_id, link in links},
            unreadable_contents=frozenset(unreadable),
            unreadable_posts=frozenset(map(post_of, strange)),
        )

    def counted(self, inbox: Inbox, position: Position | None, window: int, limit: int) -> Write:
        """Count one call in a minute, if the inbox is still this one and the limit not reached.

        Loses ``inbox`` to the inbox that is found. Calls at once do not lose to one another, but to
        one that tells of a higher number: that is not forgotten for theirs.
        """
        same = window == inbox.window
        begun_window: list[Action] = [InboxItem.window.set(window), InboxItem.calls.set(1)]
        changes: list[Action] = [InboxItem.calls.add(1)] if same else begun_window
        raised = inbox.raised_by(position)
        if raised is not None:
            changes.append(InboxItem.head.set(raised))
        if inbox.version == 0:
            # A call can come before anything of the site was written down.
            missing = InboxItem.pk.does_not_exist()
            begun = _to_item(inbox)
            begun.window, begun.calls, begun.version = window, 1, 1
            return put(WRITE, DATA, begun, missing, found=to_inbox)
        condition = InboxItem.version == inbox.version
        if same:
            condition &= (InboxItem.window == window) & (InboxItem.calls < limit)
        else:
            condition &= InboxItem.window < window
        if raised is not None:
            condition &= InboxItem.head.does_not_exist() | (InboxItem.head <= raised)
        key = inbox_key(inbox.account_id, inbox.integration_id)
        return update(WRITE, DATA, key, changes, condition, found=to_inbox)

    def unchanged(self, inbox: Inbox) -> list[Write]:
        """Require that an inbox is as it was read; nothing of one that was never written."""
        if inbox.version == 0:
            return []
        key = inbox_key(inbox.account_id, inbox.integration_id)
        return [check(WRITE, DATA, key, InboxItem.version == inbox.version, found=to_inbox)]

    def change(self, before: Inbox, after: Inbox) -> Write:
        """Store a position or the trust in it, if nobody else has changed them; calls are kept."""
        if before.version == 0:
            item = _to_item(after)
            item.version = 1
            return put(WRITE, DATA, item, InboxItem.pk.does_not_exist(), found=to_inbox)
        changes = [
            InboxItem.epoch.set(after.epoch) if after.epoch else InboxItem.epoch.remove(),
            InboxItem.seq.set(after.seq),
            InboxItem.life.set(after.life),
            InboxItem.trust.set(str(after.trust)),
            InboxItem.suspect_since.set(after.suspect_since)
            if after.suspect_since
            else InboxItem.suspect_since.remove(),
            InboxItem.version.set(before.version + 1),
        ]
        if after.life != before.life:  # else calls raise it meanwhile
            changes.append(InboxItem.head.set(after.head))
        key = inbox_key(before.account_id, before.integration_id)
        unchanged = InboxItem.version == before.version
        return update(WRITE, DATA, key, changes, unchanged, found=to_inbox)


def inbox_deletion(account_id: int, integration_id: int) -> Write:
    """Forget an inbox, whether or not there is one: what is on its way finds none."""
    return delete("inbox deletion", DATA, inbox_key(account_id, integration_id))


def inbox_key(account_id: int, integration_id: int) -> Row:
    """Key of an inbox."""
    return DATA.key(integration_partition(account_id, integration_id), INBOX)


def _to_item(inbox: Inbox) -> InboxItem:
    return InboxItem(
        integration_partition(inbox.account_id, inbox.integration_id),
        INBOX,
        account_id=inbox.account_id,
        integration_id=inbox.integration_id,
        epoch=inbox.epoch,
        seq=inbox.seq,
        head=inbox.head,
        life=inbox.life,
        trust=str(inbox.trust),
        suspect_since=inbox.suspect_since,
        window=inbox.window,
        calls=inbox.calls,
        version=inbox.version,
    )


@translation
def to_inbox(row: Row) -> Inbox:
    """Translate a stored inbox."""
    item = stored(InboxItem, row)
    return Inbox(
        account_id=int(item.account_id),
        integration_id=int(item.integration_id),
        epoch=item.epoch,
        seq=int(item.seq),
        head=int(item.head),
        life=int(item.life),
        trust=Trust(item.trust),
        suspect_since=None if item.suspect_since is None else int(item.suspect_since),
        window=int(item.window),
        calls=int(item.calls),
        version=int(item.version),
    )
