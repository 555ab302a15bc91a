"""From events to writes: one plan a content, so that a content's writes stay in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from igny8.content.model import Content
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch, rfc3339
from igny8.core.errors import NotFound
from igny8.core.rows import Write
from igny8.inbound.history import of_nobody, passed_over, told
from igny8.inbound.model import DATA_LOSS, Heard, Position, PostEvent, Result
from igny8.inbound.rules import ENDED, Judgement, judged, unheard_of
from igny8.inbound.store import Docket
from igny8.journal.service import Journal
from igny8.links.model import Link, Seen
from igny8.links.service import LinkService
from igny8.publishing.fingerprints import tells_groups
from igny8.publishing.linking import following
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.sites.model import KeyOwner

TAKEN = "names a post that belongs to another content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a site says in one go: events, and how far it says that it has counted.

    ``is_pulled``: we took it, so it counts for no limit. ``is_answer``: we asked about these posts,
    and nothing new is nothing to tell.
    """

    events: Sequence[PostEvent]
    site_url: str | None = None
    position: Position | None = None
    is_metadata: bool = False
    is_answer: bool = False
    is_pulled: bool = False

    @property
    def as_of(self) -> int | None:
        """How far the site had counted when it answered; events above that are newer than that."""
        return self.position.head_seq if self.is_answer and self.position else None


@dataclass(frozen=True, slots=True)
class ContentPlan:
    """What the events of one content come to; of content 0 those that are of nobody's.

    ``asks`` are posts of which nothing was said, ``edited`` those whose text somebody has changed,
    ``disputed`` the same where a person has to decide. ``links`` are the posts that it has from
    then on; what is counted with them is counted once a transaction.
    """

    content_id: int
    writes: list[Write] = field(default_factory=list)
    heard: dict[int, Heard] = field(default_factory=dict)
    asks: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    disputed: list[int] = field(default_factory=list)
    links: dict[int, Link] = field(default_factory=dict)
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    lost: bool = False


class Planner:
    """Judges events and prepares what is to be written down."""

    def __init__(
        self,
        *,
        contents: ContentStore,
        publications: PublicationStore,
        links: LinkService,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._contents = contents
        self._publications = publications
        self._links = links
        self._journal = journal
        self._clock = clock

    def plans(
        self,
        owner: KeyOwner,
        telling: Telling,
        docket: Docket,
        *,
        done: Mapping[int, Heard],
        seen: Seen,
    ) -> list[ContentPlan]:
        """Plans for the events that are not ``done``, by their number; nobody's first.

        ``seen``: whose the posts are that events name, as far as that is known. Of two contents
        that are told to have one post the first has it.
        """
        by_content: dict[int, list[int]] = defaultdict(list)
        strays: list[int] = []
        spoilt: list[int] = []
        for number, event in enumerate(telling.events):
            if number in done:
                continue
            content_id = event.content_id
            if content_id is None:
                content_id = docket.links.get(event.post_id)
            if docket.cannot_read(event.post_id, content_id):
                spoilt.append(number)
            elif content_id is not None and content_id in docket.bundles:
                by_content[content_id].append(number)
            else:
                strays.append(number)
        plans = [self._of_nobody(owner, telling, strays), self._spoilt(owner, telling, spoilt)]
        for content_id, numbers in by_content.items():
            events = {number: telling.events[number] for number in numbers}
            plan = self._plan(owner, telling, docket, docket.bundles[content_id], events, seen)
            seen = Seen({**seen.links, **plan.links}, seen.uncounted)
            plans.append(plan)
        return plans

    def _of_nobody(self, owner: KeyOwner, telling: Telling, numbers: Sequence[int]) -> ContentPlan:
        """Events of what is not here. One that names a content is somebody else's, or a mistake."""
        events = {number: telling.events[number] for number in numbers}
        lost = any(event.action == DATA_LOSS for event in events.values())
        heard = {
            number: Heard(
                Result.APPLIED if event.action == DATA_LOSS or event.terms else Result.IGNORED,
                event.event_id,
            )
            for number, event in events.items()
        }
        named = [event for event in events.values() if event.content_id is not None]
        writes = [one for one in [of_nobody(self._journal, owner, named)] if one is not None]
        return ContentPlan(0, writes, heard, lost=lost)

    def _spoilt(self, owner: KeyOwner, telling: Telling, numbers: Sequence[int]) -> ContentPlan:
        """Events of which a row cannot be read: passed over, so that they keep back no others."""
        plan = ContentPlan(0)
        for number in numbers:
            event = telling.events[number]
            plan.writes.append(passed_over(self._journal, owner, event))
            plan.heard[number] = Heard(Result.IGNORED, event.event_id, event.content_id)
        return plan

    def _plan(
        self,
        owner: KeyOwner,
        telling: Telling,
        docket: Docket,
        bundle: ContentBundle,
        events: Mapping[int, PostEvent],
        seen: Seen,
    ) -> ContentPlan:
        content, stored = bundle.content, bundle.on(owner.integration_id)
        publication = known = stored or self._unheard_of(content, owner.integration_id)
        now = self._clock.now()
        plan = ContentPlan(content.id)
        for number, event in events.items():
            if event.says_nothing:
                plan.asks.append(event.post_id)
                plan.heard[number] = _heard(Result.QUEUED, event, content.status, publication)
                continue
            judgement = judged(
                event,
                content,
                publication,
                life=docket.inbox.life,
                as_of=telling.as_of,
                now=epoch(now),
                now_text=rfc3339(now),
                home=telling.site_url,
            )
            if _is_anothers(publication, judgement, seen):
                judgement = Judgement(Result.IGNORED, publication, content.status, TAKEN)
            if telling.is_answer and _is_no_news(publication, judgement, content.status):
                judgement = Judgement(Result.DUPLICATE, publication, content.status)
            if judgement.result in {Result.APPLIED, Result.IGNORED}:
                line = told(
                    self._journal,
                    event,
                    content,
                    publication,
                    judgement,
                    is_metadata=telling.is_metadata,
                )
                plan.writes.append(line)
            publication = judgement.publication
            content = replace(content, status=judgement.status)
            plan.heard[number] = _heard(judgement.result, event, content.status, publication)
        _note_edit(plan, known, publication, is_answer=telling.is_answer)
        if publication != known:
            self._store(plan, stored, publication, bundle.content, seen)
            content = replace(content, was_sent=True)
        if content != bundle.content:
            if content.status is not bundle.content.status:
                content = replace(content, updated_at=now, was_sent=True)
            plan.writes.extend(self._contents.revision(bundle.content, content))
        elif stored is None and plan.writes:
            # Nothing that the others are conditional on says that the content is still there.
            plan.writes.append(self._contents.exists(bundle.content))
        named = [replace(write, name=f"{write.name} {content.id}") for write in plan.writes]
        return replace(plan, writes=named)

    def _unheard_of(self, content: Content, integration_id: int) -> Publication:
        """What a former integration of the site knew of the content's post, or nothing.

        A content that is younger than the integration, as ids tell, has never been on another.
        """
        known = None
        if content.id < integration_id:
            with suppress(NotFound):
                found = self._publications.bundle(content.account_id, content.id)
                known = found.known_on(integration_id)
        return known or unheard_of(content, integration_id)

    def _store(
        self,
        plan: ContentPlan,
        before: Publication | None,
        after: Publication,
        content: Content,
        seen: Seen,
    ) -> None:
        """Add to a plan what stores a publication, and what its link is then."""
        after = replace(after, version=(before.version if before else 0) + 1)
        plan.writes.append(self._publications.write(before, after))
        post_type = content.editorial.post_type
        change, link = following(self._links, before, after, post_type, seen)
        if after.external_id is not None and change.writes:
            plan.writes.extend(change.writes)
            plan.links[after.external_id] = link
            plan.counts.update(change.counts)


def _note_edit(
    plan: ContentPlan, before: Publication, after: Publication, *, is_answer: bool
) -> None:
    """Have a text read that is another than both sides know, where its bridge can be asked for it.

    An answer says so again of what nobody has read yet. While something of ours is under way, what
    comes of that decides.
    """
    told, post_id = after.site_fingerprint, after.external_id
    is_news = is_answer or told != before.site_fingerprint
    rests = after.state in ENDED | {PublishState.CONFLICT}
    if post_id is None or not (is_news and rests and tells_groups(told)):
        return
    decides = after.state is PublishState.CONFLICT
    if decides or told != after.fingerprint:
        (plan.disputed if decides else plan.edited).append(post_id)


def _is_anothers(before: Publication, judgement: Judgement, seen: Seen) -> bool:
    """Whether an event names a post, for the first time, that belongs to another content."""
    post_id = judgement.publication.external_id
    if post_id is None or post_id == before.external_id:
        return False
    found = seen.of(post_id, None)
    return found is not None and found.content_id != before.content_id


def _heard(result: Result, event: PostEvent, status: str, publication: Publication) -> Heard:
    return Heard(
        result,
        event.event_id,
        publication.content_id,
        str(status),
        publication.wordpress_status,
        publication.external_id,
        publication.external_url,
    )


def _is_no_news(before: Publication, judgement: Judgement, status: str) -> bool:
    after = judgement.publication
    same = replace(after, last_wp_sync=before.last_wp_sync) == before
    return same and judgement.status == status
