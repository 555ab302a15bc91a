"""Findings: one check each, with what to do where it did not pass."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a check came out. ``unknown``: the site does not say."""

    PASSED = "pass"
    WARNED = "warn"
    FAILED = "fail"
    UNKNOWN = "unknown"


class Check(StrEnum):
    """What is looked at: the validation matrix."""

    DNS = "dns"
    REACHABLE = "reachable"
    TLS = "tls"
    ADDRESS = "address"
    REST = "rest_reachable"
    BRIDGE = "bridge_version"
    KEY_OUT = "key_to_site"
    KEY_IN = "key_from_site"
    HEADERS = "headers_survive"
    PERMALINKS = "permalinks"
    CLOCK = "clock"
    DATABASE = "database_charset"
    AUTHOR = "author_may_publish"
    SEO = "seo_plugin"
    CRON = "cron"
    OUTBOX = "outbox_lag"
    EGRESS = "image_egress"
    WILLING = "publishing_allowed"
    POST_TYPE = "post_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. ``code`` is stable; ``action`` says what to do, where there is."""

    check: Check
    verdict: Verdict
    code: str
    message: str
    action: str | None = None

    @classmethod
    def ok(cls, check: Check, message: str) -> "Finding":
        """The check passed."""
        return cls(check=check, verdict=Verdict.PASSED, code="ok", message=message)

    @classmethod
    def warning(cls, check: Check, code: str, message: str, action: str) -> "Finding":
        """It works, but not as well as it could."""
        verdict = Verdict.WARNED
        return cls(check=check, verdict=verdict, code=code, message=message, action=action)

    @classmethod
    def unknown(cls, check: Check, code: str, message: str, action: str) -> "Finding":
        """The site does not say."""
        verdict = Verdict.UNKNOWN
        return cls(check=check, verdict=verdict, code=code, message=message, action=action)

    @classmethod
    def graded(
        cls, check: Check, code: str, message: str, action: str, *, fails: bool
    ) -> "Finding":
        """It does not work, or not as well as it could."""
        found = cls.failure if fails else cls.warning
        return found(check, code, message, action)

    @classmethod
    def failure(cls, check: Check, code: str, message: str, action: str) -> "Finding":
        """It does not work."""
        verdict = Verdict.FAILED
        return cls(check=check, verdict=verdict, code=code, message=message, action=action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All findings about a site, and what it says of itself."""

    findings: Sequence[Finding]
    site: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands in the way of publishing."""
        return all(one.verdict is not Verdict.FAILED for one in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For the way from the worker to the API."""
        return {"findings": [asdict(one) for one in self.findings], "site": dict(self.site)}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Examination":
        """Read what :meth:`as_json` wrote."""
        findings = [
            Finding(
                check=Check(one["check"]),
                verdict=Verdict(one["verdict"]),
                code=one["code"],
                message=one["message"],
                action=one["action"],
            )
            for one in told["findings"]
        ]
        return cls(findings=findings, site=dict(told["site"]))
