"""Integrations in DynamoDB, each in its site's partition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.models import Model

from igny8.core.clock import from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import (
    DATA,
    Utf8JSONAttribute,
    account_partition,
    check,
    delete,
    integration_partition,
    put,
    site_partition,
    update,
)
from igny8.integrations.model import ConnectionStatus, Integration, SiteBundle
from igny8.sites.model import SiteKeys
from igny8.sites.store import (
    KEYS,
    SITE,
    pointer,
    pointer_page,
    pointer_sk,
    to_keys,
    to_pointer,
    to_site,
)

INTEGRATION = "INT"


class IntegrationItem(Model):
    """An integration."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    integration_id = NumberAttribute()
    platform = UnicodeAttribute()
    platform_type = UnicodeAttribute()
    external_site_url = UnicodeAttribute()
    connection_status = UnicodeAttribute()
    is_active = BooleanAttribute()
    sync_enabled = BooleanAttribute()
    last_sync_at = UnicodeAttribute(null=True)
    sync_status = UnicodeAttribute()
    sync_error = UnicodeAttribute(null=True)
    config_json = Utf8JSONAttribute()
    credentials_json = Utf8JSONAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()


class IntegrationStore:
    """Reads and writes integrations."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def site_of(self, account_id: int, integration_id: int) -> int:
        """The site of an integration, also of one that was made just now; one read.

        Raises :class:`NotFound`.
        """
        key = DATA.key(account_partition(account_id), pointer_sk(INTEGRATION, integration_id))
        row = self._tables.get(DATA, key)
        if row is None:
            raise NotFound
        return to_pointer(row)[1]

    def bundle(self, account_id: int, site_id: int, *, consistent: bool = True) -> SiteBundle:
        """Everything of a site in one query. Raises :class:`NotFound`, :class:`Unreadable`.

        An integration that cannot be read is not left out: it would be taken for deleted.
        """
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", site_partition(account_id, site_id)),
                consistent=consistent,
            )
        )
        by_key = {row["sk"]["S"]: row for row in rows}
        if SITE not in by_key:
            raise NotFound
        keys = to_keys(by_key[KEYS]) if KEYS in by_key else SiteKeys(account_id, site_id)
        integrations = [
            to_integration(row) for sk, row in by_key.items() if sk.startswith(f"{INTEGRATION}#")
        ]
        return SiteBundle(to_site(by_key[SITE]), keys, tuple(integrations))

    def page(self, account_id: int, request: PageRequest) -> Page[Integration]:
        """List the account's integrations, newest first; one query and one batch read.

        Without those that this version cannot read.
        """
        pointers, cursor = pointer_page(self._tables, INTEGRATION, account_id, request)
        keys = [item_key(account_id, site_id, number) for number, site_id in pointers.items()]
        integrations, _ = readable(to_integration, self._tables.get_many(DATA, keys))
        found = {one.id: one for one in integrations}
        return Page([found[number] for number in pointers if number in found], cursor)

    def creation(self, integration: Integration) -> list[Write]:
        """Writes that store a new integration and its pointer."""
        missing = IntegrationItem.pk.does_not_exist()
        return [
            put("integration", DATA, _to_item(integration), missing),
            pointer(integration.account_id, INTEGRATION, integration.id, integration.site_id),
        ]

    def replacement(self, before: Integration, after: Integration) -> Write:
        """Replace an integration unless another writer came first."""
        unchanged = IntegrationItem.version == before.version
        item = _to_item(after)
        item.version = before.version + 1
        return put("integration", DATA, item, unchanged)

    def connection_changed(
        self,
        integration: Integration,
        status: ConnectionStatus,
        error: str | None,
        *,
        ended: bool,
        as_told: bool = False,
    ) -> Write:
        """Say how the connection is; ``ended`` also stops serving it until it pairs again.

        ``as_told``: unless its bridge has told something else of itself since it was read.
        """
        changes = [
            IntegrationItem.connection_status.set(str(status)),
            IntegrationItem.sync_error.set(error) if error else IntegrationItem.sync_error.remove(),
            IntegrationItem.version.add(1),
        ]
        if ended:
            changes.append(IntegrationItem.is_active.set(value=False))
        key = item_key(integration.account_id, integration.site_id, integration.id)
        there = IntegrationItem.pk.exists()
        if as_told:
            there &= IntegrationItem.config_json == integration.config_json
        return update("integration", DATA, key, changes, there)

    def sync_changed(
        self,
        account_id: int,
        site_id: int,
        integration_id: int,
        status: str,
        error: str | None,
        *,
        last_sync_at: datetime | None = None,
    ) -> Write:
        """Say how synchronising stands (``pending, syncing, completed, error``, seed 004)."""
        changes = [
            IntegrationItem.sync_status.set(status),
            IntegrationItem.sync_error.set(error) if error else IntegrationItem.sync_error.remove(),
            IntegrationItem.version.add(1),
        ]
        if last_sync_at is not None:
            changes.append(IntegrationItem.last_sync_at.set(rfc3339(last_sync_at)))
        key = item_key(account_id, site_id, integration_id)
        return update("integration", DATA, key, changes, IntegrationItem.pk.exists())

    def deletion(self, integrations: Sequence[Integration]) -> list[Write]:
        """Writes that delete integrations and their pointers."""
        writes = []
        for one in integrations:
            listed = DATA.key(account_partition(one.account_id), pointer_sk(INTEGRATION, one.id))
            writes.append(
                delete(f"integration {one.id}", DATA, item_key(one.account_id, one.site_id, one.id))
            )
            writes.append(delete(f"pointer {one.id}", DATA, listed))
        return writes

    def besides(self, account_id: int, integration_id: int, kept: Sequence[Write]) -> list[Write]:
        """Writes that delete what an integration keeps outside its site's partition; one query.

        But for the rows that are written by ``kept``.
        """
        partition = integration_partition(account_id, integration_id)
        rows = self._tables.query(Query(table=DATA, partition=("pk", partition), consistent=True))
        spared = [write.key for write in kept]
        keys = [DATA.key_of(row) for row in rows]
        return [delete(f"besides {key['sk']['S']}", DATA, key) for key in keys if key not in spared]

    def is_present(self, integration: Integration) -> Write:
        """Require that the integration still exists, without writing it."""
        return self.exists(integration.account_id, integration.site_id, integration.id)

    def exists(self, account_id: int, site_id: int, integration_id: int) -> Write:
        """The same, by its ids."""
        key = item_key(account_id, site_id, integration_id)
        return check("integration", DATA, key, IntegrationItem.pk.exists())


def item_key(account_id: int, site_id: int, integration_id: int) -> Row:
    """Key of an integration."""
    return DATA.key(site_partition(account_id, site_id), pointer_sk(INTEGRATION, integration_id))


def _to_item(integration: Integration) -> IntegrationItem:
    values: dict[str, Any] = {
        name: getattr(integration, name)
        for name in (
            "account_id", "site_id", "platform", "platform_type", "external_site_url", "is_active",
            "sync_enabled", "sync_status", "sync_error", "config_json", "credentials_json",
            "version",
        )
    }  # fmt: skip
    last = integration.last_sync_at
    return IntegrationItem(
        site_partition(integration.account_id, integration.site_id),
        pointer_sk(INTEGRATION, integration.id),
        integration_id=integration.id,
        connection_status=str(integration.connection_status),
        last_sync_at=rfc3339(last) if last else None,
        created_at=rfc3339(integration.created_at),
        updated_at=rfc3339(integration.updated_at),
        **values,
    )


@translation
def to_integration(row: Row) -> Integration:
    """Translate a stored integration."""
    item = stored(IntegrationItem, row)
    return Integration(
        id=int(item.integration_id),
        account_id=int(item.account_id),
        site_id=int(item.site_id),
        platform=item.platform,
        platform_type=item.platform_type,
        external_site_url=item.external_site_url,
        connection_status=ConnectionStatus(item.connection_status),
        is_active=item.is_active,
        sync_enabled=item.sync_enabled,
        last_sync_at=from_rfc3339(item.last_sync_at) if item.last_sync_at else None,
        sync_status=item.sync_status,
        sync_error=item.sync_error,
        config_json=item.config_json,
        credentials_json=item.credentials_json,
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        version=int(item.version),
    )
