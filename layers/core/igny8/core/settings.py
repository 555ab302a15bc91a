"""The environment of a function, read once. Every policy number is a template parameter."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from igny8.core.urls import SiteRules


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of resources and policy numbers; a field is the environment variable in upper case.

    Seconds, bytes, minutes and percent are in the names. A resource that a function may not
    touch is an empty string there.
    """

    stage: str = "local"
    version: str = "0"
    data_table: str = ""
    keys_table: str = ""
    gates_table: str = ""
    events_table: str = ""
    content_bucket: str = ""
    releases_bucket: str = ""
    publish_queue_url: str = ""
    batch_queue_url: str = ""
    site_keys_kms_key_id: str = ""
    key_pepper_secret_id: str = ""
    release_key_id: str = ""
    next_release_key_id: str = ""
    api_domain_name: str = ""
    manifest_days: int = 730
    retry_attempts: int = 3
    retry_base_seconds: int = 60
    retry_jitter_percent: int = 20
    throttle_min_seconds: int = 60
    retry_after_max_seconds: int = 21_600
    locked_wait_seconds: int = 300
    breaker_failures: int = 3
    unreadable_answers: int = 5
    breaker_steps_minutes: tuple[int, ...] = (1, 2, 4)
    probe_seconds: int = 1_800
    auth_probe_seconds: int = 21_600
    disable_after_seconds: int = 432_000
    slots_per_site: int = 2
    lease_seconds: int = 150
    ask_timeout_seconds: int = 10
    send_timeout_seconds: int = 30
    serve_margin_seconds: int = 75
    html_max_bytes: int = 2_097_152
    request_max_bytes: int = 5_242_880
    answer_max_bytes: int = 1_048_576
    sweep_shards: int = 8
    sweep_limit: int = 500
    automatic_limit: int = 50
    event_retention_days: int = 90
    webhook_limit: int = 600
    account_limit: int = 3_000
    wrong_keys_limit: int = 60
    check_limit: int = 60
    check_address_limit: int = 300
    download_limit: int = 10
    download_address_limit: int = 30
    pull_seconds: int = 21_600
    structure_seconds: int = 86_400
    repair_seconds: int = 21_600
    compare_seconds: int = 604_800
    check_seconds: int = 86_400
    stale_seconds: int = 1_209_600
    sync_queue_url: str = ""
    sync_worker_function: str = ""
    sync_retry_seconds: int = 300
    sync_page: int = 25
    sync_lease_seconds: int = 150
    sync_margin_seconds: int = 45
    handover_warning_seconds: int = 43_200
    key_grace_seconds: int = 86_400
    idempotency_seconds: int = 86_400
    page_size_default: int = 25
    page_size_max: int = 100
    allow_local_sites: bool = False
    allowed_origins: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()

    @property
    def site_rules(self) -> SiteRules:
        """Which addresses a site may have."""
        own = (self.api_domain_name,) if self.api_domain_name else ()
        return SiteRules(self.allow_local_sites, self.own_hosts + own)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read what is set. Raises ``ValueError`` naming a variable that is not a number."""
        source = os.environ if environment is None else environment
        values: dict[str, object] = {}
        for field in fields(cls):
            text = source.get(field.name.upper())
            if text is not None:
                values[field.name] = _parse(field.name, text, field.default)
        return cls(**values)  # type: ignore[arg-type]


def _parse(name: str, text: str, default: object) -> object:
    try:
        if isinstance(default, bool):
            return text.lower() == "true"
        if isinstance(default, int):
            return int(text)
        if isinstance(default, tuple) and not default:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if isinstance(default, tuple):
            return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"{name.upper()} is not a number: {text!r}") from error
    return text
