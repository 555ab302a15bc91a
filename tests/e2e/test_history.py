"""Eight clients on eight contents, with the real WordPress: one order explains what it has.

Every call goes over HTTP. What clients heard is compared with what WordPress has, and with the
revisions that it keeps of every text which it had before.
"""

import itertools
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.e2e.conftest import CALL_SECONDS, PUBLISH_SECONDS, Stage, proxied
from tests.support.faulty_proxy import SPOILT, Answer, Call
from tests.support.history import (
    CANCELLED,
    DOWN,
    History,
    Site,
    Write,
    problems,
    told_once,
)
from tests.support.waiting import wait_until

CLIENTS = 8
CONTENTS = 8
OPERATIONS = 12
ENDS = {"published", "unpublished", "cancelled"}
LEAST_FAULTS = 2
HANGS_UP_SECONDS = 0.02  # long enough to ask, too short to hear
KINDS = {200: "ok", 202: "ok", 409: "fail"}
CONTENT = "/api/v1/writer/content"
# Clicks are most of it, as there is something to cancel or to try again only after one.
ACTS = ["click"] * 6 + ["hang up", "edit", "cancel", "cancel", "unpublish", "retry", "read", "read"]
POSTS = """
    global $wpdb;
    $marked = "SELECT post_id, meta_value FROM $wpdb->postmeta
        WHERE meta_key = '_igny8_content_id' AND meta_value IN ( {ids} )";
    echo wp_json_encode( $wpdb->get_results(
        "SELECT m.meta_value AS content, p.ID AS id, p.post_type AS type, p.post_title AS title,
            p.post_status AS status
        FROM ( $marked ) m JOIN $wpdb->posts p ON p.ID = m.post_id OR p.post_parent = m.post_id
        ORDER BY p.post_type = 'revision' DESC, p.ID", ARRAY_A ) );
"""


@dataclass
class Run:
    """Clients on one site, and somebody who wakes workers and sweeps when nothing calls for it."""

    stage: Stage
    number: int = CONTENTS
    operations: int = OPERATIONS
    insist: Callable[[Any], None] = lambda _seen: None
    history: History = field(default_factory=History)
    stopped: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.contents = [self.stage.content(title="Nobody's")["id"] for _ in range(self.number)]

    def go(self) -> None:
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            meddler = pool.submit(self.meddle)
            try:
                list(pool.map(self.client, range(CLIENTS)))
            finally:
                self.stopped.set()
            meddler.result()

    def client(self, number: int) -> None:
        chance = random.Random(number)
        for turn in range(self.operations):
            content_id = self.contents[
                int(self.number * chance.random() ** 2)
            ]  # some more than others
            self.does(chance.choice(ACTS), number, content_id, f"By {number}, {turn}")

    def does(self, act: str, client: int, content_id: int, title: str) -> None:
        if act == "read":
            self.read(content_id)
        elif act == "edit":  # what nobody publishes after must not be seen
            self.call(act, "PATCH", content_id, "", {"title": f"{title}, a draft"})
        elif act in {"click", "hang up"}:
            write = self.history.invoke(client, content_id, title)
            body = {"title": title, "status": "published"}
            answer = self.call(act, "PATCH", content_id, "", body)
            self.ends(write, answer)
        else:
            value = {"cancel": CANCELLED, "unpublish": DOWN}.get(act, title)
            write = self.history.invoke(client, content_id, value, again=act == "retry")
            body = {"to": "draft"} if act == "unpublish" else {}
            answer = self.call(act, "POST", content_id, f"{act}/", body)
            if answer is not None and answer.ok and act != "cancel":
                write.number = answer.json()["data"]["intent"]
            self.ends(write, answer)

    def call(
        self, act: str, method: str, content_id: int, path: str, body: Any = None
    ) -> requests.Response | None:
        """One call; a client of its own, as sessions are not made for threads."""
        url = f"{self.stage.facts['api_url']}{CONTENT}/{content_id}/{path}"
        seconds = HANGS_UP_SECONDS if act == "hang up" else CALL_SECONDS
        headers = {"Authorization": str(self.stage.session.headers["Authorization"])}
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.request(
                    method, url, json=body, headers=headers, timeout=(CALL_SECONDS, seconds)
                )
            except requests.Timeout:
                self.statuses[act, 0] += 1
                return None
        self.statuses[act, answer.status_code] += 1
        return answer

    def ends(self, write: Write, answer: requests.Response | None) -> None:
        self.history.end(write, "info" if answer is None else KINDS.get(answer.status_code, "info"))

    def read(self, content_id: int) -> None:
        began = self.history.moment()
        answer = self.call("read", "GET", content_id, "publication/")
        if answer is not None and answer.ok:
            self.history.read(content_id, answer.json()["data"]["intent"], began)

    def meddle(self) -> None:
        """Messages that come twice, and a sweep beside the one that the schedule runs."""
        chance = random.Random(0)
        sweep = self.stage.facts["outputs"]["DueSweepFunctionName"]
        functions = self.stage.client("lambda")
        while not self.stopped.is_set():
            content = {"id": chance.choice(self.contents)}
            self.insist(content)
            self.stage.invoke_worker(content)
            functions.invoke(FunctionName=sweep, Payload=b'{"sweep": "due"}')

    # --- what came of it --------------------------------------------------------------------

    def quiet(self) -> list[dict[str, Any]]:
        """What is shown of each content once nothing is on its way any more."""

        def look() -> list[dict[str, Any]]:
            seen = [self.stage.publication({"id": one}) for one in self.contents]
            for one in seen:
                if not _is_quiet(one):
                    self.insist({"id": one["content_id"]})
            return seen

        return wait_until(
            look, lambda seen: all(_is_quiet(one) for one in seen), seconds=PUBLISH_SECONDS
        )

    def site(self, lines: dict[int, list[dict[str, Any]]]) -> Site:
        applied: dict[int, list[str]] = defaultdict(list)
        made: Counter[int] = Counter()
        live: dict[int, str] = {}
        listed = ", ".join(f"'{one}'" for one in self.contents)
        for post in self.stage.in_wordpress(POSTS.replace("{ids}", listed)):
            content_id = int(post["content"])
            applied[content_id].append(post["title"])
            if post["type"] != "revision":
                made[content_id] += 1
                if post["status"] == "publish":
                    live[content_id] = post["title"]
        decided = {one: [_title(line) for line in lines[one] if _is_click(line)] for one in lines}
        return Site(applied, made, live, decided)

    def learn(self, lines: dict[int, list[dict[str, Any]]]) -> None:
        """Which text a retry was about, and which number a click had."""
        wanted = {content_id: _decisions(lines[content_id]) for content_id in self.contents}
        for write in self.history.writes:
            values = wanted[write.content_id]
            if write.again and write.kind == "ok":
                write.value = values[write.number]
            elif write.kind == "ok" and not write.number:
                write.number = next((n for n, text in values.items() if text == write.value), 0)

    def problems(self) -> list[str]:
        lines = {one: self.stage.lines({"id": one}) for one in self.contents}
        self.learn(lines)
        told = [(one["operation_id"], one["description"]) for of in lines.values() for one in of]
        return problems(self.history, self.site(lines), told_once(told))


def _is_quiet(publication: dict[str, Any]) -> bool:
    undone = publication["in_doubt"] or publication["cancel_requested"]
    return publication["publish_state"] in ENDS and not undone


def _is_click(line: dict[str, Any]) -> bool:
    return bool(line["description"].startswith("Queued "))


def _title(line: dict[str, Any]) -> str:
    return str(line["description"].split("'")[1])


def _decisions(lines: list[dict[str, Any]]) -> dict[int, str]:
    """What each number stands for: the first thing that a person is told to have done with it."""
    by_people = [one for one in lines if one["actor"].startswith("user:")]
    texts = {one["details"]["content_rev"]: _title(one) for one in by_people if _is_click(one)}
    found: dict[int, str] = {}
    for line in by_people:
        down = line["action"] == "content_unpublish"
        value = DOWN if down else texts.get(line["details"]["content_rev"], "")
        found.setdefault(line["details"]["intent"], value)
    return found


class Faults:
    """Of three orders one does not get there, and one is carried out and its answer lost."""

    def __init__(self) -> None:
        self._turn = itertools.cycle(["not sent", "applied", "well"])
        self._lost = itertools.cycle([*SPOILT.values(), Answer(503, b"", {"Retry-After": "1"})])
        self._spoilt = itertools.cycle(SPOILT.values())
        self._befalls = threading.local()
        self.seen: Counter[str] = Counter()

    def lost(self, _call: Call) -> Answer | None:
        self._befalls.what = what = next(self._turn)
        self.seen[what] += 1
        return next(self._lost) if what == "not sent" else None

    def spoilt(self, _call: Call) -> Answer | None:
        return next(self._spoilt) if self._befalls.what == "applied" else None


def test_one_order_explains_it_on_a_line_on_which_answers_are_lost(stage: Stage) -> None:
    """Somebody says all the while: now, not later. In the end all is well again."""
    faults = Faults()
    with proxied(stage) as site:
        site.proxy.instead, site.proxy.after = faults.lost, faults.spoilt
        run = Run(site, CONTENTS // 2, OPERATIONS * 2 // 3, site.insist)
        run.go()
        site.proxy.heal()
        seen = run.quiet()
        assert [one for one in seen if not _is_quiet(one)] == []
        assert run.problems() == []
        assert min(faults.seen["applied"], faults.seen["not sent"]) >= LEAST_FAULTS, faults.seen
        asked = [one for one in site.proxy.calls if one.route.startswith("content/")]
        assert asked, "what was in doubt"


def test_one_order_of_decisions_explains_what_wordpress_has(stage: Stage) -> None:
    run = Run(stage)
    run.go()
    seen = run.quiet()
    assert [one for one in seen if not _is_quiet(one)] == []
    assert run.problems() == []

    kinds = Counter(write.kind for write in run.history.writes)
    assert kinds["ok"] > CLIENTS * OPERATIONS / 3
    assert kinds["info"]
    assert run.history.reads
    # A check that found nothing in this record either would be none.
    lost = run.history.invoke(1, run.contents[0], "Never sent")
    run.history.end(lost, "ok")
    assert "Never sent was answered ok and decided 0 times" in run.problems()
