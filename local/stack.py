"""Builds and deploys `template.yaml` itself, with the SAM command line, onto the local cloud."""

import platform
import sys
from dataclasses import dataclass

from local import cloud, release, tools
from local.cloud import Cloud
from local.places import LOGS, ROOT, STATE
from local.progress import step

STACK = "igny8-local"
STAGE = "local"
# The environment that `tools` makes for it.
TOOL = "sam"


@dataclass(frozen=True)
class Stack:
    """What came out of a deployment."""

    name: str
    outputs: dict[str, str]
    api_url: str


def deploy(where: Cloud) -> Stack:
    """Build for this machine's interpreter, deploy, and return the outputs."""
    sam = tools.environment(TOOL) / "sam"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
    overrides = f"Stage={STAGE} PythonRuntime=python{version} Architecture={machine} LogLevel=DEBUG"
    # Here all that is tried comes from one address, and mostly from one account.
    overrides += " AccountLimit=60000 WrongKeysLimit=6000"
    environ = {
        **where.environment(),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(STATE / "sam"),
        # Read by the makefiles of layers and functions.
        "PYTHON": sys.executable,
        "PYTHON_VERSION": version,
        "PLATFORMS": "host",
        "REQUIRE_BYTECODE": "1",
    }
    stage = ["--config-env", STAGE, "--parameter-overrides", overrides]
    with step(f"building functions and layers for Python {version}"):
        # The cache does not know for which interpreter it was built.
        cache = f".aws-sam/local-cache-{version}"
        tools.run(
            [sam, "build", *stage, "--cache-dir", cache], LOGS / "build.log", "sam build", environ
        )
        release.stamp(ROOT / ".aws-sam" / STAGE)
    with step(f"deploying {ROOT.name}/template.yaml"):
        tools.run([sam, "deploy", *stage], LOGS / "deploy.log", "sam deploy", environ)
        cloud.complete(where, STACK)
    return describe(where)


def describe(where: Cloud) -> Stack:
    """Read the outputs of the deployed stack."""
    found = where.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}
    return Stack(STACK, outputs, where.api_url(outputs["ApiId"], STAGE))
