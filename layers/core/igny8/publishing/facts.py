"""What an answer of the bridge says of a post, as changes to its publication."""

from collections.abc import Mapping
from typing import Any

from igny8.publishing.fingerprints import agreed
from igny8.publishing.model import Publication, is_count
from igny8.wordpress.remarks import is_web_address, remarks

SAME_FOR_US = frozenset({"publish", "future"})
"""WordPress makes the one of the other by itself, as the post's date wants it."""


def applied(
    publication: Publication, data: Mapping[str, Any], sent_intent: int, now_text: str
) -> dict[str, Any]:
    """What a verified answer of the bridge says was done, as changes to the publication."""
    return {
        **known_post(publication, data, sent_intent, now_text),
        "warnings": remarks(data.get("warnings")),
        "altered": remarks(data.get("altered")),
        "last_error": None,
        "reason": None,
        "recreate": False,
        "attempt": 0,
        "unanswered": 0,
    }


def found_post(publication: Publication, data: Mapping[str, Any], now_text: str) -> dict[str, Any]:
    """The post that an answer names beside whatever else it says; never older than we know it.

    While somebody is at work on it, the answer says what is to be there, not what is.
    """
    known = known_post(publication, data, publication.applied_intent, now_text)
    if data.get("state") != "running" and is_count(data.get("rev")):
        return known | {"base_status": status_seen(publication, data)}
    status = known["wordpress_status"] or publication.wordpress_status
    names = ("external_id", "external_url")
    return {name: known[name] for name in names} | {"wordpress_status": status}


def known_post(
    publication: Publication, data: Mapping[str, Any], sent_intent: int, now_text: str
) -> dict[str, Any]:
    """The post that an answer of the bridge names, whichever intent it carries."""
    rev = data.get("rev")
    post_id = data.get("post_id")
    url = data.get("post_url")
    fingerprint = data.get("fingerprint")
    status = data.get("post_status")
    status = status[:40] if isinstance(status, str) else None
    fingerprint = fingerprint[:200] if isinstance(fingerprint, str) else None
    return {
        "applied_intent": rev if is_count(rev) else sent_intent,
        "external_id": post_id if is_count(post_id) else publication.external_id,
        "external_url": url if is_web_address(url) else publication.external_url,
        "wordpress_status": status,
        # What we did ourselves, whoever decided next knows of it.
        "base_status": status,
        "last_wp_sync": now_text,
        "fingerprint": agreed_with(publication, data),
        "site_fingerprint": fingerprint,
    }


def agreed_with(publication: Publication, data: Mapping[str, Any]) -> str | None:
    """The post that an answer tells of, as both sides know it; all of it where it is another."""
    told = data.get("fingerprint")
    fingerprint = told[:200] if isinstance(told, str) else None
    if data.get("post_id") != publication.external_id:
        return fingerprint
    known, moved = publication.overwrites or publication.fingerprint, data.get("moved")
    heard = publication.site_fingerprint
    return agreed(fingerprint, known, heard, moved if isinstance(moved, list) else None)


def status_seen(publication: Publication, data: Mapping[str, Any]) -> str | None:
    """The status that an order may replace, of a post that is there as ``data`` says it is now.

    It is what whoever decided saw, or what an operation in doubt made of it, of which nobody could
    know. What somebody has done there since is neither.
    """
    seen, now, doubt = publication.base_status, data.get("post_status"), publication.doubt
    wanted = doubt.wanted(data.get("rev")) if doubt else None
    if seen == now or not wanted:
        return seen
    return str(now) if {wanted, now} <= SAME_FOR_US else wanted
