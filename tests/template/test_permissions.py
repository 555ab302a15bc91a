"""Least privilege: actions and resources are named, and only the worker reads site keys."""

from typing import Any


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
        if statement["Effect"] == "Deny" or name == "SiteKeysKey":
            continue
        if "*" in as_list(statement["Resource"]):
            assert all(action.startswith("xray:") for action in actions), (name, statement)
        for resource in as_list(statement["Resource"]):
            if isinstance(resource, dict) and "Fn::Sub" in resource:
                allowed = ("/index/", "/content/*")
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


def test_nobody_scans(statements):
    assert not [n for n, s in statements if "dynamodb:Scan" in as_list(s["Action"])]


def test_functions_are_told_only_of_resources_they_may_touch(functions, resources):
    """An environment variable that names a resource comes with a permission on it, and back."""
    for name, properties in functions.items():
        role = resources[properties["Role"]["Fn::GetAtt"][0]]
        allowed = str(role["Properties"]["Policies"])
        for variable, value in properties["Environment"]["Variables"].items():
            if isinstance(value, dict):
                assert value["Ref"] in allowed, f"{name} has {variable} and no permission for it"
