"""The bridge in the stage's WordPress came from the stage itself, and is updated from it."""

import pytest

from local import stage as local_stage
from local import updating
from local.wordpress import wp_eval
from tests.e2e.conftest import Stage


def test_an_update_is_installed_and_a_tampered_one_is_refused(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    """As `make demo-update` shows it; it raises where anything ends otherwise."""
    assert stage
    before = updating.installed(local_stage.the_wordpress())
    updating.run()
    told = capsys.readouterr().out
    assert updating.installed(local_stage.the_wordpress()) != before
    assert "it is not what IGNY8 has signed" in told


def test_the_stage_s_own_bridge_is_a_release(stage: Stage):
    assert stage
    site = local_stage.the_wordpress()
    code = "echo (int) Igny8\\Bridge\\Update\\Installed::is_release();"
    assert wp_eval(site, code) == "1"
