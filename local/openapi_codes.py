"""Every error code of the API: its status, what it means, and which rows answer it."""

from igny8.core import errors
from igny8.entrypoint.api import STATUS
from igny8.entrypoint.rows import Caller, Route

CODES: dict[str, tuple[type[errors.DomainError], str]] = {
    "malformed": (errors.Malformed, "The request cannot be read; a body is not JSON."),
    "bad_cursor": (errors.Malformed, "The cursor is not one that was given out."),
    "unauthorized": (errors.Unauthenticated, "No ID token, or one that is not valid."),
    "missing_api_key": (errors.Unauthenticated, "No site API key."),
    "invalid_api_key": (errors.Unauthenticated, "A site API key that opens nothing."),
    "forbidden": (errors.Forbidden, "The firewall, or the gateway, lets nobody do this."),
    "no_account": (errors.Forbidden, "A token that belongs to no account."),
    "not_admin": (errors.Forbidden, "A person who is not in the group `admin`."),
    "not_found": (errors.NotFound, "Absent, or someone else's: never told apart."),
    "no_integration": (errors.Conflict, "The site is not connected to WordPress."),
    "no_api_key": (errors.Conflict, "The site has no API key."),
    "conflict": (errors.Conflict, "The post was changed in WordPress: decide which text to keep."),
    "gone": (errors.Conflict, "The post was deleted in WordPress: send recreate to make it again."),
    "published": (errors.Conflict, "The content is on a site, or on its way there."),
    "in_flight": (errors.Conflict, "The content is being sent right now."),
    "already_published": (errors.Conflict, "The content has a post on the site already."),
    "post_is_linked": (errors.Conflict, "The post belongs to other content."),
    "not_published": (errors.Conflict, "The content was never published."),
    "not_in_conflict": (errors.Conflict, "There is no conflict to decide."),
    "theirs_unread": (
        errors.Conflict,
        "What is in WordPress has not been read yet; nothing is written over before.",
    ),
    "nothing_to_cancel": (errors.Conflict, "Nothing of the content is on its way."),
    "nothing_to_retry": (errors.Conflict, "Nothing of the content has failed, or waits."),
    "site_url_mismatch": (errors.Conflict, "The bridge is on another host than the site."),
    "already_there": (errors.Conflict, "The site has an integration already."),
    "sync_running": (errors.Conflict, "The site is being synchronised already."),
    "bridge_too_old": (errors.Conflict, "The site's bridge has to be updated first."),
    "sync_frozen": (errors.Conflict, "The site's database was restored or copied: connect anew."),
    "changed_meanwhile": (errors.Conflict, "Somebody else changed it first: look again."),
    "version_exists": (errors.Conflict, "There is this version already, made of another ZIP."),
    "not_allowed": (errors.Conflict, "A version cannot become this, or there are too many."),
    "yanked": (errors.Gone, "The version was withdrawn."),
    "too_large": (errors.TooLarge, "The body, or the text in it, is larger than the limit."),
    "unsupported_media_type": (errors.UnsupportedMedia, "The body is not sent as JSON."),
    "invalid": (errors.Invalid, "Fields that cannot be accepted; `fields` says which and why."),
    "not_supported": (errors.Invalid, "A feature that this version does not have."),
    "kept_parts_missing": (errors.Invalid, "The text has lost parts that its site keeps."),
    "kept_part_unknown": (errors.Invalid, "The text names a kept part that is not in its place."),
    "idempotency_key_reused": (errors.Invalid, "The Idempotency-Key names another request."),
    "throttled": (errors.Throttled, "Too many requests: send it again in a moment."),
    "internal_error": (errors.DomainError, "A fault of ours, never of what was sent."),
    "temporarily_unavailable": (errors.Unavailable, "Send the same request again."),
}


def codes_of(row: Route) -> list[str]:
    """Every error code that a row's function answers: those of its kind, and its own."""
    codes = ["internal_error"]
    if row.caller is not None and row.caller.signs_in:
        codes += ["unauthorized", "no_account", "invalid"]
    if row.caller is Caller.ADMIN:
        codes.append("not_admin")
    if row.caller is Caller.BRIDGE:
        codes += ["missing_api_key", "invalid_api_key"]
    if row.body is not None:
        codes += ["malformed", "too_large", "unsupported_media_type", "invalid"]
    if row.query is not None and "cursor" in row.query.model_fields:
        codes.append("bad_cursor")
    if row.creates:
        codes.append("idempotency_key_reused")
    if "{" in row.path:
        codes.append("not_found")
    if row.caller is not Caller.OPEN:
        codes += ["temporarily_unavailable", "throttled"]
    codes += row.refuses
    return sorted(set(codes), key=list(CODES).index)


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    kinds = (status for kind, status in STATUS.items() if issubclass(CODES[code][0], kind))
    return next(kinds, 500)
