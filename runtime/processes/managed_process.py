"""Programs that a supervisor runs: started until they are ready, restarted when they end, killed when it dies."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

from runtime.errors import StartupError
from runtime.processes.launched_process import LaunchedProcess, launch
from runtime.processes.launcher import without_our_settings

logger = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[bool]]
Callback = Callable[[], Awaitable[None]]
Started = asyncio.subprocess.Process | LaunchedProcess

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
_MODE = "tie" if sys.platform == "linux" else "watch"
_POLL_INTERVAL = 0.02  # seconds between two readiness checks of a program that is starting
_LOG_TAIL = 1500  # characters of the log that an error shows
_STABLE_AFTER = 30.0  # seconds a program must run before its next end counts as the first one again
_BACKOFF = (0.1, 5.0)  # seconds before the second attempt to restart, and at most


class ProcessStartFailed(StartupError):
    """A program did not become ready; the text names it, the cause and its log."""


@dataclass(eq=False)
class ManagedProcess:
    """One program, in a session of its own: Ctrl-C reaches the supervisor first.

    - `log`: file that its output is appended to; None for our standard error.
    - `ready`: called until it returns True; it should return or fail within about a second.
    - `start_timeout`, `stop_timeout`: seconds.
    - `keep_fds`: file descriptors that stay open in it, as of a file that must stay locked while it runs.
    - `env`: variables in addition to our environment; our own `SMOT_…` variables are not passed on.
    """

    name: str
    argv: Sequence[str]
    log: Path | None
    ready: Ready
    _: KW_ONLY
    start_timeout: float = 120.0
    stop_timeout: float = 10.0
    keep_fds: Sequence[int] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    _process: Started | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """Its process id (and session id) while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises ProcessStartFailed; then nothing is left running.

        Only from the main thread: the kernel kills the program when the thread that started it ends.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                f"{self.name} must be started from the main thread, which lives as long as this process"
            )
        if self.pid is not None:
            raise RuntimeError(f"{self.name} is already running")
        logger.info("starting the %s", self.name)
        self._process = await self._spawn()
        try:
            async with asyncio.timeout(self.start_timeout):
                await self._until_ready(self._process)
        except TimeoutError:
            await self.stop()
            raise ProcessStartFailed(
                self._failure(f"was not ready within {self.start_timeout:g} s")
            ) from None
        except BaseException:
            await self.stop()
            raise
        logger.info("%s is ready (process %s)", self.name, self.pid)

    async def _spawn(self) -> Started:
        if self.log is None:
            return await self._launch(sys.stderr)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:  # append mode: the file may be truncated while the program runs
            return await self._launch(out)

    async def _launch(self, out: IO[Any]) -> Started:
        environment = {**without_our_settings(os.environ), **self.env}
        launched = None if self.keep_fds else await launch(self.argv, environment, out.fileno())
        return launched or await self._exec(out, environment)

    async def _exec(self, out: IO[Any], environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), _MODE, str(os.getpid()), *self.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(self.keep_fds),
            env=environment,
        )

    async def _until_ready(self, process: Started) -> None:
        while process.returncode is None:
            if await self.ready():
                return
            await asyncio.sleep(_POLL_INTERVAL)
        raise ProcessStartFailed(self._failure(f"ended with code {process.returncode} while starting"))

    async def stop(self) -> None:
        """Send SIGTERM and wait; kill it if it does not end in time, or if this task is cancelled. Safe to repeat."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(self.stop_timeout):
                await process.wait()
        except TimeoutError:
            logger.warning("%s did not stop within %g s and is killed", self.name, self.stop_timeout)
        finally:
            if process.returncode is None:
                self._signal(process, signal.SIGKILL)
        await process.wait()

    def _signal(self, process: Started, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself a moment ago
            os.killpg(process.pid, number)

    async def wait_exited(self) -> int:
        """Wait until it has ended, for any cause; return the exit code, negative for a signal."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._process.wait()

    def _failure(self, what: str) -> str:
        if self.log is None:
            return f"{self.name} {what}; its own output is above"
        text = self.log.read_text(errors="replace")[-_LOG_TAIL:].strip()
        return f"{self.name} {what}; log {self.log}: {text or '(empty)'}"


async def keep_running(
    process: ManagedProcess, *, down: Callback | None = None, up: Callback | None = None
) -> NoReturn:
    """Restart a started program each time it ends; cancel this before `process.stop()`.

    `down` is awaited when it has ended, `up` when it is ready again: they stop and start what depends on it. An error of
    a callback ends this function, so that the supervisor stops instead of running half a service. Restarts are tried for
    ever, at most 5 s apart: a full disk may be emptied later.
    """
    first, longest = _BACKOFF
    pause = 0.0
    while True:
        started = time.monotonic()
        code = await process.wait_exited()
        logger.error("%s ended unexpectedly with code %s; restarting it", process.name, code)
        if down is not None:
            await down()
        pause = 0.0 if time.monotonic() - started > _STABLE_AFTER else pause
        while process.pid is None:
            await asyncio.sleep(pause)
            pause = min(max(first, pause * 2), longest)
            try:
                await process.start()
            except ProcessStartFailed as failure:
                logger.error("%s; next attempt in %g s", failure, pause)
        if up is not None:
            await up()
