"""What a site is judged by: the bridge's own report, read without trusting it, and what we know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``report`` is the ``data`` of the bridge's ``status``; nothing in it need be of its type.

    Whether a header survives is ``None`` where the site was too slow to be asked for it.
    """

    report: Mapping[str, Any]
    now: datetime
    is_https: bool
    has_called: bool
    bearer_survives: bool | None
    own_header_survives: bool | None

    def number(self, *names: str) -> int:
        """A whole number of the report; 0 where there is none."""
        value = self._at(names)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def text(self, *names: str) -> str:
        """A text of the report; empty where there is none."""
        value = self._at(names)
        return value if isinstance(value, str) else ""

    def names(self, *names: str) -> list[str]:
        """The texts of a list of the report, the first few."""
        value = self._at(names)
        return [str(one)[:40] for one in value[:5]] if isinstance(value, list) else []

    def says(self, *names: str) -> bool:
        """Whether the report says yes."""
        return self._at(names) is True

    def denies(self, *names: str) -> bool:
        """Whether the report says no."""
        return self._at(names) is False

    def _at(self, names: tuple[str, ...]) -> Any:
        value: Any = self.report
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value
