"""The systemd units: their commands, settings and graceful times, and what systemd itself says of them where it is installed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.processes.grace_periods import ORCHESTRATOR
from tests.runtime.deployed_commands import ROOT, SETTINGS, assert_is_command

FOLDER = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/smot/.venv/bin/smot"
UNITS = {file.name: file.read_text() for file in sorted(FOLDER.glob("smot-*.*")) if file.is_file()}
SERVICES = {name: text for name, text in UNITS.items() if name.endswith(".service")}
RUNNING = [name for name, text in SERVICES.items() if "Restart=always" in text]


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_is_one_of_ours(name: str) -> None:
    [line] = re.findall(r"^ExecStart=(.+)$", SERVICES[name], re.MULTILINE)
    program, *words = line.split()
    assert program == INSTALLED
    assert_is_command(words)


def test_every_variable_and_credential_is_a_setting() -> None:
    texts = [*SERVICES.values(), (FOLDER / "smot-.service.d" / "10-hardening.conf").read_text()]
    variables = {name for text in texts for name in re.findall(r"\b(SMOT_\w+)=", text)}
    assert variables - SETTINGS == set()
    page = (ROOT / "docs" / "operate.md").read_text()
    [files] = re.findall(r"/etc/smot/secrets +# files: ([\w, ]+) \(", page)
    assert {f"SMOT_{file.upper()}" for file in files.split(", ")} <= SETTINGS
    for name, text in SERVICES.items():
        assert ("\nLoadCredential=smot:/etc/smot/secrets\n" in text) == (name != "smot-up.service"), name


def test_processes_may_drain_before_they_are_killed() -> None:
    assert set(RUNNING) == {"smot-serve.service", "smot-worker.service", "smot-up.service"}
    for name in RUNNING:
        assert f"\nTimeoutStopSec={ORCHESTRATOR:g}\n" in SERVICES[name], name


def test_every_timer_has_its_service() -> None:
    timers = [name for name in UNITS if name.endswith(".timer")]
    assert timers
    assert [name for name in timers if name.replace(".timer", ".service") not in SERVICES] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    program = Path(sys.executable).with_name("smot")
    for name, text in SERVICES.items():
        (tmp_path / name).write_text(text.replace(INSTALLED, str(program)))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *UNITS],
        cwd=tmp_path,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )
    assert (verified.returncode, verified.stderr) == (0, "")
