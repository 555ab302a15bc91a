"""Every action that a person, a site or time can take on a publication."""

from collections.abc import Callable
from typing import Any

from tests.support.case import INTEGRATIONS, Case
from tests.support.world import Response

Act = Callable[[Case], Response | None]


def _edit_and_click(case: Case) -> Response:
    case.edit()
    return case.click()


def _leave_published(case: Case) -> Response:
    return case.world.call("PATCH", case.path, {"status": "draft"})


def _schedule(case: Case) -> Response:
    return case.world.call("PATCH", case.path, {"publish_at": "2026-06-01T09:00:00Z"})


def _does(act: str, **body: Any) -> Act:
    return lambda case: case.act(act, **body)


def _delete(case: Case) -> Response:
    return case.world.call("DELETE", case.path)


def _delete_and_keep(case: Case) -> Response:
    return case.world.call("DELETE", f"{case.path}?unpublish=keep")


def _delete_site(case: Case) -> Response:
    return case.world.call("DELETE", f"/api/v1/sites/{case.site['id']}/")


def _rotate(case: Case) -> Response:
    return case.world.call("POST", f"{INTEGRATIONS}generate-api-key/", {"site_id": case.site["id"]})


def revoke(case: Case) -> Response:
    return case.world.call("POST", f"{INTEGRATIONS}revoke-api-key/", {"site_id": case.site["id"]})


def _pair(case: Case) -> Response:
    return case.world.pair(case.site, case.site["api_key"])


def _tells(what: str) -> Act:
    def act(case: Case) -> Response | None:
        return case.person(what) if case.id in case.wordpress.posts else None

    return act


def _unseen(what: str) -> Act:
    """Somebody does something there of which nobody here hears, and then people here go on."""

    def act(case: Case) -> Response | None:
        if case.id not in case.wordpress.posts:
            return None
        if what == "edited":
            case.wordpress.rewrite(case.id)
        else:
            case.wordpress.set_status(case.id, what)
        return _edit_and_click(case)

    return act


ACTIONS: dict[str, Act] = {
    "click": lambda case: case.click(),
    "click, recreate": lambda case: case.click(recreate=True),
    "edit and click": _edit_and_click,
    "cancel": _does("cancel"),
    "retry": _does("retry"),
    "unpublish to draft": _does("unpublish", to="draft"),
    "unpublish to trash": _does("unpublish", to="trash"),
    "keep ours": _does("resolve-conflict", keep="ours"),
    "keep theirs": _does("resolve-conflict", keep="theirs"),
    "PATCH draft": _leave_published,
    "PATCH publish_at": _schedule,
    "DELETE": _delete,
    "DELETE, keep": _delete_and_keep,
    "DELETE, draft": lambda case: case.world.call("DELETE", f"{case.path}?unpublish=draft"),
    "DELETE, trash": lambda case: case.world.call("DELETE", f"{case.path}?unpublish=trash"),
    "delete integration": lambda case: case.delete_integration(),
    "delete site": _delete_site,
    "rotate key": _rotate,
    "revoke keys": revoke,
    "pair": _pair,
    "pair elsewhere": lambda case: case.move(),
    "trashed there": _tells("trash"),
    "deleted there": _tells("deleted"),
    "live there": _tells("publish"),
    "edited there": _tells("edited"),
    "drafted there": _tells("draft"),
    "edited unseen, edit and click": _unseen("edited"),
    "drafted unseen, edit and click": _unseen("draft"),
    "time": lambda case: case.work(minutes=5),
}
