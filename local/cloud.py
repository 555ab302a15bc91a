"""The local cloud: MiniStack. This and `cloud_process` alone know what stands in for AWS here.

It runs CloudFormation, API Gateway, Lambda, SQS, DynamoDB, S3, KMS, Cognito and Scheduler in one
process, bound to 127.0.0.1. What version 1.5.33 lacks is made good after each deployment, through
the same AWS calls that a person could make: see `complete`.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local import running, tools
from local.failure import StageError
from local.places import LOGS, TEMPORARY

REGION = "eu-central-1"
# The root key of the local cloud; it is nobody's.
ACCESS_KEY = "test"
BOOT_SECONDS = 60
LOG = LOGS / "cloud.log"
PROCESS = Path(__file__).with_name("cloud_process.py")
"""What runs in its environment."""


@dataclass(frozen=True)
class Cloud:
    """A running local cloud."""

    port: int

    @property
    def endpoint(self) -> str:
        """Where all services answer."""
        return f"http://127.0.0.1:{self.port}"

    def api_url(self, api_id: str, stage: str) -> str:
        """The API as any HTTP client can call it: no Host header, no name to resolve."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}/{stage}"

    def environment(self) -> dict[str, str]:
        """Environment for programs that shall talk to this cloud and to no other."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SAM_"))}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def client(self, service: Any) -> Any:
        """A boto3 client of this cloud."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=ACCESS_KEY,
            config=Config(proxies={}, retries={"max_attempts": 2}, read_timeout=60),
        )


# The environment that `tools` makes for it.
TOOL = "ministack"


def start(port: int) -> Cloud:
    """Start the cloud detached and wait until it answers. Raises StageError."""
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    running.remember("cloud", pid=_launch(port, TEMPORARY, LOG), port=port)
    cloud = Cloud(port)
    _await_answer(cloud, running.recall()["cloud"], LOG)
    return cloud


@contextmanager
def apart(directory: Path) -> Iterator[Cloud]:
    """A cloud with nothing in it, beside whatever stage runs; ended at the end."""
    port = running.free_port(None)
    log = directory / "cloud.log"
    pid = _launch(port, directory, log)
    facts = {"pid": pid, "started": running.started_at(pid)}
    try:
        cloud = Cloud(port)
        _await_answer(cloud, facts, log)
        yield cloud
    finally:
        running.end(facts)


def _launch(port: int, directory: Path, log: Path) -> int:
    program = tools.environment(TOOL) / "python"
    environ = {
        # The functions inherit it: nothing of the developer's own environment is their business.
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(directory),
        "STATE_DIR": str(directory / "state"),
        "LAMBDA_EXECUTOR": "local",
        # ENFORCE_IAM=1: every call is checked against the template's roles and key policy.
        "AUTH": "true" if os.environ.get("ENFORCE_IAM") else "false",
        # A function that was not called for a while stays warm.
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        # Listeners on fixed ports that nothing here needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return running.start([program, str(PROCESS)], log, environ)


def _await_answer(cloud: Cloud, facts: dict[str, Any], log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        try:
            direct.open(f"{cloud.endpoint}/_ministack/health", timeout=2).close()
        except (urllib.error.URLError, OSError) as error:
            dead = not running.alive(facts)
            if dead or time.monotonic() > deadline:
                raise StageError(f"The local cloud does not answer; see {log}") from error
            time.sleep(0.1)
        else:
            return


def complete(cloud: Cloud, stack: str) -> None:
    """Apply what the local cloud leaves out of a deployed template.

    - Gateway responses in the API's body are not imported, and take effect with a deployment only.
    - TimeToLiveSpecification of tables is ignored.
    - Number parameters arrive as text, on which the queue's poller stumbles.
    - Enforced roles do not know that sqs:SendMessage covers batches, as it does on AWS.
    """
    formation = cloud.client("cloudformation")
    resources = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"][
        "Resources"
    ]
    listed = formation.describe_stack_resources(StackName=stack)["StackResources"]
    physical = {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in listed}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            body = resource["Properties"]["Body"]
            _set_gateway_responses(cloud, physical[name], body)
        elif resource["Type"] == "AWS::IAM::Role" and name in physical:
            _allow_batches(cloud, physical[name])
        elif resource["Type"] == "AWS::DynamoDB::Table":
            expiry = resource["Properties"].get("TimeToLiveSpecification")
            if expiry:
                cloud.client("dynamodb").update_time_to_live(
                    TableName=physical[name],
                    TimeToLiveSpecification={
                        "AttributeName": expiry["AttributeName"],
                        "Enabled": True,
                    },
                )
    functions = cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        scaling = mapping.get("ScalingConfig") or {}
        if "MaximumConcurrency" in scaling:
            functions.update_event_source_mapping(
                UUID=mapping["UUID"],
                ScalingConfig={"MaximumConcurrency": int(scaling["MaximumConcurrency"])},
            )


def _allow_batches(cloud: Cloud, role: str) -> None:
    iam = cloud.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        for statement in document["Statement"]:
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            if "sqs:SendMessage" in actions:
                statement["Action"] = [*actions, "sqs:SendMessageBatch"]
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def _set_gateway_responses(cloud: Cloud, api_id: str, body: dict[str, Any]) -> None:
    gateway = cloud.client("apigateway")
    for kind, response in body["x-amazon-apigateway-gateway-responses"].items():
        answer: dict[str, Any] = {
            # Conditions are for stages with origins of their own; this one has none.
            "responseParameters": {
                name: value
                for name, value in response.get("responseParameters", {}).items()
                if isinstance(value, str)
            },
            "responseTemplates": dict(response["responseTemplates"]),
        }
        if "statusCode" in response:
            answer["statusCode"] = str(response["statusCode"])
        gateway.put_gateway_response(restApiId=api_id, responseType=kind, **answer)
    for stage in gateway.get_stages(restApiId=api_id)["item"]:
        gateway.create_deployment(restApiId=api_id, stageName=stage["stageName"])
