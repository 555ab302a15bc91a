import pytest
from igny8.core.settings import Settings


def test_an_empty_environment_gives_the_documented_policy() -> None:
    made = Settings.from_environment({})
    assert made == Settings()
    assert (made.retry_attempts, made.retry_base_seconds, made.retry_jitter_percent) == (3, 60, 20)
    assert made.breaker_steps_minutes == (1, 2, 4)
    assert made.ask_timeout_seconds < made.send_timeout_seconds < made.lease_seconds
    assert made.allow_local_sites is False


def test_every_kind_of_value_is_read() -> None:
    made = Settings.from_environment({
        "STAGE": "prod", "SWEEP_SHARDS": "16", "BREAKER_STEPS_MINUTES": "2, 4,8",
        "ALLOW_LOCAL_SITES": "True", "ALLOWED_ORIGINS": "https://a.example, https://b.example",
        "stage": "ignored", "UNRELATED": "x",
    })  # fmt: skip
    assert made.stage == "prod"
    assert made.sweep_shards == 16
    assert made.breaker_steps_minutes == (2, 4, 8)
    assert made.allow_local_sites is True
    assert made.allowed_origins == ("https://a.example", "https://b.example")
    assert Settings.from_environment({"ALLOWED_ORIGINS": ""}).allowed_origins == ()
    own = Settings.from_environment({"OWN_HOSTS": "api.a.example,api.b.example"})
    assert own.site_rules.own_hosts == ("api.a.example", "api.b.example")


@pytest.mark.parametrize("text", ["false", "", "0", "1", "yes", "truest"])
def test_local_sites_are_allowed_by_one_word_alone(text: str) -> None:
    assert not Settings.from_environment({"ALLOW_LOCAL_SITES": text}).allow_local_sites


@pytest.mark.parametrize(
    ("name", "text"),
    [("RETRY_ATTEMPTS", "three"), ("RETRY_ATTEMPTS", ""), ("BREAKER_STEPS_MINUTES", "1,,2")],
)
def test_a_number_that_is_none_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_TABLE", "a-table")
    assert Settings.from_environment().data_table == "a-table"


def test_a_domain_of_our_own_is_no_site() -> None:
    own = Settings(api_domain_name="api.c.example", own_hosts=("api.a.example",))
    assert own.site_rules.own_hosts == ("api.a.example", "api.c.example")
