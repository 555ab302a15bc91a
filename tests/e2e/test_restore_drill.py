"""`make drill` on the deployed template: the tables go back, and all ends true and single."""

import pytest

from local import drill
from local.failure import StageError


@pytest.mark.usefixtures("stage")
def test_the_drill_ends_true_and_single(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SITES", "1")
    drill.run()
    assert "True and single" in capsys.readouterr().out


def test_the_drill_fails_where_something_is_not_so(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [drill.Check("site", "one", "1", "1"), drill.Check("site", "another", "1", "2")]
    with pytest.raises(StageError, match="1 of 2"):
        drill._show(checks)
    told = capsys.readouterr().out
    assert "NOT site" in told
    assert "True and single" not in told
