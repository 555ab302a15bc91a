from typing import Any

import pytest
from igny8.core.errors import Forbidden, Unauthenticated
from igny8.core.ids import MAX_ID
from igny8.entrypoint.principal import Person, read_person, read_site_key

CLAIMS = {"sub": "u1", "token_use": "id", "custom:account_id": "4242"}


def event(**claims: Any) -> dict[str, Any]:
    given = {key.replace("__", ":"): value for key, value in claims.items()}
    merged = {k: v for k, v in {**CLAIMS, **given}.items() if v is not None}
    return {"requestContext": {"authorizer": {"claims": merged}}}


def test_the_account_is_the_tokens() -> None:
    assert read_person(event()) == Person(4242, "u1", is_admin=False)
    assert read_person(event(custom__account_id=str(MAX_ID))).account_id == MAX_ID


@pytest.mark.parametrize(
    "anonymous",
    [{}, {"requestContext": None}, {"requestContext": {"authorizer": None}},
     {"requestContext": {"authorizer": {"claims": None}}}],
)  # fmt: skip
def test_no_claims_no_person(anonymous: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        read_person(anonymous)


@pytest.mark.parametrize("account", [None, "", "0", "01", "-1", "1.0", "٣", " 1", "1\n", "A#1",
                                     str(MAX_ID + 1), "9" * 17])  # fmt: skip
def test_an_account_that_is_none_is_forbidden(account: str | None) -> None:
    with pytest.raises(Forbidden):
        read_person(event(custom__account_id=account))


@pytest.mark.parametrize("use", [None, "access", "refresh"])
def test_only_id_tokens_speak_for_people(use: str | None) -> None:
    with pytest.raises(Forbidden):
        read_person(event(token_use=use))


@pytest.mark.parametrize(
    ("groups", "is_admin"),
    [
        (None, False), ("", False), ("admin", True), ("editors,admin", True),
        ("[editors admin]", True), (["admin"], True), (["editors"], False),
        ("administrators", False), ("not-admin", False),
    ],
)  # fmt: skip
def test_administrators_are_named_exactly(groups: Any, is_admin: bool) -> None:
    assert read_person(event(cognito__groups=groups)).is_admin is is_admin


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"X-IGNY8-API-KEY": " k1 "}, "k1"),
        ({"x-igny8-api-key": "k1", "Authorization": "Bearer k2"}, "k1"),
        ({"X-Igny8-Api-Key": "", "Authorization": "Bearer k2"}, ""),
        ({"authorization": "bearer k2"}, "k2"),
        ({"AUTHORIZATION": "Bearer  k2 "}, "k2"),
    ],
)
def test_the_first_header_that_is_present_decides(headers: dict[str, str], key: str) -> None:
    assert read_site_key(headers) == key


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic azE="}, {"Authorization": "k1"}])
def test_no_key_is_unauthenticated(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        read_site_key(headers)
