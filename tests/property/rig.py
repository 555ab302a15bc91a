"""The backend wired to everything that can go wrong, and what people and time do to it."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from igny8.admission.model import Gate
from igny8.admission.store import LOOK_SHARDS, GateReason
from igny8.core.queue import Hint
from igny8.publishing.model import Publication

from tests.property.chaos import ChaoticCommit, ChaoticWordPress, Fragile, Mailbox, Sabotage
from tests.support.case import Backend
from tests.support.fail_points import watch
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import ACCOUNT, World, world_in_memory

NEEDS_A_PERSON = {GateReason.AUTH, GateReason.DISABLED}


class Rig:
    """One connected site, its backend, and a record of what was promised to people."""

    def __init__(self, backend: Backend = world_in_memory) -> None:
        with ExitStack() as stack:  # who cannot begin leaves nothing behind
            logging.disable()  # thousands of lines for nobody
            stack.callback(logging.disable, logging.NOTSET)
            self.world: World = stack.enter_context(backend())
            self._wire()
            self.site = self.world.connected_site()
            self.stack = stack.pop_all()
        self.new_key: str | None = None
        self.contents: list[Any] = []
        self.texts: dict[int, dict[int, tuple[str, str]]] = {}
        self.accepted: dict[int, int] = {}
        self.recreations: dict[int, int] = {}
        self.deletions: set[int] = set()
        self.touched: set[int] = set()
        self.acts: dict[int, tuple[str, dict[str, Any]]] = {}
        self.crashes: list[Any] = []
        self.sweeps = 0
        self._rows: dict[int, Publication] = {}
        self._read_at: tuple[int, ...] = ()

    def _wire(self) -> None:
        self.world.checks_answers = False  # other tests hold answers to the API's document
        services = self.world.services
        self.sabotage = Sabotage(fired=self._fired)
        self.trouble = Trouble(fired=self._ended)
        self.mailbox = Mailbox(self.world.clock, self.sabotage)
        self.wordpress = ChaoticWordPress(sabotage=self.sabotage, talked=self._talked)
        services.http = self.wordpress
        services.hints = self.mailbox  # type: ignore[assignment]
        services.sync_hints = Mailbox(self.world.clock, Sabotage())  # type: ignore[assignment]
        watch(services, self.trouble)
        self.commit = ChaoticCommit(services.commit, self.sabotage)
        self.world.wordpress = self.wordpress
        services.commit = self.commit
        services.bodies = Fragile(services.bodies, "get", "s3", self.sabotage)  # type: ignore[assignment]
        services.vault = Fragile(services.vault, "decrypt", "kms", self.sabotage)  # type: ignore[assignment]
        self.services = services

    def close(self) -> None:
        self.stack.close()

    # --- people -----------------------------------------------------------------------------

    def create(self, number: int) -> None:
        content = self.world.content(self.site, title=f"Title {number}.1", content_html="<p>1</p>")
        self.contents.append(content)
        self._remember(content)

    def edit(self, content: Any) -> None:
        rev = max(self.texts[content["id"]]) + 1
        body = {"title": f"Title {content['id']}.{rev}", "content_html": f"<p>{rev}</p>"}
        path = f"/api/v1/writer/content/{content['id']}/"
        with self.sabotage.spared():
            try:
                answer = self.world.call("PATCH", path, body)
            except Killed:
                answer = None
            if answer is None or answer.status == 503:
                assert self.trouble.failed
                answer = self.world.call("GET", path)  # it was done, or not
            else:
                assert answer.data["rev"] == rev
        self._remember(answer.data)

    def _remember(self, content: Any) -> None:
        text = (content["title"], content["content_html"])
        self.texts.setdefault(content["id"], {})[content["rev"]] = text

    def click(self, content: Any, *, recreate: bool = False, trouble: str | None = None) -> int:
        """Publish; ``trouble`` is a step at which the API or the queue fails. Answers a status."""
        content_id = content["id"]
        before = self.rows().get(content_id)
        with self.sabotage.spared():
            if trouble is not None:
                self.sabotage.arm(trouble, killing=trouble != "hint")
                self.sabotage.working = 1
            try:
                status = self.world.publish(content, {"recreate": recreate}).status
            except Killed:
                status = 0
            self.sabotage.step = None if trouble is not None else self.sabotage.step
        after = self.rows().get(content_id)
        if recreate and after is not None and before is not None and after.recreate:
            self.recreations[content_id] = self.recreations.get(content_id, 0) + (
                after.intent - before.intent
            )
        if status in {200, 202}:
            self.accepted[content_id] = max(self.texts[content_id])
            self.acts.pop(content_id, None)
        assert status in ({0, 200, 202, 409} | ({503} if self.trouble.failed else set())), status
        return status

    def act(self, content: Any, what: str, **body: Any) -> int:
        """Cancel, retry, unpublish or resolve-conflict; answers a status."""
        before = self.rows().get(content["id"])
        with self.sabotage.spared():
            try:
                path = f"/api/v1/writer/content/{content['id']}/{what}/"
                status = self.world.call("POST", path, body).status
            except Killed:
                status = 0
        after = self.rows().get(content["id"])
        asked = {0, 200, 202, 409} | ({503} if self.trouble.failed else set())
        assert status in asked, status
        if after is not None and after != before:
            self.acts[content["id"]] = what, body
            if after.recreate and before is not None and after.intent > before.intent:
                self.recreations[content["id"]] = self.recreations.get(content["id"], 0) + 1
        return status

    # --- every call can end -----------------------------------------------------------------

    def breaks(self, call: int, mode: Mode, act: Callable[[], object]) -> None:
        """Do something while the ``call``-th call that leaves the process ends in its mode."""
        self.trouble.arm(call, mode)
        try:
            act()
        except Killed:
            pass
        finally:
            self.trouble.disarm()
            self.trouble.failed = None

    def _ended(self, name: str, applied: bool) -> None:
        if name == "http.request":
            if applied:
                self.wordpress.answer_was_lost(counts=self.trouble.mode is Mode.ANSWER_LOST)
        elif name == "tables.commit" and applied:
            self.commit.talked = False
        elif self.sabotage.working and self.commit.talked:
            self.wordpress.result_was_not_written()

    # --- people in WordPress ----------------------------------------------------------------

    def person(self, content: Any, what: str, *, told: bool) -> None:
        """Somebody works on the post there; the bridge tells of it, or its webhook is lost."""
        content_id = content["id"]
        post = self.wordpress.posts.get(content_id)
        if post is None:
            return
        self.touched.add(content_id)
        if what == "deleted":
            self.wordpress.delete(content_id)
            self.deletions.add(content_id)
        elif what == "edited":
            self.wordpress.rewrite(content_id)
            what = post.post_status
        else:
            self.wordpress.set_status(content_id, what)
        event = self.wordpress.note(
            post, origin="wordpress", operation_id=None, actor="Jane Doe", channel="admin",
            post_status=what,
        )  # fmt: skip
        if told:
            with self.sabotage.spared():
                self._tell(event)

    def _tell(self, event: Any) -> None:
        body = {
            "site_id": self.site["id"], "site_url": self.site["url"], "events": [event],
            **self.wordpress.outbox.position,
        }  # fmt: skip
        status = self.world.told(self.site, body, kind="").status
        assert status in ({200, 401} | ({503} if self.trouble.failed else set())), status

    def pull(self) -> None:
        """Fetch what the site has not told, or not as it happened."""
        path = f"/api/v1/integration/integrations/{self.site['integration_id']}/sync/"
        assert self.world.call("POST", path, {"direction": "changes"}).status == 202
        self.listen()

    def listen(self, *hints: Hint) -> None:
        """Let the sync worker serve these, and what is on its queue."""
        for _ in range(5):
            taken = [*hints, *self.services.sync_hints.take()]  # type: ignore[attr-defined]
            records = [{"messageId": str(n), "body": h.body()} for n, h in enumerate(taken)]
            hints = ()
            if not records:
                break
            assert self.world.synchronise(records)["batchItemFailures"] == []

    def rotate(self) -> None:
        path = "/api/v1/integration/integrations/generate-api-key/"
        answer = self.world.call("POST", path, {"site_id": self.site["id"]})
        if answer.status == 503:
            assert self.trouble.failed  # whatever was made, nobody knows it
            return
        self.new_key = answer.data["api_key"]

    def revoke(self) -> None:
        path = "/api/v1/integration/integrations/revoke-api-key/"
        assert self.world.call("POST", path, {"site_id": self.site["id"]}).status in {200, 409}
        self.new_key = None

    def pair(self) -> None:
        """The bridge takes the newest key and connects with it."""
        if self.new_key is None:
            self.rotate()
        if self.new_key is None:
            assert self.trouble.failed
            return
        status = self.world.pair(self.site, self.new_key).status
        if status == 200:
            self.wordpress.accepted_key = self.site["api_key"] = self.new_key
            self.new_key = None
        else:
            assert status == 503
            assert self.trouble.failed

    # --- machinery --------------------------------------------------------------------------

    def serve(self, hints: list[Hint]) -> None:
        """Deliver messages in one batch; what a dying worker held comes back later."""
        records = [{"messageId": str(n), "body": hint.body()} for n, hint in enumerate(hints)]
        self.sabotage.working += 1
        self.commit.talked = False
        try:
            answer = self.world.work(records)
        except Killed:
            self.mailbox.give_back(hints)
        else:
            if self.trouble.failed is None:
                self.crashes += answer["batchItemFailures"]
            elif answer["batchItemFailures"]:
                self.mailbox.give_back(hints)
        finally:
            self.sabotage.working -= 1

    def sweep(self) -> None:
        self.sweeps += 1
        self.world.sweep("due")
        self.world.sweep("blocked")

    def frozen(self) -> None:
        """A worker stands still for so long that others take over."""
        self.world.clock.advance(seconds=200)
        self.sweep()
        self.serve(self.mailbox.take())

    def duplicate(self, content: Any) -> None:
        hint = Hint(ACCOUNT, self.site["id"], self.site["integration_id"], content["id"])
        self.serve([hint])

    def delete_post(self, content: Any) -> None:
        self.person(content, "deleted", told=False)

    def heal(self) -> None:
        """From here on everything works; what waits for a person gets one."""
        self.sabotage.step = None
        self.wordpress.faults.clear()
        self.wordpress.meanwhile.clear()
        if self.new_key is not None or self.gate().reason in NEEDS_A_PERSON:
            self.pair()

    def drain(self, rounds: int = 8) -> None:
        for _ in range(rounds):
            for _ in range(20):
                hints = self.mailbox.take()
                if not hints:
                    break
                self.serve(hints)
            if self.wordpress.late:
                self.wordpress.late_arrives()
                self.pull()  # its echo says what there is, also where nobody waits any more
            if (
                all(one.due_at is None for one in self.rows().values())
                and not self.gate().is_closed
            ):
                break
            self.world.clock.advance(hours=6, minutes=1)
            self.sweep()
            if self.gate().is_closed:  # where nothing waits, who listens finds that it is well
                self.listen(Hint(ACCOUNT, self.site["id"], self.site["integration_id"]))
            if self.gate().reason in NEEDS_A_PERSON:
                self.pair()

    def _fired(self, step: str) -> None:
        if step == "before result":
            self.wordpress.result_was_not_written()

    def _talked(self) -> None:
        self.commit.talked = True

    # --- what is there ----------------------------------------------------------------------

    def rows(self) -> dict[int, Publication]:
        """Every publication by content; read again only after something was written."""
        if self._read_at != (stamp := (self.commit.count, self.sweeps, len(self.contents))):
            self._read_at = stamp
            self._rows = {}
            with self.trouble.aside():
                for content in self.contents:
                    bundle = self.services.publication_store.bundle(ACCOUNT, content["id"])
                    if row := bundle.on(self.site["integration_id"]):
                        self._rows[content["id"]] = row
        return self._rows

    def gate(self) -> Gate:
        return replace(self.services.gate_store.get(self.site["integration_id"]), slots=())

    def waits_behind(self, gate: Gate) -> bool:
        """Whether the blocked sweep looks behind a gate some time."""
        looks = [
            look
            for shard in range(LOOK_SHARDS)
            for look in self.services.gate_store.looks_in_shard(shard, 2**40, 100)[0]
        ]
        return gate.integration_id in {look.gate.integration_id for look in looks}

    def is_found_by_the_sweep(self, row: Publication) -> bool:
        """Whether both due indexes hold it at its time.

        Where only pairing can help, pairing finds it alone, and the blocked sweep after it.
        """
        store = self.services.publication_store
        assert row.due_at is not None
        if row.wake_at is None:
            gate = self.gate()
            waits_for_pairing = gate.is_closed and gate.probe_at is None
            assert waits_for_pairing or self.waits_behind(gate)
            return row.content_id in store.due_on(row.integration_id, row.due_at, 100)
        shard = row.content_id % self.services.settings.sweep_shards
        keys = store.due_in_shard(shard, row.wake_at, 100)
        in_shard = any(key["pk"]["S"].endswith(f"#{row.content_id}") for key in keys)
        return in_shard and row.content_id in store.due_on(row.integration_id, row.due_at, 100)
