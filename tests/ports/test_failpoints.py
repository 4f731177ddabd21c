"""Failpoints are armed by one variable, and a misspelt one is an error instead of an unharmed test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ports.failpoints import Failpoint, armed_by, hit


def test_each_point_is_named_with_what_happens_there() -> None:
    assert armed_by("pay.sent=kill, commit.persisted=kill@3,pay.called=sleep:0.5@2") == {
        "pay.sent": Failpoint(),
        "commit.persisted": Failpoint(nth=3),
        "pay.called": Failpoint(nth=2, seconds=0.5),
    }


@pytest.mark.parametrize("text", ["pay.sent", "pay.sent=die", "=kill", "pay.sent=sleep", "pay.sent=kill@x"])
def test_a_misspelt_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        armed_by(text)


def test_an_unarmed_point_does_nothing() -> None:
    hit("nobody.armed.this")


def test_a_point_that_may_go_off_once_spares_the_process_that_comes_after(tmp_path: Path) -> None:
    armed = {"SMOT_FAILPOINTS": "pay.called=kill", "SMOT_FAILPOINTS_ONCE": str(tmp_path)}

    def life() -> int:
        script = "from ports.failpoints import hit; hit('pay.called'); hit('pay.called')"
        return subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **armed}, check=False
        ).returncode

    assert [life(), life(), life()] == [-9, 0, 0]
    (tmp_path / "pay.called").unlink()
    assert [life(), life()] == [-9, 0]
