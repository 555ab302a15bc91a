"""Use cases of who makes releases: bring a ZIP in, have it judged, stage it, withdraw it.

The ZIP is uploaded past us, and judged by the bytes that lie there; those very bytes are stored as
the release, never the upload copied, which could be another by then. Then the row is written, once:
a version never changes. A try that ends between the two leaves an object that no row names, and the
next one finds it in its place.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from igny8.core.clock import Clock, rfc3339
from igny8.core.errors import Conflict, Contended, Invalid, NotFound, Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.distribution.gate import Home, Record, examine
from igny8.distribution.manifest import Signature, canonical
from igny8.distribution.model import (
    MOST_VERSIONS,
    NEXT,
    NOTICE_MAX,
    SLUG,
    Catalogue,
    Release,
    State,
)
from igny8.distribution.readme import sections, upgrade_notice
from igny8.distribution.store import INDEX_WRITE, ReleaseStore
from igny8.distribution.versions import Version

UPLOAD_SECONDS = 900
TRIES = 5
"""How often a write is tried again because another version was written at the same moment."""

logger = get_logger()


class Form(Protocol):
    """Where and with which fields a ZIP is posted."""

    @property
    def url(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...


class Archives(Protocol):
    """Keeps ZIPs: see `igny8.distribution.archives`."""

    def form(self, key: str, seconds: int) -> Form: ...
    def uploaded(self, key: str) -> bytes | None: ...
    def keep(self, key: str, archive: bytes) -> None: ...
    def discard(self, key: str) -> None: ...


class Signer(Protocol):
    """Signs manifests: see `igny8.distribution.signing`."""

    def sign(self, message: bytes) -> Signature: ...
    def public_keys(self) -> tuple[bytes, ...]: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A form for a ZIP, and what the upload is called."""

    upload_id: str
    form: Form
    expires_in_seconds: int = UPLOAD_SECONDS


class ReleaseService:
    """Accepts, changes and lists releases.

    ``update_host`` is empty where the stage has no name of its own; ``manifest_days`` is for how
    long what is signed counts.
    """

    def __init__(
        self,
        *,
        store: ReleaseStore,
        archives: Archives,
        signer: Signer,
        commit: Commit,
        clock: Clock,
        update_host: str,
        is_local: bool,
        manifest_days: int,
        draw: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self._store = store
        self._archives = archives
        self._signer = signer
        self._commit = commit
        self._clock = clock
        self._update_host = update_host
        self._is_local = is_local
        self._manifest_days = manifest_days
        self._draw = draw

    def keys(self) -> tuple[bytes, ...]:
        """The public keys that a release pins: the one that signs, the one that will."""
        return self._signer.public_keys()

    def releases(self) -> Sequence[Release]:
        """Every version, newest first."""
        return self._store.all(SLUG)

    def begin(self, version: Version) -> Upload:
        """Say where the ZIP of a version is uploaded to. Raises :class:`Conflict`."""
        if self._found(version) is not None:
            raise _exists()
        upload_id = self._draw(16)
        return Upload(upload_id, self._archives.form(_staged(version, upload_id), UPLOAD_SECONDS))

    def accept(
        self, record: Record, upload_id: str, linted_with: Sequence[str], by: str
    ) -> Release:
        """Make a release of what was uploaded; the same ZIP again is the release that it became.

        Raises :class:`Invalid` with everything
        that is wrong with it, after which nothing of it is kept; :class:`Conflict`.
        """
        key = _staged(record.version, upload_id)
        before = self._found(record.version)
        if before is not None:
            self._discard(key)
            return _same(before, record)
        if not linted_with and not self._is_local:
            raise Invalid({"linted_with": ["Say with which versions of PHP it was linted."]})
        release = self._judged(record, key, linted_with)
        try:
            self._write(lambda catalogue: self._new(release, catalogue))
        except ConditionLost as error:
            self._discard(key)
            return _same(self._store.get(SLUG, record.version), record, error)
        self._discard(key)
        logger.info("release accepted", extra={"version": str(record.version), "by": by})
        return replace(release, row_version=1)

    def change(self, version: Version, changed: Mapping[str, Any], by: str) -> Release:
        """Change a version's state, or what is said of it; ``changed`` names fields of `Release`.

        What sites may be offered is signed anew; ``by`` is who wanted it, for the log. Raises
        :class:`NotFound`, :class:`Invalid`, :class:`Conflict` ``not_allowed`` or
        ``changed_meanwhile``.
        """
        before = self._store.get(SLUG, version)
        after = self._dated(before, self._signed(before, _changed(before, changed)))
        try:
            self._write(lambda catalogue: self._store.change(SLUG, after, catalogue))
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile", "Somebody else changed this version; look at it again."
            ) from error
        logger.info(
            "release changed",
            extra={
                "version": str(version),
                "state": str(after.state),
                "fields": sorted(changed),
                "by": by,
            },
        )
        return replace(after, row_version=before.row_version + 1)

    def _found(self, version: Version) -> Release | None:
        try:
            return self._store.get(SLUG, version)
        except NotFound:
            return None

    def _judged(self, record: Record, key: str, linted_with: Sequence[str]) -> Release:
        archive = self._archives.uploaded(key)
        if archive is None:
            raise Invalid({"upload_id": ["Nothing was uploaded by this name, or it is gone."]})
        home = Home(self._signer.public_keys(), self._update_host, self._is_local)
        try:
            found = examine(archive, record, home)
        except Invalid:
            self._discard(key)
            raise
        release = Release(
            version=record.version,
            state=State.DEVELOPMENT,
            requires=found.requires,
            requires_php=found.requires_php,
            tested=found.tested,
            sha256=found.sha256,
            md5=found.md5,
            size=found.size,
            rollout_salt=self._draw(8),
            upgrade_notice=upgrade_notice(found.readme, str(record.version))[:NOTICE_MAX],
            sections=sections(found.readme),
            api_url=found.api_url,
            update_host=found.update_host,
            linted_with=tuple(linted_with),
            created_at=rfc3339(self._clock.now()),
        )
        self._archives.keep(release.object_key, archive)
        return release

    def _new(self, release: Release, catalogue: Catalogue) -> list[Write]:
        if len(catalogue.entries) >= MOST_VERSIONS:
            raise Conflict("not_allowed", f"There are {MOST_VERSIONS} versions already.")
        return self._store.put_new(SLUG, release, catalogue)

    def _signed(self, before: Release, after: Release) -> Release:
        """With a manifest that is good from now on, or with none where nobody is offered it."""
        if not after.is_offered:
            return replace(after, manifest="", signature="", key_id="")
        now = self._clock.now()
        if after.state is not before.state:
            after = replace(after, released_at=rfc3339(now))
        not_after = rfc3339(now + timedelta(days=self._manifest_days))
        manifest = canonical(after, not_after=not_after)
        signature = self._signer.sign(manifest.encode())
        return replace(after, manifest=manifest, signature=signature.value, key_id=signature.key_id)

    def _dated(self, before: Release, after: Release) -> Release:
        """With when it began to reach more sites: it is watched from then on."""
        now = rfc3339(self._clock.now())
        if after.rollout_percent > before.rollout_percent:
            after = replace(after, widened_at=now)
        if before.rollout_halted and not after.rollout_halted:
            after = replace(after, resumed_at=now)
        return after

    def _write(self, writes: Callable[[Catalogue], list[Write]]) -> None:
        """Write a release with the catalogue, as it is then. Raises :class:`ConditionLost`.

        That is of the release itself; where another version came first it is tried again.
        """
        for _ in range(TRIES):
            try:
                self._commit(writes(self._store.catalogue(SLUG, consistent=True)))
            except ConditionLost as error:
                if set(error.rows) != {INDEX_WRITE}:
                    raise
            else:
                return
        raise Contended("dynamodb")

    def _discard(self, key: str) -> None:
        with suppress(Unavailable):  # it goes by itself within a day
            self._archives.discard(key)


def _changed(before: Release, changed: Mapping[str, Any]) -> Release:
    after = replace(before, **changed)
    if after.state is not before.state and after.state not in NEXT[before.state]:
        possible = ", ".join(sorted(NEXT[before.state])) or "nothing else, for good"
        raise Conflict(
            "not_allowed", f"What is {before.state} can become {possible}; not {after.state}."
        )
    oldest = after.min_from_version
    if oldest is not None and oldest >= after.version:
        raise Invalid({"min_from_version": ["must be an earlier version"]})
    return after


def _same(there: Release, record: Record, cause: Exception | None = None) -> Release:
    """The release that is there, if it was made of this ZIP."""
    if there.sha256 != record.sha256:
        raise _exists() from cause
    return there


def _exists() -> Conflict:
    return Conflict("version_exists", "There is this version already, and a version never changes.")


def _staged(version: Version, upload_id: str) -> str:
    return f"uploads/{SLUG}/{version}/{upload_id}.zip"
