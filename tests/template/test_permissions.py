"""Least privilege: actions and resources are named, and only the worker reads site keys."""

from typing import Any

from igny8.core.table import plugin_partition
from igny8.distribution.model import SLUG

KEYS = {"SiteKeysKey", "FirstReleaseKey", "SecondReleaseKey"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def references(value: Any) -> list[str]:
    """What a value refers to, by whatever function."""
    if isinstance(value, dict) and "Ref" in value:
        return [value["Ref"]]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for one in inner for found in references(one)]


def actions_of(statements, role: str) -> set[str]:
    return {a for name, s in statements if name == role for a in as_list(s["Action"])}


def test_each_function_has_a_role_of_its_own(functions):
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions.values()]
    assert len(roles) == len(set(roles)) >= 4
    assert not [name for name, properties in functions.items() if "Policies" in properties]


def test_roles_of_functions_take_no_managed_policy(resources, functions):
    """Those of AWS carry `*`."""
    for properties in functions.values():
        assert (
            "ManagedPolicyArns" not in resources[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
        )


def test_no_wildcard_among_the_allowed_actions(statements):
    assert len(statements) > 30
    for name, statement in statements:
        if statement["Effect"] == "Allow":
            assert not [a for a in as_list(statement["Action"]) if "*" in a], (name, statement)
            assert "NotAction" not in statement


def test_no_wildcard_among_the_resources_but_where_iam_knows_none(statements):
    """X-Ray has no resources, and in a key's policy `*` is the key itself."""
    for name, statement in statements:
        assert "NotResource" not in statement
        actions = as_list(statement["Action"])
        if statement["Effect"] == "Deny" or name in KEYS:
            continue
        if "*" in as_list(statement["Resource"]):
            assert all(action.startswith("xray:") for action in actions), (name, statement)
        for resource in as_list(statement["Resource"]):
            if isinstance(resource, dict) and "Fn::Sub" in resource:
                allowed = ("/index/", "/content/*", "/uploads/*", "/plugins/*")
                assert any(part in resource["Fn::Sub"] for part in allowed), (name, resource)


def test_only_the_workers_decrypt_and_only_the_keys_door_encrypts(statements, functions):
    roles = {properties["Role"]["Fn::GetAtt"][0] for properties in functions.values()}
    able = {
        role: {a for a in actions_of(statements, role) if a.startswith("kms:")} for role in roles
    }
    assert {role: actions for role, actions in able.items() if actions} == {
        "PublishWorkerRole": {"kms:Decrypt"},
        "SyncWorkerRole": {"kms:Decrypt"},
        "IntegrationsApiRole": {"kms:Encrypt"},
        "ReleasesApiRole": {"kms:Sign", "kms:GetPublicKey"},
    }


def test_use_of_the_key_names_account_and_site_outside_local(statements):
    bound = {"Null": {"kms:EncryptionContext:account_id": "false",
                      "kms:EncryptionContext:site_id": "false"}}  # fmt: skip
    used = [s for _, s in statements if {"kms:Encrypt", "kms:Decrypt"} & set(as_list(s["Action"]))]
    assert len(used) == 4
    for statement in used:
        assert statement["Condition"] == {"Fn::If": ["IsLocal", {"Ref": "AWS::NoValue"}, bound]}


def test_only_who_is_shown_keys_reads_the_pepper(statements):
    readers = {n for n, s in statements if "secretsmanager:GetSecretValue" in as_list(s["Action"])}
    assert readers == {"IntegrationsApiRole", "WebhooksApiRole", "PluginsApiRole"}


def test_only_who_makes_releases_stores_them_and_nobody_removes_one(statements):
    """What is stored as a release stays: whoever can write there cannot delete."""
    bucket = "${ReleasesBucket.Arn}/"
    able = {
        (name, action, resource["Fn::Sub"].removeprefix(bucket))
        for name, s in statements
        for action in as_list(s["Action"])
        for resource in as_list(s.get("Resource", []))
        if s["Effect"] == "Allow" and isinstance(resource, dict)
        and str(resource.get("Fn::Sub", "")).startswith(bucket)
    }  # fmt: skip
    writing = {(name, action, where) for name, action, where in able if action != "s3:GetObject"}
    assert writing == {
        ("ReleasesApiRole", "s3:PutObject", "uploads/*"),
        ("ReleasesApiRole", "s3:DeleteObject", "uploads/*"),
        ("ReleasesApiRole", "s3:PutObject", "plugins/*"),
    }


def test_nobody_scans(statements):
    assert not [n for n, s in statements if "dynamodb:Scan" in as_list(s["Action"])]


def test_functions_are_told_only_of_resources_they_may_touch(functions, resources):
    """An environment variable that names a resource comes with a permission on it, and back."""
    for name, properties in functions.items():
        role = resources[properties["Role"]["Fn::GetAtt"][0]]
        allowed = str(role["Properties"]["Policies"])
        for variable, value in properties["Environment"]["Variables"].items():
            for told in references(value):
                assert told in allowed, f"{name} has {variable} and no permission for {told}"


WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
MAY_WRITE_RELEASES = {"ReleasesApiRole", "RolloutSweepRole"}


def test_only_who_makes_releases_and_who_halts_them_write_them(statements):
    """Whoever else writes rows of that table, for instance what strangers can call, is refused."""
    table = {"Fn::GetAtt": ["DataTable", "Arn"]}
    writers = {
        name
        for name, s in statements
        if s["Effect"] == "Allow" and s["Resource"] == table and WRITES & set(as_list(s["Action"]))
    }
    kept_out = {
        name
        for name, s in statements
        if s["Effect"] == "Deny"
        and s["Resource"] == table
        and set(s["Action"]) == WRITES
        and s["Condition"]
        == {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": [plugin_partition(SLUG)]}}
    }
    assert {"PluginsApiRole", "WebhooksApiRole", "ContentApiRole"} <= kept_out
    assert writers - kept_out == MAY_WRITE_RELEASES
