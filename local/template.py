"""The template as CloudFormation reads it, and what its gateway answers by itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from igny8.entrypoint.rows import Route

from local.places import ROOT

TEMPLATE = ROOT / "template.yaml"


class Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"} and `!Sub …` as {"Fn::Sub": …}."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TypeError(suffix)


Loader.add_multi_constructor("!", _intrinsic)


def read_template(text: str | None = None) -> dict[str, Any]:
    """The whole template, or another of its kind, its loops as they stand there."""
    source = TEMPLATE.read_text() if text is None else text
    found: dict[str, Any] = yaml.load(source, Loader)  # noqa: S506 - a SafeLoader
    return found


# --- What the gateway answers --------------------------------------------------------------------


def _everywhere(_row: Route) -> bool:
    return True


def _of_people(row: Route) -> bool:
    return row.caller is not None and row.caller.signs_in


def _with_body(row: Route) -> bool:
    return row.body is not None


def _nowhere(_row: Route) -> bool:
    return False


# Where each kind of answer can meet somebody who calls a route.
OCCURS: Mapping[str, Callable[[Route], bool]] = {
    "MISSING_AUTHENTICATION_TOKEN": _nowhere,  # its name for a route that does not exist
    "RESOURCE_NOT_FOUND": _nowhere,
    "INVALID_SIGNATURE": _nowhere,  # no route is signed as AWS's own calls are
    "QUOTA_EXCEEDED": _nowhere,  # there are no usage plans
    "UNAUTHORIZED": _of_people,
    "EXPIRED_TOKEN": _of_people,
    "AUTHORIZER_FAILURE": _of_people,
    "AUTHORIZER_CONFIGURATION_ERROR": _of_people,
    "UNSUPPORTED_MEDIA_TYPE": _with_body,
    "ACCESS_DENIED": _everywhere,
    "WAF_FILTERED": _everywhere,
    "THROTTLED": _everywhere,
    "REQUEST_TOO_LARGE": _everywhere,
    "INTEGRATION_TIMEOUT": _everywhere,
    "INTEGRATION_FAILURE": _everywhere,
    "DEFAULT_4XX": _everywhere,
    "DEFAULT_5XX": _everywhere,
}
# What API Gateway answers where the template leaves the status to it.
USUAL = {"DEFAULT_4XX": 400, "DEFAULT_5XX": 500}


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """An answer of the gateway's own, in our envelope."""

    status: int
    code: str
    message: str


@cache
def gateway_answers() -> dict[str, GatewayAnswer]:
    """What the template makes the gateway answer, by its kind."""
    found = {}
    kinds = read_template()["Resources"]["Api"]["Properties"]["GatewayResponses"]
    for kind, said in kinds.items():
        error = json.loads(said["ResponseTemplates"]["application/json"])["error"]
        status = said["StatusCode"] if "StatusCode" in said else USUAL[kind]
        found[kind] = GatewayAnswer(status, error["code"], error["message"])
    return found


def gateway_answers_of(row: Route) -> set[GatewayAnswer]:
    """What can meet somebody who calls this route."""
    return {answer for kind, answer in gateway_answers().items() if OCCURS[kind](row)}
