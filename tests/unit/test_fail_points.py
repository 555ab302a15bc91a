"""No call leaves the process where a test cannot end it: the list of fail-points is the code's."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from igny8.bootstrap.session import SERVICES
from igny8.bootstrap.sweeps import SWEEPS
from igny8.core.errors import Contended

from tests.property.chaos import Mailbox, Sabotage
from tests.support.case import MemoryWorld
from tests.support.fail_points import FAIL_POINTS, FailPoint, methods_of, watch
from tests.support.releasing import bring_in, change
from tests.support.steps import edit
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import World, world_in_memory

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/core/igny8"
CODE = [*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
SENDS_HTTP = frozenset({"request", "get", "post", "put", "patch", "delete", "head", "send"})


def operations() -> dict[str, str]:
    """Service and name of all that clients of ours can be asked."""
    session = botocore.session.Session()
    return {
        xform_name(operation): service
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    }


OPERATIONS = operations()


def calls_in(source: str) -> Iterator[str]:
    """What a module asks of AWS, or sends to a site: called by its name, or named in a text.

    What is only signed, for others to call it, leaves the process with nobody.
    """
    tree = ast.parse(source)
    signed = {
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".generate_presigned_url")
        for argument in node.args
    }
    for node in ast.walk(tree):
        if node in signed:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked, whom = node.func.attr, ast.unparse(node.func.value)
            if "client" in whom and asked in OPERATIONS:
                yield f"{OPERATIONS[asked]}.{asked}"
            if whom in {"session", "self._session", "requests"} and asked in SENDS_HTTP:
                yield f"http.{asked}"
        elif isinstance(node, ast.Constant) and node.value in OPERATIONS:
            yield f"{OPERATIONS[node.value]}.{node.value}"


def test_every_call_of_the_code_has_a_fail_point() -> None:
    there = {
        (found, path.relative_to(PACKAGE).with_suffix("").as_posix())
        for path in CODE
        for found in calls_in(path.read_text("utf-8"))
        if path.is_relative_to(PACKAGE) or pytest.fail(f"{path} makes a call itself")
    }
    assert there == {(point.name, point.module) for point in FAIL_POINTS}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("self.client().copy_object(Bucket=b)", ["s3.copy_object"]),
        ("client = make(); client.put_item(x)", ["dynamodb.put_item"]),
        ("self._call('scan', TableName=name)", ["dynamodb.scan"]),
        ("with session.request('GET', url) as answer: ...", ["http.request"]),
        ("import requests; requests.get(url)", ["http.get"]),
        ("client.generate_presigned_url('get_object', Params=what)", []),
        ("vault.encrypt(key)", []),
        ("store.query(query)", []),
    ],
)
def test_a_new_call_is_seen(source: str, found: list[str]) -> None:
    assert list(calls_in(source)) == found


def test_every_service_has_one() -> None:
    assert {point.name.partition(".")[0] for point in FAIL_POINTS} == {*SERVICES, "http"}


def life(world: World) -> None:
    """All that calls can be made for: connected, published, swept, edited, examined, deleted."""
    assert bring_in(world).status == 200
    assert change(world, state="released").status == 200
    site = world.connected_site()
    cannot_be_created(world, site)
    content = world.content(site)
    assert world.publish(content).status == 202
    world.work()
    assert world.publication(content)["publish_state"] == "published"
    edit(world, content, content_html="<p>Other.</p>")
    assert world.publish(content).status == 202
    for kind in ("due", "blocked"):
        world.sweep(kind)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    assert world.call("POST", f"{path}test-connection/").status == 200
    assert world.call("GET", f"/api/v1/writer/content/?site={site['id']}").status == 200
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
    assert world.call("DELETE", path).status == 200
    for _ in range(3):
        world.clock.advance(days=40)
        for kind in SWEEPS:
            world.sweep(kind)
        world.synchronise()


def cannot_be_created(world: World, site: Any) -> None:
    """Others hold the rows for too long: its text is taken back."""
    services: Any = world.services
    kept, services.writing._commit = services.writing._commit, contended
    body = {"site_id": site["id"], "title": "A title", "content_html": "<p>Text.</p>"}
    assert world.call("POST", "/api/v1/writer/content/", body).status == 503
    services.writing._commit = kept


def contended(_writes: object) -> None:
    raise Contended("dynamodb")


def test_every_fail_point_stands_where_its_call_is_made() -> None:
    """The list names no part or method that a world in memory would not pass."""
    trouble = Trouble()
    with world_in_memory() as made:
        services: Any = made.services
        services.hints = Mailbox(made.clock, Sabotage())
        services.sync_hints = Mailbox(made.clock, Sabotage())
        watch(services, trouble)
        life(MemoryWorld(services, made.clock, made.wordpress))
    for point in FAIL_POINTS:
        assert any(trouble.seen[f"{point.part}.{one}"] for one in point.methods), point


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("point", FAIL_POINTS, ids=lambda point: point.name)
def test_every_fail_point_fires(point: FailPoint, mode: Mode) -> None:
    """Before its effect and after it; as a refusal, and as our own end."""
    done: list[str] = []

    class Part:
        def __call__(self) -> None:
            done.append("__call__")

        def __getattr__(self, name: str) -> object:
            return lambda: done.append(name)

    trouble = Trouble()
    part = trouble.stand_before(Part(), *methods_of(point.part), name=point.part)
    for method in sorted(point.methods):
        done.clear()
        trouble.arm(0, mode)
        ended = Killed if mode in {Mode.KILLED_BEFORE, Mode.KILLED_AFTER} else Exception
        with pytest.raises(ended):
            part() if method == "__call__" else getattr(part, method)()
        assert done == ([method] if mode in {Mode.ANSWER_LOST, Mode.KILLED_AFTER} else [])
        assert trouble.failed == f"{point.part}.{method}"
