"""Failpoints are armed by one variable, and a misspelt one is an error instead of a test without its failure."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from failpoints.points import Failpoint, arm, hit, parse_failpoints


def test_each_crash_point_is_described() -> None:
    assert parse_failpoints("pay.sent=kill, commit.persisted=kill@3,pay.called=sleep:0.5@2") == {
        "pay.sent": Failpoint(),
        "commit.persisted": Failpoint(nth=3),
        "pay.called": Failpoint(action="sleep", nth=2, seconds=0.5),
    }


@pytest.mark.parametrize(
    "text", ["pay.sent", "pay.sent=die", "=kill", "pay.sent=sleep", "pay.sent=pause", "pay.sent=kill@x"]
)
def test_a_misspelt_failpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"failpoint|int"):
        parse_failpoints(text)


def test_an_unarmed_point_does_nothing() -> None:
    hit("nobody.armed.this")


def test_a_failpoint_that_fires_once_does_not_fire_in_the_next_process(tmp_path: Path) -> None:
    armed = {"SMOT_FAILPOINTS": "pay.called=kill", "SMOT_FAILPOINTS_ONCE": str(tmp_path)}

    def life() -> int:
        script = "from failpoints.points import hit; hit('pay.called'); hit('pay.called')"
        return subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **armed}, check=False
        ).returncode

    assert [life(), life(), life()] == [-9, 0, 0]
    (tmp_path / "pay.called").unlink()
    assert [life(), life()] == [-9, 0]


def test_a_paused_process_reports_its_point_and_resumes_when_released(tmp_path: Path) -> None:
    armed = {"SMOT_FAILPOINTS": "pay.called=pause:60", "SMOT_FAILPOINTS_ONCE": str(tmp_path)}
    script = "from failpoints.points import hit; hit('pay.called'); hit('pay.called'); print('went on')"
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, **armed}, stdout=subprocess.PIPE
    )
    standing = tmp_path / "pay.called.paused"
    deadline = time.monotonic() + 30
    while not standing.exists():
        assert time.monotonic() < deadline
    assert standing.read_text() == str(process.pid)
    assert process.poll() is None
    standing.unlink()
    assert process.communicate(timeout=30)[0] == b"went on\n"


def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    armed = {"SMOT_FAILPOINTS": "pay.called=pause:0.05", "SMOT_FAILPOINTS_ONCE": str(tmp_path)}
    script = "from failpoints.points import hit; hit('pay.called')"
    argv = [sys.executable, "-c", script]
    assert subprocess.run(argv, env={**os.environ, **armed}, check=False, timeout=30).returncode == 0
    assert [one.name for one in tmp_path.iterdir()] == ["pay.called"]


def test_a_pause_without_a_folder_to_report_in_is_refused() -> None:
    with pytest.raises(ValueError, match="SMOT_FAILPOINTS_ONCE"):
        arm({"SMOT_FAILPOINTS": "pay.called=pause:1"})
