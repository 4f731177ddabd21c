"""The command's side of its launcher: a program that was started there is waited for and stopped as any other."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

from runtime.processes.launcher import fork_launcher

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 60.0  # seconds; the first answer waits for the launcher's imports
_MAX_ANSWER = 64  # bytes
_PYTHON_MODULE = (sys.executable, "-m")


class LaunchedProcess:
    """A child of this process that the launcher has forked, with what is used of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()
        self._handle = os.pidfd_open(pid)  # becomes readable when it has ended
        asyncio.get_running_loop().add_reader(self._handle, self._reap)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        _, status = os.waitpid(self.pid, 0)
        self.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()

    async def wait(self) -> int:
        """Its exit code, once it has ended; negative for a signal."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode


class Launcher:
    """Asks the launcher for programs, one after the other."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._pid = pid
        self._connection = connection
        self._turn = asyncio.Lock()

    async def start(self, words: Sequence[str], environment: Mapping[str, str], out: int) -> LaunchedProcess:
        """Start `python -m WORDS` with these variables and the file `out` as its output.

        Raises OSError; then it does not run, and the launcher has ended.
        """
        asking = asyncio.ensure_future(self._ask(words, environment, os.dup(out)))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(_kill)
            raise

    async def _ask(self, words: Sequence[str], environment: Mapping[str, str], out: int) -> LaunchedProcess:
        umask = os.umask(0o077)
        os.umask(umask)
        request = json.dumps({"words": words, "environment": dict(environment), "umask": umask})
        try:
            async with self._turn:
                socket.send_fds(self._connection, [request.encode()], [out])
                return _watched(await self._answer())
        except OSError:
            self._end()
            raise
        finally:
            os.close(out)

    async def _answer(self) -> int:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                answer = await asyncio.get_running_loop().sock_recv(self._connection, _MAX_ANSWER)
        except TimeoutError:
            raise OSError(f"it did not answer within {ANSWER_TIMEOUT:g} s") from None
        if int(answer or 0) == 0:
            raise OSError("it has ended, or could not start the program")
        return int(answer)

    def _end(self) -> None:
        """End the launcher. A program that it was starting ends too: it cannot answer any more, or its answer is read here."""
        if self._connection.fileno() < 0:
            return
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RD)
            while answer := self._connection.recv(_MAX_ANSWER):
                _end_program(int(answer))
        self._connection.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            LaunchedProcess(self._pid)  # which reaps it


_launchers: list[Launcher] = []


def have_launcher(programs: Sequence[str]) -> str | None:
    """From now on this process has a launcher; see there. Returns why it has none where the system refused it.

    On other systems than Linux it has none. No garbage is collected until the process is ready (`freeze_gc`): collections
    were a sixth of the time that imports take.
    """
    gc.disable()
    if sys.platform == "linux" and not _launchers:
        try:
            os.close(os.pidfd_open(os.getpid()))  # its programs are waited for by such a handle
            _launchers.append(Launcher(*fork_launcher(programs)))
        except OSError as problem:
            return str(problem)
    return None


async def launch(argv: Sequence[str], environment: Mapping[str, str], out: int) -> LaunchedProcess | None:
    """Start a program of ours by the launcher. None where that cannot be, so that it has to be started without."""
    if not _launchers or tuple(argv[:2]) != _PYTHON_MODULE:
        return None
    try:
        return await _launchers[0].start(argv[2:], environment, out)
    except OSError as problem:
        log.warning("no launcher: %s", problem)
        _launchers.clear()
        return None


def _watched(pid: int) -> LaunchedProcess:
    try:
        return LaunchedProcess(pid)
    except OSError:
        _end_program(pid)
        raise


def _end_program(pid: int) -> None:
    """Kill a program that is not waited for, and return when it has ended."""
    if pid > 0:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _kill(asking: "asyncio.Future[LaunchedProcess]") -> None:
    """Of a start that was cancelled meanwhile nothing is left running."""
    if not asking.cancelled() and asking.exception() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(asking.result().pid, signal.SIGKILL)
