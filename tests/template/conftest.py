"""The template, read as CloudFormation reads it, and its routes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.template import load


@dataclass(frozen=True)
class Route:
    """One method of one path at the gateway. `function` is its folder under functions/."""

    method: str
    path: str
    function: str
    auth: str

    def matches(self, path: str) -> bool:
        """Whether a request's path could come here; {proxy+} takes one segment or more."""
        if self.path.endswith("/{proxy+}"):
            return path.startswith(self.path.removesuffix("{proxy+}"))
        parts, own = path.split("/"), self.path.split("/")
        return len(parts) == len(own) and all(
            part == mine or (mine.startswith("{") and part)
            for part, mine in zip(parts, own, strict=True)
        )


def reached(routes: list[Route], method: str, path: str) -> Route | None:
    """Where the gateway sends a request: to the most specific route."""
    found = [route for route in routes if route.method == method and route.matches(path)]
    return max(found, key=lambda r: (not r.path.endswith("+}"), len(r.path)), default=None)


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """The whole template."""
    return load()


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return template["Resources"]


@pytest.fixture(scope="session")
def functions(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The functions' properties by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="session")
def routes(functions: dict[str, dict[str, Any]]) -> list[Route]:
    """Every route of every function."""
    return [
        Route(
            event["Properties"]["Method"],
            event["Properties"]["Path"],
            properties["Handler"].split(".")[0],
            event["Properties"].get("Auth", {}).get("Authorizer", "default"),
        )
        for properties in functions.values()
        for event in properties["Events"].values()
        if event["Type"] == "Api"
    ]


@pytest.fixture(scope="session")
def statements(resources: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of the roles' policies and of policies on resources, by logical id."""
    return list(_statements(resources))


def _statements(resources: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        kept = [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
        if resource["Type"] == "AWS::IAM::Role":
            kept += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for document in kept:
            for statement in document["Statement"]:
                yield name, statement
