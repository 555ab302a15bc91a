"""Content whose text came from a site, as an import and a pull make it."""

from dataclasses import replace
from typing import Any

from igny8.content.kept import taken_in
from igny8.content.model import Content, Editorial, EditorialStatus, MadeBy

from tests.support.world import ACCOUNT, World


def imported(world: World, raw: str, *, builder: str | None = None, **fields: Any) -> Content:
    """Content of a post with this body."""
    services: Any = world.services
    text = taken_in(raw, builder=builder)
    now, content_id = services.clock.now(), services.ids.next()
    content = Content(
        id=content_id,
        account_id=ACCOUNT,
        site_id=world.site()["id"],
        rev=1,
        status=EditorialStatus.PUBLISHED,
        editorial=Editorial(title="From a site", **fields),
        body=services.bodies.put(ACCOUNT, content_id, text.html),
        created_at=now,
        updated_at=now,
        source="wordpress",
        was_sent=True,
        made_by=MadeBy.WORDPRESS,
        raw=services.bodies.put_raw(ACCOUNT, content_id, raw, text.ranges),
        kept=text.kept,
    )
    services.commit([services.content_store.creation(content)])
    return content


def pulled(world: World, content_id: int, raw: str, **fields: Any) -> Content:
    """A revision that says what the site says now."""
    services: Any = world.services
    before = services.content_store.get(ACCOUNT, content_id)
    text = taken_in(raw)
    body = services.bodies.put(ACCOUNT, content_id, text.html)
    ref = services.bodies.put_raw(ACCOUNT, content_id, raw, text.ranges)
    editorial = replace(before.editorial, **fields)
    after = replace(
        before.revised(editorial, body, [], services.clock.now()),
        made_by=MadeBy.WORDPRESS,
        raw=ref,
        kept=text.kept,
        dropped=(),
    )
    services.commit(services.content_store.revision(before, after))
    return after
