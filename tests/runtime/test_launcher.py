"""A program that the launcher starts is as one that was started alone, in its surroundings and its end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.killable_deployment import children_of
from tests.patience import PATIENCE
from tests.runtime.test_embedded import alive, argv_of, until

PROGRAM = """
import json, os, sys, time
if __name__ == "__main__":
    umask = os.umask(0)
    facts = {
        "argv": sys.argv[1:], "given": os.environ.get("GIVEN"), "ours": os.environ.get("SMOT_SECRET"), "umask": umask,
        "session": os.getsid(0), "pid": os.getpid(), "parent": os.getppid(), "files": len(os.listdir("/proc/self/fd")),
    }
    print(json.dumps(facts), flush=True)
    if sys.argv[1:] != ["stays"]:
        sys.exit(int(sys.argv[1]))
    time.sleep(600)
"""
# The main program of a test: for each line of its input it starts a program, and prints its exit code or process id.
COMMAND = """
import asyncio, os, sys
from contextlib import suppress
from pathlib import Path
from runtime.processes.launched_process import have_launcher
from runtime.processes.managed_process import ManagedProcess, ProcessStartFailed

os.umask(0o027)
have_launcher(["program"])

async def ready():
    return True

async def main():
    for number, word in enumerate(sys.argv[2:]):
        await asyncio.to_thread(sys.stdin.readline)
        argv = [sys.executable, "-m", "program", word]
        child = ManagedProcess("program", argv, Path(sys.argv[1]) / f"{number}.log", ready, env={"GIVEN": "x"})
        with suppress(ProcessStartFailed):  # it may have ended by then
            await child.start()
        print(child.pid if word == "stays" else await child.wait_exited(), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@asynccontextmanager
async def command(folder: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    (folder / "program.py").write_text(PROGRAM)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, str(folder), *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(folder), "SMOT_SECRET": "hush"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def next_program(process: asyncio.subprocess.Process) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    return int(await asyncio.wait_for(process.stdout.readline(), PATIENCE))


def facts(folder: Path, number: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / f"{number}.log").read_text())
    return told


@pytest.mark.skipif(sys.platform != "linux", reason="there is no launcher")
async def test_a_launched_program_has_its_own_surroundings_and_ends_with_the_command(tmp_path: Path) -> None:
    async with command(tmp_path, "0", "7", "stays") as process:
        assert [await next_program(process), await next_program(process)] == [0, 7]
        pid = await next_program(process)
        await until(lambda: (tmp_path / "2.log").read_text().endswith("\n"))
        assert argv_of(pid)[:2] == ["program", "stays"]
        first, last = facts(tmp_path, 0), facts(tmp_path, 2)
        assert (first["argv"], first["given"], first["ours"], first["umask"]) == (["0"], "x", None, 0o027)
        assert (last["pid"], last["session"], last["parent"]) == (pid, pid, process.pid)
        assert last["files"] <= 4  # the three streams, and the folder that it reads
        process.kill()
        await until(lambda: not alive(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="there is no launcher")
async def test_a_program_outlives_the_launcher_and_the_next_is_started_without(tmp_path: Path) -> None:
    async with command(tmp_path, "stays", "stays", "3") as process:
        first = await next_program(process)
        [launcher] = [
            one for one in children_of(process.pid) if argv_of(one)[0] == "runtime.processes.launcher"
        ]
        os.kill(launcher, signal.SIGKILL)
        await until(lambda: not alive(launcher))
        second = await next_program(process)
        assert "program" in argv_of(second)
        assert await next_program(process) == 3
        assert alive(first)
