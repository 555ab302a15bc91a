"""Sites and keys in DynamoDB.

A site lives in its own partition beside its keys and integrations; the account's partition holds
a pointer per site for listing. `KeyItem` is the one place where a key leads to an account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from igny8.core.clock import from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Table, Tables, Write
from igny8.core.table import (
    DATA,
    Utf8JSONAttribute,
    account_partition,
    check,
    delete,
    difference,
    put,
    site_partition,
    update,
)
from igny8.sites.model import KeyOwner, Site, SiteKey, SiteKeys, TermsPolicy

KEYS_TABLE = Table("keys", ("key_hmac", "S"))
SITE = "SITE"
KEYS = "KEYS"
GONE = "GONE"
ID_WIDTH = 16


class SiteItem(Model):
    """The site's own fields."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    name = UnicodeAttribute()
    url = UnicodeAttribute()
    hosting_type = UnicodeAttribute()
    timezone = UnicodeAttribute()
    terms_policy = UnicodeAttribute()
    api_key_last4 = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()


class SiteKeysItem(Model):
    """The site's keys, in an item of their own so that reading a site does not read them.

    It is emptied, never deleted: a list born again at version 1 would let an old writer win.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    keys = Utf8JSONAttribute()
    former = JSONAttribute(null=True)
    version = NumberAttribute()


class KeyItem(Model):
    """Whose site API key is this. The hash key is the key's HMAC."""

    key_hmac = UnicodeAttribute(hash_key=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    integration_id = NumberAttribute()
    last4 = UnicodeAttribute()
    valid_until = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class GoneSiteItem(Model):
    """A site that was deleted, and what is still known of its content."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    site = Utf8JSONAttribute()
    integration_ids = Utf8JSONAttribute()


class PointerItem(Model):
    """Says that an account has this site or integration; never changes."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    site_id = NumberAttribute()


def pointer_sk(kind: str, number: int) -> str:
    """Sort key of a pointer; zero-padded, so that key order is age."""
    return f"{kind}#{number:0{ID_WIDTH}d}"


def pointer(account_id: int, kind: str, number: int, site_id: int) -> Write:
    """Store a new pointer."""
    item = PointerItem(account_partition(account_id), pointer_sk(kind, number), site_id=site_id)
    return put("pointer", DATA, item, PointerItem.pk.does_not_exist())


class SiteStore:
    """Reads and writes sites."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def creation(self, site: Site) -> list[Write]:
        """Writes that store a new site."""
        return [
            put("site", DATA, _site_item(site), SiteItem.pk.does_not_exist()),
            pointer(site.account_id, SITE, site.id, site.id),
        ]

    def get(self, account_id: int, site_id: int, *, consistent: bool = False) -> Site:
        """Read one site. Raises :class:`NotFound`."""
        row = self._tables.get(DATA, site_key(account_id, site_id), consistent=consistent)
        if row is None:
            raise NotFound
        return to_site(row)

    def page(self, account_id: int, request: PageRequest) -> Page[Site]:
        """List the account's sites, newest first; one query and one batch read.

        Without those that this version cannot read.
        """
        pointers, cursor = pointer_page(self._tables, SITE, account_id, request)
        keys = [site_key(account_id, number) for number in pointers]
        sites, _ = readable(to_site, self._tables.get_many(DATA, keys))
        found = {site.id: site for site in sites}
        return Page([found[number] for number in pointers if number in found], cursor)

    def replacement(self, before: Site, after: Site) -> Write:
        """Store what differs, unless another writer came first or the site is gone."""
        item = _site_item(replace(after, version=before.version + 1))
        changes = difference(_site_item(before), item)
        key = site_key(before.account_id, before.id)
        return update("site", DATA, key, changes, SiteItem.version == before.version)

    def exists(self, site: Site) -> Write:
        """Require that the site is still there, without writing it."""
        return check("site", DATA, site_key(site.account_id, site.id), SiteItem.pk.exists())

    def deletion(self, site: Site, keys: SiteKeys) -> list[Write]:
        """Writes that delete a site and its pointer, and end its keys if they are still these."""
        listed = DATA.key(account_partition(site.account_id), pointer_sk(SITE, site.id))
        return [
            delete("site", DATA, site_key(site.account_id, site.id), SiteItem.pk.exists()),
            delete("pointer", DATA, listed),
            *self._keys_replaced(keys, keys.emptied()),
        ]

    def leaving(self, site: Site, integration_ids: Sequence[int], now: datetime) -> Write:
        """Remember a site that is deleted without its content."""
        gone = replace(site, api_key_last4=None, updated_at=now)
        item = GoneSiteItem(
            account_partition(site.account_id),
            pointer_sk(GONE, site.id),
            site=_site_item(gone).serialize(),
            integration_ids=list(integration_ids),
        )
        return put("gone site", DATA, item)

    def forgetting(self, account_id: int, site_id: int) -> Write:
        """Forget a deleted site, whose content goes now; loses ``gone site`` if there is none."""
        key = DATA.key(account_partition(account_id), pointer_sk(GONE, site_id))
        return delete("gone site", DATA, key, GoneSiteItem.pk.exists())

    def integrations_of_gone(self, account_id: int, site_id: int) -> list[int]:
        """Which integrations a deleted site had. Raises :class:`NotFound`."""
        key = DATA.key(account_partition(account_id), pointer_sk(GONE, site_id))
        row = self._tables.get(DATA, key, consistent=False)
        if row is None:
            raise NotFound
        return _to_gone(row).integration_ids

    def gone(self, account_id: int, request: PageRequest) -> Page[Site]:
        """List the deleted sites whose content was kept, newest first; one query."""
        rows = _of_account(self._tables, GONE, account_id, request)
        kept, more = rows[: request.limit], len(rows) > request.limit
        gone, _ = readable(_to_gone, kept)
        last = encode_cursor(_listed_id(kept[-1])) if more else None
        return Page([one.site for one in gone], last)

    def find_owner(self, key_hmac: str, now: int) -> KeyOwner | None:
        """Whose key is this; one consistent read, so that a revoke is at once."""
        row = self._tables.get(KEYS_TABLE, KEYS_TABLE.key(key_hmac))
        if row is None:
            return None
        owner, valid_until = _to_owner(row)
        return None if valid_until is not None and now >= valid_until else owner

    def key_rotation(
        self, before: SiteKeys, after: SiteKeys, integration_id: int, now: datetime
    ) -> list[Write]:
        """Writes that make ``after`` the site's keys, if they are still ``before``."""
        known = {key.key_hmac for key in before.keys}
        saved = [
            _save_key(after, key, integration_id, is_new=key.key_hmac not in known)
            for key in after.keys
        ]
        return [
            *saved,
            *self._keys_replaced(before, after),
            _last4(after, after.keys[-1].last4, now),
        ]

    def key_removal(self, keys: SiteKeys, now: datetime, *, of: int | None = None) -> list[Write]:
        """Writes that end every key at once, if they are still these.

        ``of``: an integration that ends with them.
        """
        after = keys.emptied() if of is None else keys.parted(of)
        return [*self._keys_replaced(keys, after), _last4(keys, None, now)]

    def _keys_replaced(self, before: SiteKeys, after: SiteKeys) -> list[Write]:
        kept = {key.key_hmac for key in after.keys}
        dropped = [key for key in before.keys if key.key_hmac not in kept]
        return [
            *[delete("key", KEYS_TABLE, KEYS_TABLE.key(key.key_hmac)) for key in dropped],
            self.keys_update(before, after),
        ]

    def keys_update(self, before: SiteKeys, after: SiteKeys) -> Write:
        """Replace the list of keys unless another writer came first."""
        item = SiteKeysItem(
            site_partition(after.account_id, after.site_id),
            KEYS,
            account_id=after.account_id,
            site_id=after.site_id,
            keys=[_key_json(key) for key in after.keys],
            former=list(after.former) or None,
            version=after.version,
        )
        return put("keys", DATA, item, _unchanged(before))

    def keys_still(self, keys: SiteKeys) -> Write:
        """Require that the list of keys is as it was read, without writing it."""
        key = DATA.key(site_partition(keys.account_id, keys.site_id), KEYS)
        return check("keys", DATA, key, _unchanged(keys))


def _unchanged(keys: SiteKeys) -> Condition:
    if keys.version == 0:
        return SiteKeysItem.pk.does_not_exist()
    return SiteKeysItem.version == keys.version


def pointer_page(
    tables: Tables, kind: str, account_id: int, request: PageRequest
) -> tuple[dict[int, int], str | None]:
    """Page through an account's pointers, newest first.

    Answers the site id of each id, in order, and the next cursor.
    """
    rows = _of_account(tables, kind, account_id, request)
    listed, more = rows[: request.limit], len(rows) > request.limit
    pointers, _ = readable(to_pointer, listed)
    return dict(pointers), encode_cursor(_listed_id(listed[-1])) if more else None


@translation
def to_pointer(row: Row) -> tuple[int, int]:
    """The id that a pointer is about, and its site's."""
    return _listed_id(row), int(stored(PointerItem, row).site_id)


def _listed_id(row: Row) -> int:
    """The id at the end of a sort key."""
    return int(row["sk"]["S"].rpartition("#")[2])


def _of_account(tables: Tables, kind: str, account_id: int, request: PageRequest) -> list[Row]:
    """Rows of a kind, newest first, and one more than asked for if there are more."""
    last = pointer_sk(kind, request.before - 1) if request.before is not None else f"{kind}#~"
    return tables.query(
        Query(
            table=DATA,
            partition=("pk", account_partition(account_id)),
            within=PointerItem.sk.between(f"{kind}#", last),
            newest_first=True,
            limit=request.limit + 1,
        )
    )


def site_key(account_id: int, site_id: int) -> Row:
    """Key of a site's own fields."""
    return DATA.key(site_partition(account_id, site_id), SITE)


def _save_key(keys: SiteKeys, key: SiteKey, integration_id: int, *, is_new: bool) -> Write:
    item = KeyItem(
        key.key_hmac,
        account_id=keys.account_id,
        site_id=keys.site_id,
        integration_id=integration_id,
        last4=key.last4,
        valid_until=key.valid_until,
        expires_at=key.valid_until,
    )
    condition = KeyItem.key_hmac.does_not_exist() if is_new else KeyItem.key_hmac.exists()
    return put(f"key {key.last4}", KEYS_TABLE, item, condition)


def _last4(keys: SiteKeys, last4: str | None, now: datetime) -> Write:
    changes: list[Any] = [SiteItem.updated_at.set(rfc3339(now)), SiteItem.version.add(1)]
    changes.append(SiteItem.api_key_last4.set(last4) if last4 else SiteItem.api_key_last4.remove())
    key = site_key(keys.account_id, keys.site_id)
    return update("site", DATA, key, changes, SiteItem.pk.exists())


def _key_json(key: SiteKey) -> dict[str, Any]:
    return {
        "key_hmac": key.key_hmac,
        "last4": key.last4,
        "ciphertext": key.ciphertext,
        "created_at": key.created_at,
        "used_at": key.used_at,
        "valid_until": key.valid_until,
    }


def _site_item(site: Site) -> SiteItem:
    return SiteItem(
        site_partition(site.account_id, site.id),
        SITE,
        account_id=site.account_id,
        site_id=site.id,
        name=site.name,
        url=site.url,
        hosting_type=site.hosting_type,
        timezone=site.timezone,
        terms_policy=site.terms_policy,
        api_key_last4=site.api_key_last4,
        created_at=rfc3339(site.created_at),
        updated_at=rfc3339(site.updated_at),
        version=site.version,
    )


@translation
def to_site(row: Row) -> Site:
    """Translate a stored site."""
    item = stored(SiteItem, row)
    return Site(
        id=int(item.site_id),
        account_id=int(item.account_id),
        name=item.name,
        url=item.url,
        hosting_type=item.hosting_type,
        timezone=item.timezone,
        terms_policy=TermsPolicy(item.terms_policy),
        api_key_last4=item.api_key_last4,
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        version=int(item.version),
    )


@translation
def to_keys(row: Row) -> SiteKeys:
    """Translate stored keys."""
    item = stored(SiteKeysItem, row)
    keys = tuple(SiteKey(**entry) for entry in item.keys)
    former = tuple(item.former or ())
    return SiteKeys(int(item.account_id), int(item.site_id), keys, int(item.version), former)


@translation
def _to_owner(row: Row) -> tuple[KeyOwner, int | None]:
    """Whose a key is, and until when."""
    item = stored(KeyItem, row)
    ids = (int(item.account_id), int(item.site_id), int(item.integration_id))
    until = None if item.valid_until is None else int(item.valid_until)
    return KeyOwner(*ids, item.key_hmac), until


@dataclass(frozen=True, slots=True)
class _Gone:
    site: Site
    integration_ids: list[int]


@translation
def _to_gone(row: Row) -> _Gone:
    item = stored(GoneSiteItem, row)
    return _Gone(to_site(item.site), [int(number) for number in item.integration_ids])
