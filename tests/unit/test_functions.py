"""What goes for every function, whether it was here yesterday or not."""

import re
import tomllib
from dataclasses import replace
from typing import Any

import pytest
from igny8.core.settings import Settings
from igny8.entrypoint.api import Api
from igny8.entrypoint.rows import Answer, Caller, Route
from igny8.sites.model import KeyOwner

from local import openapi
from tests.support.frame import Unlimited
from tests.support.functions import FOLDER, FUNCTIONS, ROUTES, ROWS, row_name, spellings

ROOT = FOLDER.parent
BOOTSTRAP = ROOT / "layers" / "core" / "igny8" / "bootstrap"
CLAIMS = {
    "sub": "u1",
    "token_use": "id",
    "custom:account_id": "4242",
    "cognito:groups": "admin",
}


class Services:
    """Takes any key for a right one."""

    settings = Settings()

    def __init__(self) -> None:
        self.integrations = self
        self.account_calls = self.wrong_keys = Unlimited()

    def identify(self, _key: str) -> KeyOwner:
        return KeyOwner(1, 2, 3, "hmac")


def answer_of(routes: list[Route], method: str, path: str) -> tuple[int, str]:
    """Status and, for OPTIONS, methods for an administrator who shows a site key, too."""
    event = {
        "httpMethod": method,
        "path": path,
        "body": "{}",
        "headers": {"Content-Type": "application/json", "X-IGNY8-API-KEY": "a key"},
        "requestContext": {"requestId": "r-1", "authorizer": {"claims": CLAIMS}},
    }
    answer: dict[str, Any] = Api(Services, routes)(event, None)
    methods = answer["multiValueHeaders"].get("Access-Control-Allow-Methods", [""])
    return answer["statusCode"], methods[0]


def test_functions_are_found() -> None:
    assert {"content_api", "integrations_api", "publish_worker", "sweeps"} <= set(FUNCTIONS)
    assert list(ROUTES) == [name for name in FUNCTIONS if name.endswith("_api")]
    assert openapi.functions() == list(ROUTES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_wired_by_the_module_of_its_name_alone(function: str) -> None:
    assert (BOOTSTRAP / f"{function}.py").is_file()
    text = "\n".join(path.read_text() for path in (FOLDER / function).glob("*.py"))
    assert set(re.findall(r"igny8\.bootstrap\.(\w+)", text)) == {function}
    stems = {path.stem for path in (FOLDER / function).glob("*.py")} - {"__init__", "handler"}
    parts = re.compile(r"([a-z]+_)?(routes|schemas|answers)")  # of a noun, where there are many
    assert not [stem for stem in stems if not parts.fullmatch(stem)]


def test_the_arrows_are_checked_for_every_function() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert sorted(told["root_packages"]) == sorted(["igny8", *FUNCTIONS])
    (placed,) = [
        layers
        for contract in told["contracts"]
        if "igny8" in (layers := contract.get("layers", []))
    ]
    assert sorted(placed[0].split(" | ")) == FUNCTIONS


def test_a_method_of_a_path_is_served_once() -> None:
    keys = [(row.method, re.sub(r"\{\w+\}", "{}", row.path)) for _, row in ROWS]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("function", "row"), ROWS, ids=row_name)
def test_a_row_creates_just_when_it_answers_created(function: str, row: Route) -> None:
    later = row.path.endswith("/bulk-publish")  # it is stored; what it creates comes after that
    assert row.creates == (201 in row.statuses or later), function
    assert not row.creates or row.method == "POST"


@pytest.mark.parametrize(("function", "row"), ROWS, ids=row_name)
def test_a_row_without_caller_is_unreachable_however_it_is_asked_for(
    function: str, row: Route
) -> None:
    """Beside all the others of its function, which it must not fall through to either."""
    assert row.caller in set(Caller)
    row = replace(row, run=lambda _call, _services: Answer(data="reached"), body=None, query=None)
    others = [one for one in ROUTES[function] if (one.method, one.path) != (row.method, row.path)]
    asked = spellings(row.path)
    for path in (*asked, *(f"{one}/" for one in asked)):
        assert answer_of([*others, row], row.method, path)[0] == 200
        assert row.method in answer_of([*others, row], "OPTIONS", path)[1]
        closed = [*others, replace(row, caller=None)]
        assert answer_of(closed, row.method, path)[0] == 404, path
        assert row.method not in answer_of(closed, "OPTIONS", path)[1], path


def test_spellings_are_those_that_the_seeds_have() -> None:
    pairing = "/api/v1/integration/integrations/test-connection"
    assert spellings(pairing) == [
        pairing,
        pairing.replace("-", "_"),
        pairing.replace("/api", ""),
        pairing.replace("/api", "").replace("-", "_"),
    ]
    assert "/v1/integration/7/debug_status" in spellings(
        "/api/v1/integration/integrations/{integration_id}/debug-status"
    )
