"""Who may call what: every route is of one class, and the documents say the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from igny8.entrypoint.aliases import canonical_path

from tests.support.functions import ROWS, spellings
from tests.template.conftest import Route, reached

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
ROW = re.compile(r"^\| (GET|HEAD|POST|PUT|PATCH|DELETE) \| `?(/\S*?)`? \| (\w+) \| (\w+) \|", re.M)
# A function's policy holds 20 KB; API Gateway's permission for one route is about this long.
STATEMENT_BYTES = 450
POLICY_BYTES = 20_480


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def id_form(path: str) -> str:
    return re.sub(r"\{\w+\}", "{id}", path)


CODED = {
    (row.method, id_form(row.path)): (function, row.caller and row.caller.value)
    for function, row in ROWS
}
DOCUMENTED = {
    (method, id_form(path)): (function, kind)
    for method, path, kind, function in ROW.findall(ARCHITECTURE.read_text())
}


def kinds_of(route: Route, routes: list[Route]) -> set[str | None]:
    """The classes of those who call what comes by a route of the gateway."""
    return {
        kind
        for (method, path), (_, kind) in CODED.items()
        if any(reached(routes, method, one) == route for one in spellings(path))
    }


@pytest.mark.parametrize(("method", "path"), sorted(CODED.keys() | DOCUMENTED.keys()))
def test_a_route_is_the_same_in_the_rows_the_documents_and_the_template(routes, method, path):
    assert CODED.get((method, path)) == DOCUMENTED.get((method, path))
    function, kind = CODED[method, path]
    assert kind in {"people", "admin", "bridge", "open"}
    assert reached(routes, method, spellings(path)[0]), "nothing leads there"
    for spelling in spellings(path):
        route = reached(routes, method, spelling)
        if route is None:
            assert kind == "open", f"nothing leads to the older form {spelling}"
            continue
        assert route.function == function, spelling
        assert (route.auth == "default") == (kind in {"people", "admin"}), spelling


def test_a_route_without_authorizer_is_for_those_alone_who_have_no_token(routes, resources):
    auth = resources["Api"]["Properties"]["Auth"]
    default = auth["Authorizers"][auth["DefaultAuthorizer"]]
    assert default == {"UserPoolArn": {"Fn::GetAtt": ["UserPool", "Arn"]}}
    assert len(routes) > 30
    for route in routes:
        if route.method == "OPTIONS":
            assert route.auth == "NONE", route
        elif route.auth == "NONE":
            assert kinds_of(route, routes) in ({"bridge"}, {"open"}), route
        else:
            assert route.auth == "default"
            assert kinds_of(route, routes) <= {"people", "admin"}, route


def test_no_route_names_any_method(routes):
    methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert {route.method for route in routes} <= methods


def test_no_route_is_served_twice_and_none_ends_in_a_slash(routes):
    keys = [(route.method, route.path) for route in routes]
    assert len(keys) == len(set(keys))
    assert not [path for _, path in keys if path.endswith("/")]


def test_browsers_can_ask_about_every_path_of_people(routes):
    asked = {route.path for route in routes if route.method == "OPTIONS"}
    newer = {r.path for r in routes if r.auth == "default" and r.path.startswith("/api/")}
    assert asked == newer


def test_no_api_keys_of_the_gateway(template):
    """They are no credentials; a route with one would look protected."""
    assert "ApiKeyRequired" not in json.dumps(template)
    assert "UsagePlan" not in json.dumps(template)


def test_permissions_of_a_functions_routes_fit_its_policy(functions):
    for name, properties in functions.items():
        count = sum(event["Type"] == "Api" for event in properties["Events"].values())
        assert count * STATEMENT_BYTES < POLICY_BYTES, name


def test_routes_of_the_template_lead_to_rows(routes):
    for route in routes:
        if route.method == "OPTIONS":
            others = [r for r in routes if r.path == route.path and r.method != "OPTIONS"]
            assert others, f"{route} asks for a path that nothing serves"
        elif route.path.endswith("/{proxy+}"):
            stem = canonical_path(route.path.removesuffix("/{proxy+}"))
            stem = stem.removesuffix("/integrations") + "/"
            assert any(path.startswith(stem) for _, path in CODED), route
        else:
            assert (route.method, id_form(canonical_path(route.path))) in CODED, route


def test_routes_without_authorizer_have_throttling_of_their_own(routes, resources):
    settings = resources["Api"]["Properties"]["MethodSettings"]
    limited = {(s["HttpMethod"], s["ResourcePath"]) for s in settings if "ThrottlingRateLimit" in s}
    assert ("*", "/*") in limited
    for route in routes:
        if route.auth == "NONE":
            assert (route.method, "/" + route.path.replace("/", "~1")) in limited, route


def test_answers_of_the_gateway_carry_our_envelope_with_documented_codes(resources):
    codes = set(re.findall(r"`([a-z_]+)`", ARCHITECTURE.read_text())) | {"internal_error"}
    answers = resources["Api"]["Properties"]["GatewayResponses"]
    needed = {"MISSING_AUTHENTICATION_TOKEN": 404, "UNAUTHORIZED": 401, "ACCESS_DENIED": 403,
              "THROTTLED": 429, "REQUEST_TOO_LARGE": 413}  # fmt: skip
    assert {kind: answers[kind]["StatusCode"] for kind in needed} == needed
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    for kind, answer in answers.items():
        body = json.loads(answer["ResponseTemplates"]["application/json"])
        assert body["success"] is False
        assert set(body["error"]) == {"code", "message", "request_id"}
        assert body["error"]["code"] in codes, kind
        assert body["error"]["message"]
        if answer.get("StatusCode") in {429, 503}:
            assert "Retry-After" in answer["ResponseParameters"]["Headers"], kind


def test_access_logs_hold_no_query_string_and_no_header(resources):
    setting = resources["Api"]["Properties"]["AccessLogSetting"]["Fn::If"]
    assert setting[:2] == ["IsLocal", {"Ref": "AWS::NoValue"}]
    variables = re.findall(r"\$context\.([A-Za-z.]+)", setting[2]["Format"])
    assert json.loads(setting[2]["Format"].replace("\n", ""))
    forbidden = ("query", "header", "authorizer", "protocol", "apiKey")
    assert not [v for v in variables if any(word in v for word in forbidden)]
    assert "DataTraceEnabled" not in json.dumps(resources["Api"])
    assert "LoggingLevel" not in json.dumps(resources["Api"])
