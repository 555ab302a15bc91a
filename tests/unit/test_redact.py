import pytest
from igny8.core.keys import generate_key
from igny8.core.redact import redact

KEY = generate_key("prod", lambda letters: letters[7])  # the same in every process
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2lnbmF0dXJl-_x"
JWE = "eyJjdHkiOiJKV1QiLCJhbGciOiJSU0EifQ.ZW5jcnlwdGVk.aXZpdml2.Y2lwaGVydGV4dA.dGFndGFn"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key {KEY}.", "key [redacted]."),
        (f'{{"api_key":"{KEY}"}}', '{"api_key":"[redacted]"}'),
        (f"?key={KEY}&x=1", "?key=[redacted]&x=1"),
        ("igny8_test_abc and igny8_live_X9", "[redacted] and [redacted]"),
        ("Authorization: Bearer abc.DEF~1+/-=", "Authorization: [redacted]"),
        ('{"authorization": "bearer   opaque"}', '{"authorization": "[redacted]"}'),
        (f"token={JWT};", "token=[redacted];"),
        (f"refresh={JWE};", "refresh=[redacted];"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2Fx&X-Amz-Date=1&"
            "X-Amz-Security-Token=abc%2F%3D&X-Amz-Signature=0f0f",
            "https://b.s3.amazonaws.com/k?[redacted]&X-Amz-Date=1&[redacted]&[redacted]",
        ),
    ],
)
def test_secrets_go_and_the_rest_stays(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text", ["", "The bearer of news", "igny8_publications", "eyJ is how a token starts", "…9aF3"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    expected = text.replace("bearer of", "[redacted]")
    assert redact(text) == expected
