"""Policy numbers are parameters, stages differ where they must, and what runs is watched."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from igny8.core.metrics import NAMESPACE
from igny8.core.settings import Settings

from local import release
from local.failure import StageError

# Numbers that are no policy: forms, protocol, and what a rule means.
NOT_POLICY = {
    "StatusCode", "Priority", "Period", "EvaluationPeriods", "EvaluationWindowSec", "MinimumLength",
    "PasswordLength", "PendingWindowInDays", "MaximumRetryAttempts", "MaximumEventAgeInSeconds",
    "DaysAfterInitiation", "Fn::Select",
    "x", "y", "width", "height", "period",  # where and how a dashboard draws
}  # fmt: skip
DEPLOYED = {"Fn::If": ["IsLocal", False, True]}


def of_type(resources, kind: str) -> dict[str, dict[str, Any]]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def parameter(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def test_no_number_of_policy_is_written_into_a_resource(resources):
    found = [
        (path, value) for path, value in numbers(resources)
        if path[-1] not in NOT_POLICY and not (path[-1] == "Threshold" and value == 0)
    ]  # fmt: skip
    assert found == []


def test_every_number_the_code_reads_is_a_parameter_of_its_name_and_default(template):
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    for name, default in Settings.__dataclass_fields__.items():
        value = default.default
        if isinstance(value, bool) or not isinstance(value, int | tuple):
            continue
        assert variables[name.upper()] == {"Ref": parameter(name)}, name
        written = template["Parameters"][parameter(name)]["Default"]
        expected = ",".join(map(str, value)) if isinstance(value, tuple) else value
        assert written == expected, name


def test_every_variable_is_one_that_the_code_reads(template, functions):
    known = {name.upper() for name in Settings.__dataclass_fields__}
    known |= {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", NAMESPACE}
    told = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for properties in functions.values():
        told |= set(properties["Environment"]["Variables"])
    assert told - known == set()


def test_every_parameter_is_used(template):
    text = json.dumps({k: v for k, v in template.items() if k not in {"Parameters", "Metadata"}})
    unused = [
        name for name in template["Parameters"]
        if f'{{"Ref": "{name}"}}' not in text and f"${{{name}}}" not in text
    ]  # fmt: skip
    assert unused == []


def test_time_outs_nest(template):
    value = {name: entry["Default"] for name, entry in template["Parameters"].items()}
    assert value["AskTimeoutSeconds"] < value["SendTimeoutSeconds"] < value["ServeMarginSeconds"]
    assert value["ServeMarginSeconds"] < value["WorkerTimeoutSeconds"] < value["LeaseSeconds"]
    assert value["PublishVisibilitySeconds"] >= 6 * value["WorkerTimeoutSeconds"]
    assert template["Parameters"]["ApiTimeoutSeconds"]["MaxValue"] <= 29


def test_sites_on_loopback_and_without_https_are_for_the_local_stage_alone(template):
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["ALLOW_LOCAL_SITES"] == {"Fn::If": ["IsLocal", "true", "false"]}
    assert template["Conditions"]["IsLocal"] == {"Fn::Equals": [{"Ref": "Stage"}, "local"]}
    assert template["Parameters"]["Stage"]["Default"] != "local"
    assert "AllowLocalSites" not in template["Parameters"]


def test_passwords_over_the_api_are_for_the_local_stage_alone(resources):
    client = resources["UserPoolClient"]["Properties"]
    condition, local, deployed = client["ExplicitAuthFlows"]["Fn::If"]
    assert condition == "IsLocal"
    assert "ALLOW_USER_PASSWORD_AUTH" in local
    assert not [flow for flow in deployed if "PASSWORD" in flow]


def test_clients_read_the_account_and_cannot_write_it(resources):
    client, pool = (resources[name]["Properties"] for name in ("UserPoolClient", "UserPool"))
    assert "custom:account_id" in client["ReadAttributes"]
    assert "custom:account_id" not in client["WriteAttributes"]
    assert client["GenerateSecret"] is False
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["Schema"] == [
        {"Name": "account_id", "AttributeDataType": "String", "Mutable": False}
    ]


def test_data_is_protected_outside_the_local_stage(resources):
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert len(tables) == 4
    for name, table in tables.items():
        assert table["DeletionProtectionEnabled"] == DEPLOYED, name
        recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert recovery == DEPLOYED, name
    kept = ("ContentBucket", "ReleasesBucket", "SiteKeysKey", "FirstReleaseKey",
            "SecondReleaseKey", "KeyPepperSecret", "UserPool")  # fmt: skip
    for name in (*tables, *kept):
        assert resources[name]["DeletionPolicy"] == "Retain", name
        assert resources[name]["UpdateReplacePolicy"] == "Retain", name
    buckets = of_type(resources, "AWS::S3::Bucket")
    assert set(buckets) == {"ContentBucket", "ReleasesBucket"}
    for name, bucket in buckets.items():
        assert all(bucket["PublicAccessBlockConfiguration"].values()), name
        assert bucket["VersioningConfiguration"]["Fn::If"][2] == {"Status": "Enabled"}, name
        assert bucket["BucketEncryption"], name
        assert "CorsConfiguration" not in bucket, name


def test_a_release_never_goes_by_itself(resources):
    (rule,) = resources["ReleasesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["Prefix"] == "uploads/"


def test_the_two_keys_of_releases_change_places_by_one_parameter(functions, resources, template):
    variables = functions["ReleasesApiFunction"]["Environment"]["Variables"]
    condition, first, second = variables["RELEASE_KEY_ID"]["Fn::If"]
    assert variables["NEXT_RELEASE_KEY_ID"]["Fn::If"] == [condition, second, first]
    assert (first, second) == ({"Ref": "FirstReleaseKey"}, {"Ref": "SecondReleaseKey"})
    keys = [resources[name]["Properties"] for name in ("FirstReleaseKey", "SecondReleaseKey")]
    assert keys[0] == keys[1]
    assert keys[0]["KeySpec"] == "ECC_NIST_EDWARDS25519"


def test_a_host_of_ones_own_is_there_if_it_is_named(resources, template):
    named = {
        name: r for name, r in resources.items() if r["Type"].startswith("AWS::ApiGateway::")
        and r.get("Condition") == "HasApiDomain"
    }  # fmt: skip
    assert set(named) == {"ApiDomain", "ApiOnDomain"}
    assert named["ApiDomain"]["Properties"]["SecurityPolicy"] == "TLS_1_2"
    assert template["Parameters"]["ApiDomainName"]["Default"] == ""
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["API_DOMAIN_NAME"] == {"Ref": "ApiDomainName"}


def test_every_index_is_keys_only(resources):
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        for index in table.get("GlobalSecondaryIndexes", []):
            assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}, name


def test_schedules_and_names_carry_the_stack(functions, resources):
    """SAM's own schedule names collide between two stacks of an account."""
    named = [properties["FunctionName"] for properties in functions.values()]
    for properties in functions.values():
        for event in properties["Events"].values():
            if event["Type"].startswith("Schedule"):
                named.append(event["Properties"]["Name"])
    named += [group["LogGroupName"] for group in of_type(resources, "AWS::Logs::LogGroup").values()]
    assert len(named) >= 10
    assert not [name for name in named if "${AWS::StackName}" not in name["Fn::Sub"]]


def test_every_function_logs_into_a_group_of_its_own_with_retention(functions, resources):
    groups = of_type(resources, "AWS::Logs::LogGroup")
    used = set()
    for name, properties in functions.items():
        used.add(properties["LoggingConfig"]["LogGroup"]["Ref"])
        group = groups[properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert (
            group["LogGroupName"]["Fn::Sub"]
            == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"
        )
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    assert groups.keys() - used == {"ApiAccessLogGroup"}
    assert len(used) == len(functions)


def test_alarms_watch_the_queues_and_every_function_and_tell_somebody(resources, functions):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm").values()
    watched = {
        (alarm["MetricName"], json.dumps(dimension["Value"]))
        for alarm in alarms
        for dimension in alarm.get("Dimensions", [])[:1]  # what the worker's log says has none
    }
    dead = json.dumps({"Fn::GetAtt": ["PublishDeadLetterQueue", "QueueName"]})
    queue = json.dumps({"Fn::GetAtt": ["PublishQueue", "QueueName"]})
    assert {
        ("ApproximateNumberOfMessagesVisible", dead),
        ("ApproximateAgeOfOldestMessage", queue),
    } <= watched
    assert {name for metric, name in watched if metric == "Errors"} == {
        json.dumps(properties["FunctionName"]) for properties in functions.values()
    }
    assert all(alarm["AlarmActions"] == [{"Ref": "OperatorsTopic"}] for alarm in alarms)


def test_the_queue_gives_up_into_the_dead_letters(resources, functions):
    queue = resources["PublishQueue"]["Properties"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["PublishDeadLetterQueue", "Arn"]
    }
    hints = functions["PublishWorkerFunction"]["Events"]["Hints"]["Properties"]
    assert hints["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_firewall_of_prod_lets_articles_through(resources):
    firewall = resources["Firewall"]
    assert firewall["Condition"] == resources["FirewallOnApi"]["Condition"] == "IsProd"
    rules = {rule["Name"]: rule for rule in firewall["Properties"]["Rules"]}
    common = rules["common"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {override["Name"] for override in common["RuleActionOverrides"]}
    labels = re.findall(r"core-rule-set:(\w+)", json.dumps(rules["bodies-without-articles"]))
    assert {label.upper() for label in labels} == {name.upper() for name in counted}
    article = re.search(r'"RegexString": "([^"]+)"', json.dumps(rules["bodies-without-articles"]))
    assert article is not None
    for path in ("/prod/api/v1/writer/content/", "/api/v1/writer/content", "/prod/v1/writer/x"):
        assert re.match(article[1], path), path
    for path in ("/prod/api/v1/sites/", "/prod/api/v1/integration/v1/writer/x"):
        assert not re.match(article[1], path), path


def test_the_api_waits_for_the_role_by_which_it_logs(resources):
    """A stage with an access log cannot be made before; SAM hands it on to what the stage needs."""
    assert resources["Api"]["DependsOn"] == "GatewayAccount"
    assert "AccessLogSetting" in resources["Api"]["Properties"]
    assert resources["GatewayAccount"]["Condition"] == "SetsGatewayAccount"


def test_functions_behind_an_alias_follow_every_build(functions):
    aliased = {n: p for n, p in functions.items() if "AutoPublishAlias" in p}
    assert set(aliased) == {
        "ContentApiFunction", "IntegrationsApiFunction", "WebhooksApiFunction",
        "PluginsApiFunction",
    }  # fmt: skip
    for properties in aliased.values():
        assert properties["AutoPublishCodeSha256"] == {"Ref": "BuildSha256"}
        assert properties["SnapStart"]["ApplyOn"] == {
            "Fn::If": ["UsesSnapStart", "PublishedVersions", "None"]
        }


def test_a_build_says_which_it_is(template, tmp_path):
    assert template["Parameters"]["BuildSha256"]["Default"] == "unknown"
    text = yaml.safe_dump({"Parameters": {"BuildSha256": {"Type": "String", "Default": "unknown"}}})
    stamps = set()
    for code, built in (("a = 1", text), ("a = 2", text), ("a = 2", text + "More: 1\n")):
        (tmp_path / "template.yaml").write_text(built)
        (tmp_path / "a.py").write_text(code)
        stamp = release.stamp(tmp_path)
        written = yaml.safe_load((tmp_path / "template.yaml").read_text())
        assert written["Parameters"]["BuildSha256"]["Default"] == stamp
        stamps.add(stamp)
    assert len(stamps) == 3
    with pytest.raises(StageError, match="build it anew"):
        release.stamp(tmp_path)


# --- What the gateway answers by itself ----------------------------------------------------------


def gateway_headers(resources, origins: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What each of its answers carries, where these origins are allowed."""
    answers = resources["Api"]["Properties"]["GatewayResponses"]
    for kind, answer in answers.items():
        headers = answer["ResponseParameters"]["Headers"]
        resolved = {name: value_of(value, origins) for name, value in headers.items()}
        yield kind, {name: value for name, value in resolved.items() if value is not None}


def value_of(value: Any, origins: str) -> Any:
    """What CloudFormation makes of it."""
    if not isinstance(value, dict):
        return value
    ((function, given),) = value.items()
    if function == "Ref":
        return {"AWS::NoValue": None, "AllowedOrigins": origins}[given]
    if function == "Fn::If":
        assert given[0] == "HasAllowedOrigins"
        return value_of(given[1 if origins else 2], origins)
    # !Sub ["'${First}'", {First: !Select [0, !Split [",", !Ref AllowedOrigins]]}]
    assert function == "Fn::Sub", value
    text, names = given
    place, listed = names["First"]["Fn::Select"]
    separator, source = listed["Fn::Split"]
    return text.replace("${First}", value_of(source, origins).split(separator)[place])


def test_the_gateway_lets_in_no_origin_but_the_first_that_is_named(resources):
    one, two = "https://console.example", "https://other.example:8443"
    for origins, allowed in (("", None), (one, f"'{one}'"), (f"{two},{one}", f"'{two}'")):
        for kind, headers in gateway_headers(resources, origins):
            assert headers.get("Access-Control-Allow-Origin") == allowed, kind
            exposed = headers.get("Access-Control-Expose-Headers")
            assert exposed == (allowed and "'retry-after'"), kind
            assert "Access-Control-Allow-Credentials" not in headers, kind
    assert "method.request" not in json.dumps(resources["Api"]["Properties"]["GatewayResponses"])


def test_the_gateway_says_when_to_come_again(resources):
    answers = resources["Api"]["Properties"]["GatewayResponses"]
    later = {kind for kind, answer in answers.items() if answer.get("StatusCode") in {429, 503}}
    # What AWS answers with 429 or 504 by itself, whatever the template says of other kinds.
    assert later >= {"THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"}
    for kind, headers in gateway_headers(resources, ""):
        assert headers["Cache-Control"] == "'no-store'", kind
        if kind in later:
            assert int(headers["Retry-After"].strip("'")) >= 1, kind


def test_what_the_frame_lets_through_fits_into_lambdas_event(template):
    """A body is a JSON string in it: of a client that escapes each letter, seven bytes for six."""
    most = template["Parameters"]["RequestMaxBytes"]["MaxValue"]
    default = template["Parameters"]["RequestMaxBytes"]["Default"]
    lambda_takes, headers_and_claims = 6 * 1024 * 1024, 2 * 10_240 + 20_000
    assert default < most < lambda_takes - headers_and_claims
    escaped = json.dumps({"content_html": "\u0645" * ((default - 100) // 6)})
    assert default - 200 < len(escaped) <= default
    assert len(json.dumps(escaped)) + headers_and_claims < lambda_takes
