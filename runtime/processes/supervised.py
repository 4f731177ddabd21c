"""Programs that we run beside us: they start with us, are restarted when they fall, and never outlive us."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from runtime.errors import StartupError

logger = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[bool]]
Callback = Callable[[], Awaitable[None]]

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
_TIE = "tie" if sys.platform == "linux" else "watch"
_POLL_INTERVAL = 0.02  # seconds between two looks at a program that is starting
_TAIL = 1500  # characters of the log that an error shows
_STABLE_AFTER = 30.0  # seconds a program must live for its next fall to count as a first one
_BACKOFF = (0.1, 5.0)  # seconds before the second attempt to restart, and at most


class ProcessStartFailed(StartupError):
    """A program did not come up; the text says which, why, and where its log is."""


class ManagedProcess:
    """One program: its own session (Ctrl-C reaches us first), its output in `log` or on our standard error, dead when we are.

    `ready` is asked until it says True, and should answer or give up within about a second. Times are in
    seconds. `keep_fds` stay open in the program, e.g. a file that must stay locked for as long as it runs. `env` is added to
    our environment, of which our own settings are not passed on.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path | None,
        ready: Ready,
        *,
        start_timeout: float = 30.0,
        stop_timeout: float = 10.0,
        keep_fds: Sequence[int] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._argv = list(argv)
        self._ready = ready
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._keep_fds = tuple(keep_fds)
        self._env = dict(env or {})
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id (and session id) while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises ProcessStartFailed; then nothing is left running.

        Only from the main thread: the kernel's tie is to the thread that starts the program.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                f"{self.name} must be started from the main thread, which lives as long as we do"
            )
        if self.pid is not None:
            raise RuntimeError(f"{self.name} is already running")
        self._process = await self._spawn()
        try:
            async with asyncio.timeout(self._start_timeout):
                await self._until_ready(self._process)
        except TimeoutError:
            await self.stop()
            raise ProcessStartFailed(
                self._failure(f"was not ready within {self._start_timeout:g} s")
            ) from None
        except BaseException:
            await self.stop()
            raise
        logger.info("%s is ready (process %s)", self.name, self.pid)

    async def _spawn(self) -> asyncio.subprocess.Process:
        if self.log is None:
            return await self._exec(sys.stderr)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:  # appending: it may be cut short while the program runs
            return await self._exec(out)

    async def _exec(self, out: IO[Any]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), _TIE, str(os.getpid()), *self._argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self._keep_fds,
            env={**_without_our_settings(os.environ), **self._env},
        )

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        while process.returncode is None:
            if await self._ready():
                return
            await asyncio.sleep(_POLL_INTERVAL)
        raise ProcessStartFailed(self._failure(f"ended with code {process.returncode} while starting"))

    async def stop(self) -> None:
        """Ask it to end and wait; kill it if it does not, or if we are cancelled. Harmless when repeated."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(self._stop_timeout):
                await process.wait()
        except TimeoutError:
            logger.warning("%s did not stop within %g s and is killed", self.name, self._stop_timeout)
        finally:
            if process.returncode is None:
                self._signal(process, signal.SIGKILL)
        await process.wait()

    def _signal(self, process: asyncio.subprocess.Process, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself a moment ago
            os.killpg(process.pid, number)

    async def wait_exited(self) -> int:
        """Wait until it has ended, whatever the cause; the exit code, negative for a signal."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._process.wait()

    def _failure(self, what: str) -> str:
        if self.log is None:
            return f"{self.name} {what}; its own words are above"
        text = self.log.read_text(errors="replace")[-_TAIL:].strip()
        return f"{self.name} {what}; log {self.log}: {text or '(empty)'}"


async def keep_running(
    process: ManagedProcess, *, down: Callback | None = None, up: Callback | None = None
) -> NoReturn:
    """Start a started child again each time it dies; cancel this before `child.stop()`.

    `down` is awaited when it has died, `up` when it is ready again: stop and start there what depends on it.
    A callback that raises ends the keeping, loudly, rather than leave half a service. Restarts go on for ever
    (a full disk may be emptied), at most 5 s apart.
    """
    first, longest = _BACKOFF
    pause = 0.0
    while True:
        began = time.monotonic()
        code = await process.wait_exited()
        logger.error("%s ended unexpectedly with code %s; starting it again", process.name, code)
        if down is not None:
            await down()
        pause = 0.0 if time.monotonic() - began > _STABLE_AFTER else pause
        while process.pid is None:
            await asyncio.sleep(pause)
            pause = min(max(first, pause * 2), longest)
            try:
                await process.start()
            except ProcessStartFailed as failure:
                logger.error("%s; next attempt in %g s", failure, pause)
        if up is not None:
            await up()


def _without_our_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Our settings may hold secrets; a program beside us needs none of them."""
    return {name: value for name, value in environment.items() if not name.startswith("SMOT_")}
