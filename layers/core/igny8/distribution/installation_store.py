"""Installations in DynamoDB: a row of the integration's, which goes with it."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.reading import stored, translation
from igny8.core.rows import Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, delete, integration_partition, put
from igny8.distribution.installation import Counted, Installation, Place, Report, Status
from igny8.distribution.model import Channel

INSTALLATION = "INSTALLATION"
INSTALLATION_WRITE = "installation"
"""What writes are called, where their condition is lost."""


class InstallationItem(Model):
    """The bridge on a site."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    integration_id = NumberAttribute()
    report = Utf8JSONAttribute()
    first_seen = NumberAttribute()
    last_seen = NumberAttribute()
    address = UnicodeAttribute(null=True)
    place = Utf8JSONAttribute(null=True)
    row_version = NumberAttribute()


class InstallationStore:
    """Reads and writes installations."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(
        self, account_id: int, integration_id: int, *, consistent: bool = False
    ) -> Installation | None:
        """What was heard of an integration's bridge, if anything; one read."""
        row = self._tables.get(DATA, _key(account_id, integration_id), consistent=consistent)
        return None if row is None else _to_installation(row)

    def write(self, before: Installation, after: Installation) -> Write:
        """Store it as it is now, unless another did since it was read. Loses ``installation``."""
        unchanged = (
            InstallationItem.row_version == before.row_version
            if before.row_version
            else InstallationItem.pk.does_not_exist()
        )
        return put(INSTALLATION_WRITE, DATA, _to_item(after, before.row_version + 1), unchanged)

    def deletion(self, account_id: int, integration_id: int, known: Installation | None) -> Write:
        """Delete what is known, if anything, unless more is by now. Loses ``installation``."""
        unchanged = (
            InstallationItem.row_version == known.row_version
            if known
            else InstallationItem.pk.does_not_exist()
        )
        return delete(INSTALLATION_WRITE, DATA, _key(account_id, integration_id), unchanged)


def _key(account_id: int, integration_id: int) -> Row:
    return DATA.key(integration_partition(account_id, integration_id), INSTALLATION)


def _to_item(one: Installation, row_version: int) -> InstallationItem:
    report, place = one.report, one.place
    told: dict[str, Any] = {
        "version": report.version,
        "wordpress": report.wordpress,
        "php": report.php,
        "status": str(report.status),
        "errors": list(report.errors),
        "channel": report.channel and str(report.channel),
        "auto_update": report.auto_update,
        "locale": report.locale,
        "is_multisite": report.is_multisite,
    }
    return InstallationItem(
        integration_partition(one.account_id, one.integration_id),
        INSTALLATION,
        account_id=one.account_id,
        integration_id=one.integration_id,
        report=told,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        address=one.address or None,
        place=place and [place.version, place.bucket, str(place.counted_as)],
        row_version=row_version,
    )


@translation
def _to_installation(row: Row) -> Installation:
    item = stored(InstallationItem, row)
    told = {**item.report, "status": Status(item.report["status"])}
    told["channel"] = told["channel"] and Channel(told["channel"])
    told["errors"] = tuple(told["errors"])
    place = None
    if item.place:
        version, bucket, counted = item.place
        place = Place(version, bucket, Counted(counted))
    return Installation(
        account_id=int(item.account_id),
        integration_id=int(item.integration_id),
        report=Report(**told),
        first_seen=int(item.first_seen),
        last_seen=int(item.last_seen),
        address=item.address or "",
        place=place,
        row_version=int(item.row_version),
    )
