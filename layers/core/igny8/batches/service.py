"""What people do with batches: begin one, look how far it is, cancel it as a whole."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.batches.model import LOOK_SECONDS, Batch, BatchHint
from igny8.batches.store import BatchStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost
from igny8.idempotency.model import IdempotencyKey
from igny8.idempotency.store import IdempotencyStore
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Actor

RACE_RETRIES = 5


class BatchHints(Protocol):
    """Wakes the worker of batches; see `igny8.core.queue.HintQueue`."""

    def send(self, hint: BatchHint, *, delay_seconds: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A batch that is being cancelled; ``accepted`` tells what this request did (202) from 200."""

    batch: Batch
    accepted: bool


class BatchService:
    """Begins and cancels batches."""

    def __init__(
        self,
        *,
        store: BatchStore,
        integrations: IntegrationStore,
        requests: IdempotencyStore,
        commit: Commit,
        hints: BatchHints,
        ids: IdSource,
        clock: Clock,
    ) -> None:
        self._store = store
        self._integrations = integrations
        self._requests = requests
        self._commit = commit
        self._hints = hints
        self._ids = ids
        self._clock = clock

    def begin(
        self,
        account_id: int,
        content_ids: Sequence[int],
        *,
        actor: Actor,
        integration_id: int | None = None,
        request: IdempotencyKey | None = None,
    ) -> Batch:
        """Store a batch, once a ``request``, and wake its worker: nothing is decided here.

        Raises :class:`NotFound` for an integration that is not the account's, :class:`KeyReused`.
        """
        while True:
            made = self._requests.find(account_id, request)
            if made is not None:
                return self._store.get(account_id, int(made))
            if integration_id is not None:
                self._integrations.site_of(account_id, integration_id)
            there = self._store.present(account_id, list(dict.fromkeys(content_ids)))
            batch = self._new(account_id, content_ids, there, integration_id, actor)
            recording = self._requests.recording(account_id, request, str(batch.id))
            try:
                self._commit([*self._store.creation(batch), *recording])
            except ConditionLost:
                continue  # the id was taken in this very millisecond, or the request came twice
            if batch.is_at_work:
                self._wake(batch)
            return batch

    def _new(
        self,
        account_id: int,
        sent: Sequence[int],
        there: set[int],
        integration_id: int | None,
        actor: Actor,
    ) -> Batch:
        now = epoch(self._clock.now())
        return Batch(
            account_id=account_id,
            id=self._ids.next(),
            sent=tuple(sent),
            absent=frozenset(sent) - there,
            integration_id=integration_id,
            actor=actor.name,
            channel=str(actor.channel),
            request_id=actor.request_id,
            created_at=now,
            wake_at=now + LOOK_SECONDS if there else None,
        )

    def cancel(self, account_id: int, batch_id: int, *, actor: Actor) -> Cancellation:
        """Cancel a batch: from here on it decides nothing more, and its worker undoes what waits.

        Raises :class:`NotFound`.
        """
        for _ in range(RACE_RETRIES):
            batch = self._store.get(account_id, batch_id)
            if batch.cancelled_at is not None:
                return Cancellation(batch, accepted=False)
            now = epoch(self._clock.now())
            if self._store.cancelled(batch, actor.name, now):
                self._wake(batch)
                after = replace(
                    batch, cancelled_at=now, cancelled_by=actor.name, position=0, hints=0
                )
                return Cancellation(after, accepted=True)
        raise Unavailable("contention", retry_after=1)

    def _wake(self, batch: Batch) -> None:
        with suppress(Unavailable):  # it is stored: the sweep finds it standing still
            self._hints.send(BatchHint.of(batch))
