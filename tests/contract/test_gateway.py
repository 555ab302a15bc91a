"""What the gateway answers by itself is in the document, on the routes where it can be met."""

from igny8.entrypoint.rows import Caller

from local import openapi_codes, template
from tests.contract.accepted import ROWS
from tests.contract.test_openapi import documented_refusals, of_the_function, operations
from tests.support.openapi import document

# What the gateway alone answers, before a function is asked: nothing here can provoke it.
BY_THE_GATEWAY = {"forbidden", "throttled"}
WITHOUT_A_BODY = {"too_large", "malformed"}  # by the gateway where the row reads no body


def test_what_is_not_provoked_is_the_gateways_alone():
    left = [refusal for refusal in documented_refusals() if not of_the_function(refusal)]
    assert left
    for name, code in left:
        row = ROWS[name]
        known = BY_THE_GATEWAY | (set() if row.body else WITHOUT_A_BODY)
        if row.caller is Caller.OPEN:
            known = known | {"temporarily_unavailable"}  # health reads nothing that could be down
        assert code in known, name
        assert code in {answer.code for answer in template.gateway_answers_of(row)}, name


def test_every_route_names_what_can_always_happen():
    for name, row in ROWS.items():
        expected = {"400", "403", "413", "429", "500", "503"}
        expected |= set() if row.caller is Caller.OPEN else {"401"}
        expected |= {"415", "422"} if row.body else set()
        assert expected <= set(operations()[name]["responses"]), name


def test_the_gateways_answers_are_the_templates():
    told = {
        (response["content"]["application/json"]["example"]["error"]["code"],
         response["content"]["application/json"]["example"]["error"]["message"])
        for response in document()["components"]["responses"].values()
    }  # fmt: skip
    kinds = template.gateway_answers()
    documented = {*documented_refusals(), *without_a_body()}
    assert kinds.keys() == template.OCCURS.keys(), "say where it can occur"
    assert {code for code, _ in told} == {answer.code for answer in kinds.values()}
    assert told <= {(answer.code, answer.message) for answer in kinds.values()}
    for kind, answer in kinds.items():
        assert answer.status == openapi_codes.status_of(answer.code), kind
        for name, row in ROWS.items():
            if template.OCCURS[kind](row):
                assert (name, answer.code) in documented, kind


def without_a_body() -> list[tuple[str, str]]:
    """What answers to HEAD mean, which cannot say it."""
    return [
        (name, code)
        for name, row in ROWS.items()
        if row.method == "HEAD"
        for response in operations()[name]["responses"].values()
        for code in response.get("x-codes", ())
    ]
