"""The command line as a user runs it, in processes that begin with everything imported (tests/preloaded_smot.py).

Where a test gives Python itself other variables, as for another version of the code, it is a process of its own.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

from tests.patience import PATIENCE, STARTUP

# In the environment of a command that is measured: Python's default, which has it start as an operator starts it.
OWN_INTERPRETER = {"PYTHONHASHSEED": "random"}
_SMOT = (sys.executable, "-m", "runtime.cli.main")


class RunningSmot:
    """A command that runs, with what is used of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self._ended = asyncio.create_task(self._end(reader, writer))

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        self.returncode = int(await reader.readline())
        writer.close()
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start_smot(
    *words: str, env: Mapping[str, str], err: IO[bytes]
) -> RunningSmot | asyncio.subprocess.Process:
    """A command that goes on running; its standard output can be read while it does."""
    if of_its_own(env):
        return await asyncio.create_subprocess_exec(
            *_SMOT, *words, stdout=asyncio.subprocess.PIPE, stderr=err, env={**os.environ, **env}
        )
    readable, writable = os.pipe()
    with open(os.devnull, "rb") as nothing, os.fdopen(writable, "wb") as out:  # noqa: ASYNC230 - no wait
        running = await fork_smot(words, {**os.environ, **env}, (nothing, out, err))
    stdout = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(stdout)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(readable, "rb"))
    running.stdout = stdout
    return running


async def smot(
    *words: str, env: Mapping[str, str] | None = None, seconds: float = PATIENCE, typed: str = ""
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error. `typed`: what it reads from standard input."""
    if of_its_own(env or {}):
        return await _in_a_new_interpreter(words, {**os.environ, **(env or {})}, seconds, typed)
    with ExitStack() as files:
        given, out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(typed.encode())
        given.seek(0)
        async with asyncio.timeout(seconds):
            running = await fork_smot(words, {**os.environ, **(env or {})}, (given, out, err))
            code = await running.wait()
        return code, _written(out), _written(err)


def of_its_own(env: Mapping[str, str]) -> bool:
    """Whether it needs an interpreter of its own."""
    return any(name.startswith("PYTHON") for name in env)


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


async def _in_a_new_interpreter(
    words: Sequence[str], env: Mapping[str, str], seconds: float, typed: str
) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *_SMOT, *words, stdin=pipe, stdout=pipe, stderr=pipe, env=env
    )
    out, err = await asyncio.wait_for(process.communicate(typed.encode()), seconds)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def fork_smot(
    words: Sequence[str], environment: Mapping[str, str], streams: Sequence[IO[bytes]]
) -> RunningSmot:
    """A command with exactly this environment and these standard streams."""
    request = {"words": words, "environment": dict(environment), "folder": os.getcwd()}
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(await _address())
    socket.send_fds(connection, [f"{json.dumps(request)}\n".encode()], [one.fileno() for one in streams])
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    return RunningSmot(int(await reader.readline()), reader, writer)


async def _address() -> str:
    """Of the process that is forked, once it has imported all."""
    address, program = _preloaded()
    async with asyncio.timeout(STARTUP):
        while not address.exists():
            assert program.poll() is None, "it ended"
            await asyncio.sleep(0.05)
    return str(address)


@cache
def _preloaded() -> tuple[Path, "subprocess.Popen[bytes]"]:
    """It ends with this process, which holds its standard input."""
    folder = tempfile.TemporaryDirectory(prefix="smot-cli-")
    atexit.register(folder.cleanup)
    address = Path(folder.name) / "socket"
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.preloaded_smot", str(address)], stdin=subprocess.PIPE
    )
    return address, program
