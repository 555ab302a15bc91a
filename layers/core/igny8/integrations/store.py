"""Integrations and gates in DynamoDB."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from igny8.core.clock import from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import NotFound
from igny8.core.table import (
    DataItem,
    account_partition,
    site_partition,
    storage,
)
from igny8.core.writes import Write
from igny8.integrations.model import ConnectionStatus, Integration, SiteBundle
from igny8.sites.model import SiteKeys
from igny8.sites.store import (
    SiteItem,
    SiteKeysItem,
    pointer_page,
    pointer_sk,
    to_keys,
    to_site,
)

INTEGRATION = "INT"


class IntegrationItem(DataItem, discriminator="integration"):
    """An integration, in its site's partition."""

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
    config_json = JSONAttribute()
    credentials_json = JSONAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class IntegrationPointer(DataItem, discriminator="integration_pointer"):
    """Says under which site an integration lives; never changes."""

    site_id = NumberAttribute()


class IntegrationStore:
    """Reads and writes integrations."""

    def site_of(self, account_id: int, integration_id: int) -> int:
        """The site of an integration; one read. Raises :class:`NotFound`."""
        with storage():
            try:
                pointer = IntegrationPointer.get(
                    account_partition(account_id), pointer_sk(INTEGRATION, integration_id)
                )
            except IntegrationPointer.DoesNotExist as error:
                raise NotFound from error
        return int(pointer.site_id)

    def bundle(self, account_id: int, site_id: int, *, consistent: bool = True) -> SiteBundle:
        """Everything of a site in one query. Raises :class:`NotFound`."""
        with storage():
            items = list(
                DataItem.query(site_partition(account_id, site_id), consistent_read=consistent)
            )
        site = next((to_site(item) for item in items if isinstance(item, SiteItem)), None)
        if site is None:
            raise NotFound
        keys = next((to_keys(item) for item in items if isinstance(item, SiteKeysItem)), None)
        integrations = tuple(to_integration(i) for i in items if isinstance(i, IntegrationItem))
        return SiteBundle(site, keys or SiteKeys(account_id, site_id), integrations)

    def page(self, account_id: int, request: PageRequest) -> Page[Integration]:
        """List the account's integrations, newest first; one query and one or two batch reads."""
        ids, cursor = pointer_page(IntegrationPointer, INTEGRATION, account_id, request)
        with storage():
            pointers = list(
                IntegrationPointer.batch_get(
                    [(account_partition(account_id), pointer_sk(INTEGRATION, n)) for n in ids]
                )
            )
            keys = [(site_partition(account_id, int(p.site_id)), p.sk) for p in pointers]
            found = {int(item.integration_id): to_integration(item)
                     for item in IntegrationItem.batch_get(keys)}  # fmt: skip
        return Page([found[number] for number in ids if number in found], cursor)

    def creation(self, integration: Integration) -> list[Write]:
        """Writes that store a new integration and its pointer."""
        item = _to_item(integration)
        pointer = IntegrationPointer(
            account_partition(integration.account_id),
            pointer_sk(INTEGRATION, integration.id),
            site_id=integration.site_id,
        )
        missing = DataItem.pk.does_not_exist()
        return [
            Write("integration", lambda tx: tx.save("integration", item, missing)),
            Write("pointer", lambda tx: tx.save("pointer", pointer, missing)),
        ]

    def replacement(self, integration: Integration) -> Write:
        """Replace an integration that exists."""
        item = _to_item(integration)
        return Write(
            "integration", lambda tx: tx.save("integration", item, IntegrationItem.pk.exists())
        )

    def deletion(self, integrations: Sequence[Integration]) -> list[Write]:
        """Writes that delete integrations and their pointers."""
        writes = []
        for one in integrations:
            sk = pointer_sk(INTEGRATION, one.id)
            for item in (
                IntegrationItem(site_partition(one.account_id, one.site_id), sk),
                IntegrationPointer(account_partition(one.account_id), sk),
            ):
                writes.append(_delete(f"{item.kind} {one.id}", item))
        return writes

    def is_present(self, integration: Integration) -> Write:
        """Require that the integration still exists, without writing it."""
        keys = (
            site_partition(integration.account_id, integration.site_id),
            pointer_sk(INTEGRATION, integration.id),
        )
        condition = IntegrationItem.pk.exists()
        return Write(
            "integration", lambda tx: tx.check("integration", IntegrationItem, keys, condition)
        )


def _delete(name: str, item: DataItem) -> Write:
    return Write(name, lambda tx: tx.delete(name, item))


def _to_item(integration: Integration) -> IntegrationItem:
    values: dict[str, Any] = {
        name: getattr(integration, name)
        for name in (
            "account_id", "site_id", "platform", "platform_type", "external_site_url", "is_active",
            "sync_enabled", "sync_status", "sync_error", "config_json", "credentials_json",
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


def to_integration(item: IntegrationItem) -> Integration:
    """Translate a stored integration."""
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
    )
