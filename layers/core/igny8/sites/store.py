"""Sites and keys in DynamoDB.

A site lives in its own partition beside its keys and integrations; the account's partition holds
a pointer per site for listing. `KeyItem` is the one place where a key leads to an account.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.clock import from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.errors import NotFound
from igny8.core.table import (
    DataItem,
    KeyItem,
    account_partition,
    conditional,
    site_partition,
    storage,
)
from igny8.core.writes import Commit, ConditionLost, Write
from igny8.sites.model import KeyOwner, Site, SiteKey, SiteKeys, TermsPolicy

SITE = "SITE"
KEYS = "KEYS"
ID_WIDTH = 16


class SiteItem(DataItem, discriminator="site"):
    """The site's own fields."""

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


class SiteKeysItem(DataItem, discriminator="site_keys"):
    """The site's keys, in an item of their own so that reading a site does not read them."""

    account_id = NumberAttribute()
    site_id = NumberAttribute()
    keys = JSONAttribute()
    version = NumberAttribute()


class SitePointer(DataItem, discriminator="site_pointer"):
    """Says that an account has this site; never changes."""

    site_id = NumberAttribute()


def pointer_sk(kind: str, number: int) -> str:
    """Sort key of a pointer; zero-padded, so that key order is age."""
    return f"{kind}#{number:0{ID_WIDTH}d}"


class SiteStore:
    """Reads and writes sites."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit

    def create(self, site: Site) -> None:
        """Store a new site. Raises :class:`ConditionLost` if the id is taken."""
        pointer = SitePointer(
            account_partition(site.account_id), pointer_sk(SITE, site.id), site_id=site.id
        )
        self._commit([_create("site", _site_item(site)), _create("pointer", pointer)])

    def get(self, account_id: int, site_id: int) -> Site:
        """Read one site. Raises :class:`NotFound`."""
        with storage():
            try:
                item = SiteItem.get(site_partition(account_id, site_id), SITE)
            except SiteItem.DoesNotExist as error:
                raise NotFound from error
        return to_site(item)

    def page(self, account_id: int, request: PageRequest) -> Page[Site]:
        """List the account's sites, newest first; one query and one batch read."""
        ids, cursor = pointer_page(SitePointer, SITE, account_id, request)
        found = {site.id: site for site in self._batch(account_id, ids)}
        return Page([found[number] for number in ids if number in found], cursor)

    def _batch(self, account_id: int, ids: Sequence[int]) -> list[Site]:
        with storage():
            keys = [(site_partition(account_id, number), SITE) for number in ids]
            return [to_site(item) for item in SiteItem.batch_get(keys)]

    def update(self, site: Site) -> None:
        """Replace a site's editable fields. Raises :class:`NotFound` if it is gone."""
        try:
            with conditional("site"):
                SiteItem(site_partition(site.account_id, site.id), SITE).update(
                    actions=[
                        SiteItem.name.set(site.name),
                        SiteItem.url.set(site.url),
                        SiteItem.hosting_type.set(site.hosting_type),
                        SiteItem.timezone.set(site.timezone),
                        SiteItem.terms_policy.set(site.terms_policy),
                        SiteItem.updated_at.set(rfc3339(site.updated_at)),
                    ],
                    condition=SiteItem.pk.exists(),
                )
        except ConditionLost as error:
            raise NotFound from error

    def deletion(self, site: Site, keys: SiteKeys) -> list[Write]:
        """Writes that delete a site, its pointer and its keys."""
        partition = site_partition(site.account_id, site.id)
        pointer = SitePointer(account_partition(site.account_id), pointer_sk(SITE, site.id))
        return [
            Write(
                "site",
                lambda tx: tx.delete("site", SiteItem(partition, SITE), SiteItem.pk.exists()),
            ),
            Write("pointer", lambda tx: tx.delete("pointer", pointer)),
            *self.key_removal(keys),
        ]

    def find_owner(self, key_hmac: str, now: int) -> KeyOwner | None:
        """Whose key is this; one consistent read, so that a revoke is at once."""
        with storage():
            try:
                item = KeyItem.get(key_hmac, consistent_read=True)
            except KeyItem.DoesNotExist:
                return None
        if item.valid_until is not None and now >= item.valid_until:
            return None
        return KeyOwner(int(item.account_id), int(item.site_id), key_hmac)

    def key_rotation(self, before: SiteKeys, after: SiteKeys, now: datetime) -> list[Write]:
        """Writes that make ``after`` the site's keys, if they are still ``before``."""
        kept = {key.key_hmac for key in after.keys}
        known = {key.key_hmac for key in before.keys}
        writes = [_save_key(after, key, is_new=key.key_hmac not in known) for key in after.keys]
        writes += [_drop_key(key) for key in before.keys if key.key_hmac not in kept]
        writes.append(self.keys_update(before, after))
        writes.append(_last4(after, after.keys[-1].last4, now))
        return writes

    def key_removal(self, keys: SiteKeys, now: datetime | None = None) -> list[Write]:
        """Writes that end every key at once; with ``now`` the site shows that it has none."""
        item = SiteKeysItem(site_partition(keys.account_id, keys.site_id), KEYS)
        writes = [_drop_key(key) for key in keys.keys]
        writes.append(Write("keys", lambda tx: tx.delete("keys", item)))
        if now is not None:
            writes.append(_last4(keys, None, now))
        return writes

    def keys_update(self, before: SiteKeys, after: SiteKeys) -> Write:
        """Replace the list of keys unless another rotation came first."""
        item = SiteKeysItem(
            site_partition(after.account_id, after.site_id),
            KEYS,
            account_id=after.account_id,
            site_id=after.site_id,
            keys=[_key_json(key) for key in after.keys],
            version=after.version,
        )
        condition = (
            SiteKeysItem.pk.does_not_exist()
            if before.version == 0
            else SiteKeysItem.version == before.version
        )
        return Write("keys", lambda tx: tx.save("keys", item, condition))


def pointer_page(
    pointer: type[Any], kind: str, account_id: int, request: PageRequest
) -> tuple[list[int], str | None]:
    """Page through an account's pointers, newest first. Answers ids and the next cursor."""
    last = pointer_sk(kind, request.before) if request.before is not None else f"{kind}#~"
    with storage():
        items = list(
            DataItem.query(
                account_partition(account_id),
                DataItem.sk.between(f"{kind}#", last),
                scan_index_forward=False,
                limit=request.limit + 2,
            )
        )
    ids = [int(item.sk.rpartition("#")[2]) for item in items]
    ids = [number for number in ids if request.before is None or number < request.before]
    more = len(ids) > request.limit
    ids = ids[: request.limit]
    return ids, encode_cursor(ids[-1]) if more else None


def _create(name: str, item: Model) -> Write:
    return Write(name, lambda tx: tx.save(name, item, DataItem.pk.does_not_exist()))


def _save_key(keys: SiteKeys, key: SiteKey, *, is_new: bool) -> Write:
    item = KeyItem(
        key.key_hmac,
        account_id=keys.account_id,
        site_id=keys.site_id,
        last4=key.last4,
        valid_until=key.valid_until,
        expires_at=key.valid_until,
    )
    name = f"key {key.last4}"
    condition = KeyItem.key_hmac.does_not_exist() if is_new else KeyItem.key_hmac.exists()
    return Write(name, lambda tx: tx.save(name, item, condition))


def _drop_key(key: SiteKey) -> Write:
    return Write("key", lambda tx: tx.delete("key", KeyItem(key.key_hmac)))


def _last4(keys: SiteKeys, last4: str | None, now: datetime) -> Write:
    item = SiteItem(site_partition(keys.account_id, keys.site_id), SITE)
    actions = [SiteItem.updated_at.set(rfc3339(now))]
    actions.append(SiteItem.api_key_last4.set(last4) if last4 else SiteItem.api_key_last4.remove())
    return Write("site", lambda tx: tx.update("site", item, actions, SiteItem.pk.exists()))


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
    )


def to_site(item: SiteItem) -> Site:
    """Translate a stored site."""
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
    )


def to_keys(item: SiteKeysItem) -> SiteKeys:
    """Translate stored keys."""
    keys = tuple(SiteKey(**entry) for entry in item.keys)
    return SiteKeys(int(item.account_id), int(item.site_id), keys, int(item.version))
