"""Every spelling of an address that must not pass, and the forms of those that may."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from igny8.core.urls import SiteRules, normalise_rest_url, normalise_site_url, same_host

REFUSED = [
    # user info
    "https://user@example.com",
    "https://user:secret@example.com",
    "https://@example.com",
    "https://:@example.com",
    "https://example.com@10.0.0.1",
    # addresses, in every spelling that some resolver understands
    "https://127.0.0.1",
    "https://127.0.0.1.",
    "https://93.184.216.34",
    "https://2130706433",
    "https://0x7f000001",
    "https://0X7F000001",
    "https://0x7f.1",
    "https://127.1",
    "https://127.0.1",
    "https://0177.0.0.1",
    "https://0",
    "https://0.0.0.0",
    "https://1.2.3.4.5",
    "https://example.1",
    "https://example.0x",
    "https://１２７.０.０.１",
    "https://127。0。0。1",
    "https://[::1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[64:ff9b::7f00:1]",
    "https://[fe80::1%25eth0]",
    "https://[2606:4700:4700::1111]",
    "https://[::1",
    # ports and schemes
    "https://example.com:80",
    "https://example.com:8443",
    "https://example.com:0",
    "https://example.com:99999",
    "https://example.com:http",
    "http://example.com",
    "ftp://example.com",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "//example.com",
    "example.com",
    "",
    # names that mean this machine or a private network
    "https://localhost",
    "https://LOCALHOST.",
    "https://foo.localhost",
    "https://printer.local",
    "https://metadata.google.internal",
    "https://example.test",
    "https://intranet",
    # not names at all
    "https://",
    "https:///path",
    "https://.",
    "https://example..com",
    "https://-example.com",
    "https://example-.com",
    "https://ex ample.com",
    "https://example.com\\@127.0.0.1",
    "https://exam\tple.com",
    "https://example.com/\n",
    "https://example.com\x00.evil.com",
    "https://" + "a" * 64 + ".com",
    "https://exa$mple.com",
    "https://127.0.0.1%2eexample.com",
    "https://example.com/" + "a" * 2048,
]


@pytest.mark.parametrize("url", REFUSED)
def test_refused_with_a_reason_for_people(url: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        normalise_site_url(url)


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM/", "https://example.com"),
        ("https://example.com:443/blog/", "https://example.com/blog"),
        ("https://example.com:/", "https://example.com"),
        ("https://example.com./", "https://example.com"),
        ("https://example.com/Blog?x=1#y", "https://example.com/Blog"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://my_site.example.com", "https://my_site.example.com"),
        ("https://7eleven.com", "https://7eleven.com"),
    ],
)
def test_accepted_in_one_form(given_url: str, kept: str) -> None:
    assert normalise_site_url(given_url) == kept
    assert normalise_site_url(kept) == kept


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:8080/wp", "https://localhost:8443"]
)
def test_this_machine_only_in_the_local_stage(url: str) -> None:
    assert normalise_site_url(url, SiteRules(allow_local=True)) == url
    with pytest.raises(ValueError, match=r"https|port|name"):
        normalise_site_url(url)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "http://example.com", "http://127.0.0.2", "https://127.1",
            "http://user@localhost", "ftp://localhost"],
)  # fmt: skip
def test_the_local_stage_lets_nothing_else_through(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|name"):
        normalise_site_url(url, SiteRules(allow_local=True))


@pytest.mark.parametrize(
    "url",
    [
        "https://abc123.execute-api.eu-central-1.amazonaws.com/prod",
        "https://ABC123.Execute-Api.cn-north-1.amazonaws.com.cn./",
        "https://api.igny8.example/v1",
        "https://API.igny8.example.",
    ],
)
def test_an_api_is_no_site_ours_least_of_all(url: str) -> None:
    with pytest.raises(ValueError, match="an API"):
        normalise_site_url(url, SiteRules(own_hosts=("api.igny8.example",)))


def test_who_is_only_named_alike_is_let_in() -> None:
    for url in ("https://execute-api.example.com", "https://www.igny8.example"):
        assert normalise_site_url(url, SiteRules(own_hosts=("api.igny8.example",))) == url


@given(st.text(max_size=60).map(lambda text: f"https://{text}") | st.text(max_size=30))
@example("https://[")
@example("https://example.com:٣")
def test_any_text_is_refused_or_kept_in_a_stable_form(text: str) -> None:
    try:
        kept = normalise_site_url(text)
    except ValueError:
        return
    assert kept.startswith("https://")
    assert kept.isprintable()
    assert normalise_site_url(kept) == kept


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.com", "http://www.example.com/blog", True),
        ("https://EXAMPLE.com.", "https://example.com", True),
        ("https://example.com:443", "http://example.com:80", True),
        ("https://example.com", "https://shop.example.com", False),
        ("https://example.com", "https://example.com.evil.org", False),
        ("https://example.com", "https://wwwexample.com", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8081", False),
    ],
)
def test_same_host(one: str, other: str, same: bool) -> None:
    assert same_host(one, other) is same
    assert same_host(other, one) is same


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://example.com/wp-json/", "https://example.com/wp-json"),
        ("https://example.com/?rest_route=/", "https://example.com/?rest_route=/"),
        ("https://example.com/index.php?rest_route=%2F&x=1",
         "https://example.com/index.php/?rest_route=/"),
    ],
)  # fmt: skip
def test_rest_roots_of_both_forms(given_url: str, kept: str) -> None:
    assert normalise_rest_url(given_url) == kept


def test_a_rest_root_is_checked_like_a_site() -> None:
    with pytest.raises(ValueError, match="IP address"):
        normalise_rest_url("https://127.1/?rest_route=/")
