"""Ctrl-C at any moment ends a command in one sentence; a reader that has ended is no error."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.databases_in_turn

ROOT = Path(__file__).parents[2]
SMOT = (sys.executable, "-m", "runtime.cli.entry_point")


async def _started(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *SMOT, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # A shell that runs the tests in the background ignores SIGINT, and so does each of its processes.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def _naming(folder: Path) -> list[list[str]]:
    """The processes whose command line names the folder."""
    command_lines = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [words for words in command_lines if str(folder) in " ".join(words)]


@pytest.mark.parametrize("file", [".", "worker.log"])
async def test_ctrl_c_while_it_starts_is_one_sentence_and_stops_what_was_started(
    tmp_path: Path, file: str
) -> None:
    data = tmp_path / "data"
    process = await _started("up", "--port", "0", "--data", str(data), "--json")
    async with asyncio.timeout(60):
        while not (data / file).exists():
            assert process.returncode is None
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    sentences = [line for line in err.decode().splitlines() if not line.startswith("{")]
    assert (process.returncode, out, len(sentences)) == (130, b"", 1), err.decode()
    assert sentences[0] in ("smot: interrupted", "smot: stopped before it was ready")
    assert _naming(data) == []


@pytest.mark.parametrize("words", ["policies check policies/default.yaml", "--help"])
def test_a_reader_that_has_ended_is_no_error(words: str) -> None:
    with subprocess.Popen(
        [*SMOT, *words.split()], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (1, 141)
