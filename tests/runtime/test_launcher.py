"""A program that the launcher starts is as one that was started alone, in its surroundings and its end."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.processes import launched_process
from runtime.processes.launched_process import Launcher
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
# Lines before it: the system refuses the handle of the first program, after it was started.
NO_HANDLE = """
import os
given, problems = os.pidfd_open, iter([None, OSError(24, "Too many open files")])

def pidfd_open(pid):
    if problem := next(problems, None):
        raise problem
    return given(pid)

os.pidfd_open = pidfd_open
"""
SHORT_LIMIT = """
from runtime.processes import launched_process
launched_process.ANSWER_TIMEOUT = 0.2
"""
# A command of which the system refuses a fork.
NO_FORK = """
import os
from runtime.cli.shell import process

def fork():
    raise BlockingIOError(11, "Resource temporarily unavailable")

os.fork = fork

@process("served", programs=["program"])
async def main():
    print("served")

main()
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="there is no launcher")


@asynccontextmanager
async def command(folder: Path, *words: str, before: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    (folder / "program.py").write_text(PROGRAM)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", before + COMMAND, str(folder), *words),
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


async def launcher_of(process: asyncio.subprocess.Process) -> int:
    found: list[int] = []

    def is_found() -> bool:
        found[:] = [
            one for one in children_of(process.pid) if argv_of(one)[0] == "runtime.processes.launcher"
        ]
        return bool(found)

    await until(is_found)
    [launcher] = found
    return launcher


def programs_of(process: asyncio.subprocess.Process) -> list[int]:
    return [one for one in children_of(process.pid) if "program" in argv_of(one)]


def sleeping_process() -> int:
    """In place of a launcher or a program; the test ends it."""
    return os.posix_spawnp("sleep", ["sleep", "600"], os.environ, setpgroup=0)


def facts(folder: Path, number: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / f"{number}.log").read_text())
    return told


@linux
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
        for one in (pid, await launcher_of(process)):
            assert b"hush" not in Path(f"/proc/{one}/environ").read_bytes()
        process.kill()
        await until(lambda: not alive(pid))


@linux
async def test_a_program_outlives_the_launcher_and_the_next_is_started_without(tmp_path: Path) -> None:
    async with command(tmp_path, "stays", "stays", "3") as process:
        first = await next_program(process)
        launcher = await launcher_of(process)
        os.kill(launcher, signal.SIGKILL)
        await until(lambda: not alive(launcher))
        second = await next_program(process)
        assert "program" in argv_of(second)
        assert await next_program(process) == 3
        assert alive(first)


@linux
async def test_a_program_that_cannot_be_watched_is_ended_before_it_is_started_again(tmp_path: Path) -> None:
    async with command(tmp_path, "stays", before=NO_HANDLE) as process:
        pid = await next_program(process)
        assert programs_of(process) == [pid]
        assert "-m" in argv_of(pid)  # without the launcher


@linux
async def test_a_launcher_that_does_not_answer_is_ended_and_the_program_starts_once(tmp_path: Path) -> None:
    async with command(tmp_path, "stays", before=SHORT_LIMIT) as process:
        launcher = await launcher_of(process)
        os.kill(launcher, signal.SIGSTOP)
        pid = await next_program(process)
        await until(lambda: not alive(launcher))
        assert programs_of(process) == [pid]


@linux
async def test_a_program_whose_answer_comes_too_late_never_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launched_process, "ANSWER_TIMEOUT", 0.05)
    launcher = sleeping_process()
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its, (tmp_path / "log").open("ab") as out:
        with pytest.raises(OSError, match="within"):
            await Launcher(launcher, ours).start(["program"], {}, out.fileno())
        assert json.loads(its.recv(1000))["words"] == ["program"]
        with pytest.raises(BrokenPipeError):
            its.send(b"1")
    await until(lambda: not alive(launcher))


@linux
async def test_a_program_that_answers_after_its_start_has_failed_is_ended(tmp_path: Path) -> None:
    launcher, program = sleeping_process(), sleeping_process()
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its, (tmp_path / "log").open("ab") as out:
        its.send(b"0")
        its.send(str(program).encode())
        with pytest.raises(OSError, match="could not start"):
            await Launcher(launcher, ours).start(["program"], {}, out.fileno())
    assert not alive(program)


@linux
async def test_a_command_serves_without_a_launcher_that_the_system_refuses(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", NO_FORK), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert (process.returncode, out) == (0, b"served\n")
    assert b"no launcher" in errors
    assert b"temporarily unavailable" in errors
