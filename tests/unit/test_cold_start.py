"""What a function loads before its first answer, in a process of its own."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from botocore.loaders import Loader
from igny8.bootstrap.session import SERVICES, Session

ROOT = Path(__file__).parents[2] / "functions"
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("*/handler.py"))
APIS = {name for name in FUNCTIONS if (ROOT / name / "routes.py").is_file()}
CALLS_SITES = {name for name in FUNCTIONS if name.endswith("_worker")} - {"batch_worker"}
CLICKS = {"content_api", "batch_worker", "sweeps"}
"""Each click, automatic ones too, goes through the one use case, which may bring a new text."""
TAKES_TEXTS = CLICKS | {"sync_worker", "publish_worker"}
"""Those two compare them with what sites have, as well."""
NOWHERE = {
    "aws_lambda_powertools.event_handler", "boto3", "hypothesis", "jsonschema", "local", "moto",
    "openapi_spec_validator", "pytest", "s3transfer", "tests", "yaml",
}  # fmt: skip
READS_REQUESTS = {"igny8.entrypoint", "pydantic"}
MAKES_CALLS = {"requests", "requests_hardened"}


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


@cache
def loaded(function: str) -> frozenset[str]:
    code = f"import {function}.handler, json, sys; print(json.dumps(sorted(sys.modules)))"
    return frozenset(json.loads(run(code)))


def test_every_kind_of_function_is_looked_at() -> None:
    assert {"content_api", "integrations_api"} <= APIS
    assert "publish_worker" in CALLS_SITES
    assert set(FUNCTIONS) - APIS - CALLS_SITES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_serves_development_is_not_loaded(function: str) -> None:
    assert f"{function}.handler" in loaded(function)
    assert not loaded(function) & NOWHERE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_functions_with_routes_load_what_reads_requests(function: str) -> None:
    assert loaded(function) & READS_REQUESTS == (READS_REQUESTS if function in APIS else set())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_who_takes_texts_in_loads_what_cleans_them(function: str) -> None:
    cleans = {"nh3", "igny8.content.sanitise"}
    assert loaded(function) & cleans == (cleans if function in TAKES_TEXTS else set())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_workers_load_what_calls_sites(function: str) -> None:
    assert loaded(function) & MAKES_CALLS == (MAKES_CALLS if function in CALLS_SITES else set())


def test_the_collector_rests_until_the_parts_are_made() -> None:
    code = (
        "import content_api.handler as function, gc\n"
        "before = gc.isenabled()\n"
        "function.services()\n"
        "print(before, gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    assert run(code).split() == ["False", "True", "True"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("model", ["service-2", "endpoint-rule-set-1"])
def test_models_are_read_as_botocore_reads_them(service: str, model: str) -> None:
    ours = Session().get_component("data_loader").load_service_model(service, model)
    assert ours == Loader().load_service_model(service, model)
    assert type(ours) is dict


def test_endpoints_are_read_as_botocore_reads_them() -> None:
    ours = Session().get_component("data_loader").load_data("endpoints")
    assert ours == Loader().load_data("endpoints")
