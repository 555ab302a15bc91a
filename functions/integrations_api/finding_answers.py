"""What people are answered about what works between a site and us."""

from typing import Any

from igny8.diagnosis.model import Check, Examination, Finding, Verdict
from typing_extensions import TypedDict


class FindingOut(TypedDict):
    """One check, and what to do where it did not pass."""

    check: Check
    verdict: Verdict
    code: str
    message: str
    action: str | None


class ExaminationOut(TypedDict):
    """What works between the site and us."""

    usable: bool
    findings: list[FindingOut]
    site: dict[str, Any]


def finding_out(finding: Finding) -> FindingOut:
    """One check."""
    return {
        "check": finding.check,
        "verdict": finding.verdict,
        "code": finding.code,
        "message": finding.message,
        "action": finding.action,
    }


def examination_out(found: Examination) -> ExaminationOut:
    """What works between the site and us."""
    return {
        "usable": found.is_usable,
        "findings": [finding_out(one) for one in found.findings],
        "site": dict(found.site),
    }
