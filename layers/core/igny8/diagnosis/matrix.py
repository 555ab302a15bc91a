"""The validation matrix: what the bridge says of itself, judged check by check."""

import re
from collections.abc import Callable
from datetime import UTC

from igny8.core.clock import from_rfc3339
from igny8.diagnosis.facts import Facts
from igny8.diagnosis.model import Check, Finding

OLDEST_BRIDGE = (2, 0, 0)
VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})")
CLOCK_WARN_SECONDS = 120
CLOCK_FAIL_SECONDS = 600
HOUR = 3600
DAY = 86_400


def tls(facts: Facts) -> Finding:
    """Whether nobody can read along."""
    if facts.is_https or facts.text("site", "environment") == "local":
        return Finding.ok(Check.TLS, "The connection to the site is private.")
    return Finding.failure(
        Check.TLS,
        "no_https",
        "The site is called without encryption.",
        "Give the site a certificate, and change its address in IGNY8 to https.",
    )


def bridge_version(facts: Facts) -> Finding:
    """Whether the bridge is new enough."""
    said = facts.text("bridge", "version")[:20]
    found = VERSION.match(said)
    if found and tuple(int(part) for part in found.groups()) >= OLDEST_BRIDGE:
        return Finding.ok(Check.BRIDGE, f"The bridge is version {said}.")
    return Finding.failure(
        Check.BRIDGE,
        "version_too_old",
        f"The bridge is too old: {said or 'it names no version'}.",
        "Update the IGNY8 bridge on the site.",
    )


def key_from_site(facts: Facts) -> Finding:
    """Whether the site has ever told us anything with the key."""
    if facts.has_called:
        return Finding.ok(Check.KEY_IN, "The site tells IGNY8 what changes there.")
    return Finding.warning(
        Check.KEY_IN,
        "never_called",
        "The site has not told IGNY8 of any change yet.",
        "Change something on a published post. If this stays, ask the host whether the site may"
        " make outgoing connections; changes are then fetched from here every few hours.",
    )


def headers(facts: Facts) -> Finding:
    """Whether the headers that show the key arrive."""
    if facts.bearer_survives is None or facts.own_header_survives is None:
        return Finding.unknown(
            Check.HEADERS,
            "too_slow",
            "The site took too long to be asked for each header.",
            "Test again later, or ask the host why the site is slow.",
        )
    if facts.bearer_survives and facts.own_header_survives:
        return Finding.ok(Check.HEADERS, "Both headers that show the key arrive.")
    lost = [
        name
        for name, survives in (
            ("Authorization", facts.bearer_survives),
            ("X-IGNY8-API-KEY", facts.own_header_survives),
        )
        if not survives
    ]
    return Finding.graded(
        Check.HEADERS,
        "header_stripped",
        f"{' and '.join(lost)} does not arrive at WordPress.",
        "Ask the host to pass it on (for Apache: CGIPassAuth On, or a RewriteRule that sets"
        " HTTP_AUTHORIZATION).",
        fails=len(lost) > 1,
    )


def permalinks(facts: Facts) -> Finding:
    """Whether addresses are pretty."""
    if not facts.denies("permalinks", "pretty"):
        return Finding.ok(Check.PERMALINKS, "Permalinks are switched on.")
    return Finding.warning(
        Check.PERMALINKS,
        "plain_permalinks",
        "The site uses plain permalinks.",
        "Choose any other structure under Settings, Permalinks on the site.",
    )


def clock(facts: Facts) -> Finding:
    """Whether the site's clock is right."""
    try:
        there = from_rfc3339(facts.text("time"))
    except ValueError:
        return Finding.unknown(
            Check.CLOCK,
            "not_told",
            "The bridge does not tell its time.",
            "Update the IGNY8 bridge on the site.",
        )
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    off = abs((there - facts.now).total_seconds())
    if off <= CLOCK_WARN_SECONDS:
        return Finding.ok(Check.CLOCK, "The site's clock is right.")
    return Finding.graded(
        Check.CLOCK,
        "clock_off",
        f"The site's clock is off by {round(off / 60)} minutes.",
        "Ask the host to set the server's clock (NTP); scheduled posts go live at the wrong time.",
        fails=off > CLOCK_FAIL_SECONDS,
    )


def database(facts: Facts) -> Finding:
    """Whether every letter can be stored."""
    charset = facts.text("database", "charset")[:40]
    if charset.startswith("utf8mb4"):
        return Finding.ok(Check.DATABASE, "The database stores every letter.")
    return Finding.warning(
        Check.DATABASE,
        "charset_limited",
        f"The database's character set is {charset or 'not known'}.",
        "Emoji and rare letters are stored in a longer form. Convert the tables to utf8mb4.",
    )


def author(facts: Facts) -> Finding:
    """Whether there is somebody to publish as."""
    if facts.number("author_id") > 0:
        return Finding.ok(Check.AUTHOR, "There is an author who may publish.")
    return Finding.failure(
        Check.AUTHOR,
        "author_unavailable",
        "No user of the site may publish.",
        "Choose an author under Settings, IGNY8 on the site.",
    )


def seo(facts: Facts) -> Finding:
    """Which plugin gets the SEO fields."""
    names = facts.names("seo_plugins")
    if names:
        return Finding.ok(Check.SEO, f"SEO fields go to {', '.join(names)}.")
    return Finding.warning(
        Check.SEO,
        "no_seo_plugin",
        "There is no SEO plugin that is known.",
        "Nothing has to be done: the bridge prints title and description itself.",
    )


def cron(facts: Facts) -> Finding:
    """Whether WordPress's own jobs run."""
    overdue = facts.number("cron", "overdue_seconds")
    if overdue <= HOUR:
        return Finding.ok(Check.CRON, "WordPress's own jobs run.")
    return Finding.graded(
        Check.CRON,
        "cron_late",
        f"WordPress's own jobs are {overdue // HOUR} hours late.",
        "Have the host call wp-cron.php every few minutes; scheduled posts do not go live without.",
        fails=overdue > DAY,
    )


def outbox(facts: Facts) -> Finding:
    """Whether the site gets rid of what it has to tell."""
    oldest = facts.number("outbox", "oldest_seconds")
    stopped = facts.says("outbox", "stopped")
    if oldest <= HOUR and not stopped:
        return Finding.ok(Check.OUTBOX, "Changes on the site are told at once.")
    return Finding.graded(
        Check.OUTBOX,
        "outbox_stuck",
        f"Changes have been waiting there for {oldest // 60} minutes.",
        "They are fetched from here every few hours. Ask the host whether the site may make"
        " outgoing connections; if the bridge says that its key was refused, press Connect there.",
        fails=stopped,
    )


def egress(facts: Facts) -> Finding:
    """Whether the site can fetch images."""
    if not facts.says("egress_blocked"):
        return Finding.ok(Check.EGRESS, "The site may fetch images.")
    return Finding.warning(
        Check.EGRESS,
        "egress_blocked",
        "The site may not make outgoing connections.",
        "Articles come without images. Add the image host to WP_ACCESSIBLE_HOSTS in wp-config.php.",
    )


def willing(facts: Facts) -> Finding:
    """Whether the site's owner lets us publish."""
    if facts.says("site_url_changed"):
        return Finding.failure(
            Check.WILLING,
            "site_is_a_copy",
            "The site has moved or is a copy.",
            "Say which under Settings, IGNY8 on the site.",
        )
    if facts.says("paused"):
        return Finding.failure(
            Check.WILLING,
            "paused",
            "Publishing is paused on the site.",
            "Switch it on under Settings, IGNY8 on the site.",
        )
    return Finding.ok(Check.WILLING, "The site may be published to.")


MATRIX: tuple[Callable[[Facts], Finding], ...] = (
    tls, bridge_version, key_from_site, headers, permalinks, clock, database, author, seo, cron,
    outbox, egress, willing,
)  # fmt: skip
"""In the order in which they are shown."""
