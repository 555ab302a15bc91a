"""The bridge on one site: what it said of itself last, and where it is counted because of that."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from igny8.distribution.model import Catalogue, Channel
from igny8.distribution.versions import Version
from igny8.sites.model import KeyOwner

BUCKET_SECONDS = 21_600
MOST_ERRORS = 10
ERROR_MAX = 300
UPDATE_REFUSED = "update_refused"
"""What a bridge says of a version that it would not install: that which runs is not to blame."""
UPDATE_TAKEN_BACK = "update_taken_back"
"""What it says of one that broke the site, so that WordPress put the one before it back."""
OF_OTHERS = frozenset({UPDATE_REFUSED, UPDATE_TAKEN_BACK})
UNKNOWN_VERSION = "other"
"""What all versions are counted as that no release is: sites may say anything."""


class Status(StrEnum):
    """How a bridge does, as it says (seed 002, section 7.2)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNINSTALLED = "uninstalled"
    ERROR = "error"


GONE = frozenset({Status.INACTIVE, Status.UNINSTALLED})
"""Bridges that were switched off, and are not expected to be heard again."""


class Counted(StrEnum):
    """As what an installation is counted."""

    TOLD = "told"  # the site told of this version, and of no error
    ERRORS = "errors"  # it told of errors with it
    TAKEN = "taken"  # it fetched this version, and was not heard since


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is counted: a version, six hours in which it was heard, and as what.

    ``bucket`` is the number of these six hours since 1970.
    """

    version: str
    bucket: int
    counted_as: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a bridge says of itself; ``channel`` is ``None`` where it does not say it."""

    version: str
    wordpress: str = ""
    php: str = ""
    status: Status = Status.ACTIVE
    errors: Sequence[str] = ()
    channel: Channel | None = None
    auto_update: bool | None = None
    locale: str = ""
    is_multisite: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The bridge of an integration. Times are epoch seconds; ``address`` is a truncated one.

    ``row_version`` is 0 where nothing was stored yet, and raised by every write.
    """

    account_id: int
    integration_id: int
    report: Report = field(default_factory=lambda: Report(version=""))
    first_seen: int = 0
    last_seen: int = 0
    address: str = ""
    place: Place | None = None
    row_version: int = 0

    @classmethod
    def of(cls, owner: KeyOwner) -> "Installation":
        """One of which nothing was heard yet."""
        return cls(account_id=owner.account_id, integration_id=owner.integration_id)

    def heard(self, report: Report, now: int, address: str, catalogue: Catalogue) -> "Installation":
        """As it is after a report. One that was switched off is counted nowhere."""
        taken_back = version_taken_back(report, catalogue)
        is_bad = taken_back is not None or tells_of_errors(report)
        place = Place(
            taken_back or counted_version(report.version, catalogue),
            now // BUCKET_SECONDS,
            Counted.ERRORS if is_bad else Counted.TOLD,
        )
        return replace(
            self,
            report=replace(report, channel=report.channel or self.report.channel),
            first_seen=self.first_seen or now,
            last_seen=now,
            address=truncated(address),
            place=None if report.status in GONE else place,
        )

    def asked(self, report: Report, now: int, address: str, catalogue: Catalogue) -> "Installation":
        """As it is after it asked for an update: that is a sign of life, and says what runs there.

        Of errors it says nothing; those of another version are over.
        """
        known = self.report
        is_same = known.version == report.version
        told = replace(
            known,
            version=report.version,
            wordpress=report.wordpress or known.wordpress,
            php=report.php or known.php,
            channel=report.channel or known.channel,
            status=known.status if is_same and known.status not in GONE else Status.ACTIVE,
            errors=known.errors if is_same else (),
        )
        return self.heard(told, now, address, catalogue)

    def took(self, version: Version, now: int) -> "Installation":
        """As it is after it fetched a version that it does not have: until it is heard again.

        One that was switched off is not waited for.
        """
        if self.report.status in GONE or self.report.version == str(version):
            return self
        place = Place(str(version), now // BUCKET_SECONDS, Counted.TAKEN)
        return replace(self, place=place)

    @property
    def is_in_trouble(self) -> bool:
        """Whether it is counted with errors."""
        return self.place is not None and self.place.counted_as is Counted.ERRORS

    def is_stale(self, now: int, stale_seconds: int) -> bool:
        """Whether it was not heard for too long."""
        return now - self.last_seen > stale_seconds


def tells_of_errors(report: Report) -> bool:
    """Whether a bridge says that something is wrong with it, or with its version."""
    return report.status is Status.ERROR or bool(_codes(report) - OF_OTHERS)


def tells_of_a_refusal(report: Report) -> bool:
    """Whether a bridge says that it would not install a version."""
    return UPDATE_REFUSED in _codes(report)


def version_taken_back(report: Report, catalogue: Catalogue) -> str | None:
    """Which version broke the site, if one did; the site is counted with that, until it is well.

    It is heard all the while, with the version before: nothing else would tell of the other.
    """
    for line in reversed(report.errors):
        code, _, rest = line.partition(": ")
        version = counted_version(rest.partition(":")[0], catalogue)
        if code == UPDATE_TAKEN_BACK and version not in (UNKNOWN_VERSION, report.version):
            return version
    return None


def _codes(report: Report) -> set[str]:
    return {line.partition(":")[0] for line in report.errors}


def counted_version(text: str, catalogue: Catalogue) -> str:
    """As what version an installation counts: each that is counted has rows, for three months.

    So there are no more of them than there are releases, whatever anybody says.
    """
    try:
        known = catalogue.find(Version.parse(text))
    except ValueError:
        known = None
    return UNKNOWN_VERSION if known is None else str(known.version)


def truncated(address: str) -> str:
    """An address without what tells one customer of a network from another.

    >>> truncated("192.0.2.77"), truncated("2001:db8:1:2:3:4:5:6"), truncated("nonsense")
    ('192.0.2.0', '2001:db8:1::', '')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 80 << 80))
    return f"{address.rpartition('.')[0]}.0"
