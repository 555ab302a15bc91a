"""Use cases of content that concern the writing alone; publishing has its own."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from igny8.content.boxes import boxed, lost_comments
from igny8.content.model import (
    BodyRef,
    Content,
    Editorial,
    EditorialStatus,
    MadeBy,
    Range,
    RawRef,
    Waiting,
)
from igny8.content.nesting import outline
from igny8.content.sanitise import Cleaned, sanitised, without_controls
from igny8.content.site_terms import remembered
from igny8.content.store import ContentStore
from igny8.content.words import is_empty
from igny8.core.clock import Clock, epoch, from_rfc3339, rfc3339
from igny8.core.errors import Conflict, Contended, Invalid, TooLarge, Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.idempotency.model import IdempotencyKey
from igny8.idempotency.store import IdempotencyStore
from igny8.sites.service import SiteService

FIELDS_MAX_BYTES = 150_000
BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")


class Bodies(Protocol):
    """Keeps texts; see `igny8.content.bodies.BodyStore`."""

    def put(self, account_id: int, content_id: int, html: str) -> BodyRef: ...
    def get(self, ref: BodyRef) -> str: ...
    def put_raw(
        self,
        account_id: int,
        content_id: int,
        raw: str,
        ranges: Sequence[Range],
        shown: str | None = None,
    ) -> RawRef: ...
    def get_raw(self, ref: RawRef) -> tuple[str, tuple[Range, ...]]: ...
    def delete(self, key: str) -> None: ...


class Leftovers(Protocol):
    """Removes what nobody has; see `igny8.cleaning.service.Cleaner`."""

    def noting(self, account_id: int, content_id: int) -> Write: ...


@dataclass(frozen=True, slots=True)
class Changes:
    """What a PATCH asks for: editorial fields by name, the text, the status.

    ``drop_kept`` are parts that its site keeps and that the text may lose, ``base_rev`` is the
    revision that was changed.
    """

    editorial: Mapping[str, Any]
    content_html: str | None = None
    status: EditorialStatus | None = None
    drop_kept: Sequence[str] | None = None
    base_rev: int | None = None


class Automation(Protocol):
    """Looks at sites; see `igny8.pacing.store.PacingStore`."""

    def wake(self, account_id: int, site_id: int, now: int, *, approval: bool) -> None: ...


class ContentService:
    """Creates content and prepares revisions."""

    def __init__(
        self,
        *,
        store: ContentStore,
        bodies: Bodies,
        sites: SiteService,
        requests: IdempotencyStore,
        leftovers: Leftovers,
        automation: Automation,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
        html_max_bytes: int,
    ) -> None:
        self._store = store
        self._bodies = bodies
        self._leftovers = leftovers
        self._automation = automation
        self._sites = sites
        self._requests = requests
        self._commit = commit
        self._ids = ids
        self._clock = clock
        self._html_max_bytes = html_max_bytes

    def create(
        self,
        account_id: int,
        *,
        site_id: int,
        editorial: Editorial,
        html: str,
        status: EditorialStatus,
        request: IdempotencyKey | None = None,
    ) -> tuple[Content, str]:
        """Store a new content at revision 1, once a ``request``; answers it with its clean text.

        Raises :class:`NotFound` for a site that is not the account's, :class:`TooLarge`,
        :class:`Invalid`, :class:`KeyReused`; nothing is left behind then.
        """
        accepted = self.accept(html)
        clean = accepted.html
        check_fields(editorial)
        while True:
            made = self._requests.find(account_id, request)
            if made is not None:
                return restored(made), clean
            site = self._sites.get(account_id, site_id)
            now = self._clock.now()
            content_id = self._ids.next()
            with self._noted_if_it_fails(account_id, content_id):
                body = self._bodies.put(account_id, content_id, clean)
            content = Content(
                id=content_id,
                account_id=account_id,
                site_id=site.id,
                rev=1,
                status=status,
                editorial=editorial,
                body=body,
                created_at=now,
                updated_at=now,
                taken_out=accepted.taken_out,
            )
            recording = self._requests.recording(account_id, request, snapshot(content))
            try:
                with self._noted_if_it_fails(account_id, content_id):
                    self._commit([self._store.creation(content), *recording])
            except ConditionLost as lost:
                # The id was taken in this very millisecond, or the request came twice.
                if "content" not in lost.rows:
                    self._withdraw(content)
                continue
            except Contended:
                self._withdraw(content)
                raise
            self.tell_automation(content)
            return content, clean

    def tell_automation(self, content: Content, before: Content | None = None) -> None:
        """Have the next sweep look at the site of a content that waits for it from now on."""
        waited = before.waits_for if before is not None else None
        if content.waits_for in {None, waited}:
            return
        with suppress(Unavailable):  # it is looked at within the hour
            now = epoch(self._clock.now())
            approval = content.waits_for is Waiting.APPROVAL
            self._automation.wake(content.account_id, content.site_id, now, approval=approval)

    def _withdraw(self, content: Content) -> None:
        """Remove the text of a content that was certainly not made."""
        with suppress(Unavailable), self._noted_if_it_fails(content.account_id, content.id):
            self._bodies.delete(content.body.key)

    @contextmanager
    def _noted_if_it_fails(self, account_id: int, content_id: int) -> Iterator[None]:
        """Have whatever was stored looked for later: what did not answer may have been done."""
        try:
            yield
        except Contended:
            raise
        except Unavailable:
            with suppress(Unavailable):  # nobody names the text: it harms nobody
                self._commit([self._leftovers.noting(account_id, content_id)])
            raise

    def revise(self, content: Content, changes: Changes) -> Content:
        """Answer the content as changed, its text stored, its row not yet.

        Raises :class:`TooLarge`, :class:`Invalid`, :class:`Conflict`; nothing is stored then.
        """
        edited = replace(content.editorial, **changes.editorial)
        editorial = remembered(edited, content.editorial)
        check_fields(editorial)
        accepted, dropped = None, content.dropped
        if changes.content_html is not None:
            accepted, dropped = self._edited(content, changes.content_html, changes.drop_kept)
        elif changes.drop_kept:
            raise Invalid({"drop_kept": ["Send content_html without these parts, too."]})
        same_text = accepted is None or _sha256(accepted.html) == content.body.sha256
        if editorial != content.editorial or not same_text:
            _check_seen(content, changes.base_rev)
        if accepted is None:
            return content.revised(editorial, content.body, content.taken_out, self._clock.now())
        body = self._bodies.put(content.account_id, content.id, accepted.html)
        revised = content.revised(editorial, body, accepted.taken_out, self._clock.now())
        return replace(revised, dropped=dropped)

    def _edited(
        self, content: Content, html: str, drop: Sequence[str] | None
    ) -> tuple[Cleaned, tuple[str, ...]]:
        """A text that was edited, and the kept parts that it lost on purpose."""
        accepted = self._sanitised(html)
        if content.raw is not None and drop is None and "<!--" not in accepted.html:
            refusal = lost_comments(self.text(content), accepted.html)
            if refusal is not None:
                raise refusal
        boxes = boxed(accepted.html, content, drop)
        if is_empty(boxes.html) and len(boxes.dropped) == len(content.kept):
            raise Invalid({"content_html": ["The text is empty."]})
        return replace(accepted, html=boxes.html), boxes.dropped

    def accept(self, html: str) -> Cleaned:
        """Sanitise a new text. Raises :class:`TooLarge` above the limit, :class:`Invalid`."""
        clean = self._sanitised(html)
        boxed(clean.html, None, None)
        if is_empty(clean.html):
            raise Invalid({"content_html": ["The text is empty."]})
        return clean

    def _sanitised(self, html: str) -> Cleaned:
        # Each bare ampersand becomes five bytes: known to be too much before it is parsed.
        if _size(html) + 4 * len(BARE_AMPERSAND.findall(html)) > self._html_max_bytes:
            raise self._too_large()
        complaint = outline(without_controls(html)).complaint  # counted is what is parsed
        if complaint is not None:
            raise Invalid({"content_html": [complaint]})
        clean = sanitised(html)
        if _size(clean.html) > self._html_max_bytes:
            raise self._too_large()
        return clean

    def text(self, content: Content) -> str:
        """Read a content's HTML."""
        return self._bodies.get(content.body)

    def _too_large(self) -> TooLarge:
        megabytes = self._html_max_bytes / 1_048_576
        return TooLarge("too_large", f"The HTML is larger than {megabytes:g} MB. Shorten the text.")


def _check_seen(content: Content, base_rev: int | None) -> None:
    """Nobody changes a text without having seen what people changed on the site."""
    if base_rev is not None and base_rev > content.rev:
        raise Invalid({"base_rev": [f"The newest revision is {content.rev}."]})
    newer = content.newer_than_seen(base_rev)
    if newer is not None:
        raise Conflict(
            "changed_meanwhile",
            f"Revision {newer} came from WordPress. Read the content again, and say its rev as"
            " base_rev.",
            facts={"rev": newer},
        )


def check_fields(editorial: Editorial) -> None:
    """The fields as they are together, whatever single changes led to them."""
    if editorial.post_status == "future" and editorial.publish_at is None:
        raise Invalid({"post_status": ["A post_status of future needs publish_at."]})
    if _size(json.dumps(asdict(editorial), ensure_ascii=False)) > FIELDS_MAX_BYTES:
        raise TooLarge("too_large", "The fields beside the HTML are larger than 150 kB.")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _size(text: str) -> int:
    return len(text.encode())


def snapshot(content: Content) -> str:
    """A content as it was made, for whoever sends the request again."""
    moments = {name: rfc3339(getattr(content, name)) for name in ("created_at", "updated_at")}
    return json.dumps({**asdict(content), **moments}, ensure_ascii=False)


def restored(text: str) -> Content:
    """The content of a snapshot."""
    values = json.loads(text)
    return Content(
        **{
            **values,
            "status": EditorialStatus(values["status"]),
            "editorial": Editorial(**values["editorial"]),
            "body": BodyRef(**values["body"]),
            "created_at": from_rfc3339(values["created_at"]),
            "updated_at": from_rfc3339(values["updated_at"]),
            "made_by": MadeBy(values.get("made_by", MadeBy.PERSON)),
            # A content that was made here has nothing of a site's.
            "kept": (),
            "dropped": (),
        }
    )
