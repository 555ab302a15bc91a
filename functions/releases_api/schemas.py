"""What comes in to the releases' API."""

from typing import Annotated, Any, Literal

from igny8.distribution.gate import Record
from igny8.distribution.model import NOTICE_MAX, SUMMARY_MAX, URL_MAX, Advisory, State
from igny8.distribution.versions import Version
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Severity = Literal["low", "medium", "high", "critical"]
Word = Annotated[str, StringConstraints(min_length=1, max_length=20)]


def _a_version(text: str) -> str:
    Version.parse(text)
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("Write one line, without control characters.")
    return text


VersionText = Annotated[str, StringConstraints(max_length=64), AfterValidator(_a_version)]


class Admin(BaseModel):
    """Every body that an administrator sends: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class BeginUpload(Admin):
    """Body of ``POST /plugins/{slug}/versions/``."""

    version: VersionText


class AcceptUpload(Admin):
    """Body of ``POST /plugins/{slug}/versions/{version}/``: what is said of the uploaded ZIP.

    What is left out of ``requires``, ``requires_php`` and ``tested`` is not compared.
    """

    upload_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    requires: Word | None = None
    requires_php: Word | None = None
    tested: Word | None = None
    linted_with: Annotated[list[Word], Field(max_length=10)] = []

    def record(self, version: Version) -> Record:
        """The record of a version that this makes."""
        return Record(
            version=version,
            sha256=self.sha256,
            requires=self.requires,
            requires_php=self.requires_php,
            tested=self.tested,
        )


class AdvisoryBody(Admin):
    """What is wrong with a version."""

    severity: Severity
    summary: Annotated[
        str, StringConstraints(min_length=1, max_length=SUMMARY_MAX), AfterValidator(_one_line)
    ]
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=URL_MAX)]

    def advisory(self) -> Advisory:
        """The advisory as the domain has it."""
        return Advisory(severity=self.severity, summary=self.summary, url=self.url)


class ChangeRelease(Admin):
    """Body of ``PATCH /plugins/{slug}/versions/{version}/``: the fields given."""

    state: State | None = None
    rollout_percent: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    rollout_halted: bool | None = None
    min_from_version: VersionText | None = None
    advisory: AdvisoryBody | None = None
    upgrade_notice: (
        Annotated[str, StringConstraints(max_length=NOTICE_MAX), AfterValidator(_one_line)] | None
    ) = None

    @model_validator(mode="after")
    def _says_something(self) -> "ChangeRelease":
        for name in self.model_fields_set - {"min_from_version", "advisory"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be nothing.")
        if not self.model_fields_set:
            raise ValueError("Give the fields to change.")
        return self

    def changes(self) -> dict[str, Any]:
        """The fields given, as the domain has them."""
        oldest = self.min_from_version
        known = {
            "min_from_version": None if oldest is None else Version.parse(oldest),
            "advisory": self.advisory and self.advisory.advisory(),
        }
        return {name: known.get(name, getattr(self, name)) for name in self.model_fields_set}
