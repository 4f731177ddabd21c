"""The demo and the replay run on their own instance: they borrow nothing for it and leave none behind."""

import asyncio
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from demo.instance import clean_environment
from tests.patience import PATIENCE


def test_a_fresh_instance_borrows_no_database_provider_or_mail_server() -> None:
    environment = {
        "SMOT_DATABASE": "postgresql://smot@db/smot",
        "SMOT_PSP": "https://psp.example",
        "SMOT_SMTP": "smtps://mail.example",
        "SMOT_MASTER_KEY": "c2VjcmV0",
        "SMOT_SECRETS_DIR": "/run/secrets",
        "TEMPORAL_ADDRESS": "temporal:7233",
    }
    kept = {"PATH": "/usr/bin", "SMOT_LOG": "json", "SMOT_TEMPORAL_BINARY": "/opt/temporal"}
    assert clean_environment(environment | kept) == kept


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
async def test_a_demo_that_is_terminated_leaves_no_instance_running(
    tmp_path: Path, signal_: signal.Signals
) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runtime.cli.main", "demo", "--data", str(tmp_path / "data")),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        # A shell that runs the tests in the background ignores SIGINT, and so does each of its processes.
        preexec_fn=lambda: signal.signal(signal_, signal.SIG_DFL),
    )  # fmt: skip
    assert demo.stdout is not None
    output = b""
    while not (port := re.search(rb"ready at http://127\.0\.0\.1:(\d+)", output)):
        line = await asyncio.wait_for(demo.stdout.readline(), PATIENCE)
        assert line, output
        output += line
    demo.send_signal(signal_)
    rest, _ = await asyncio.wait_for(demo.communicate(), PATIENCE)
    assert (demo.returncode, rest.decode().split()) == (130, ["smot:", "interrupted"])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port[1]))) != 0
