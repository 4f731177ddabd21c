"""A fresh `smot up` as a process of its own, a task that runs on it over HTTP, and `smot verify` at the end."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.client import ApiProblem, ApiUnreachable
from demo.target import Target
from demo.waiting import waiting

_SMOT = (sys.executable, "-m", "runtime.cli.main")
# The only settings that a fresh instance takes from its caller: never a database, a provider or a mail server.
_INHERITED = ("SMOT_LOG", "SMOT_TEMPORAL_BINARY")
_START_TIMEOUT = 300.0  # seconds, for a slow machine; an instance that ends by itself is noticed at once
_STOP_TIMEOUT = 60.0  # seconds

_INTERRUPTED = 130  # the exit code of shells for it
_LOG_WIDTH = 170  # columns of a console that is not a terminal


class InstanceNotStarted(RuntimeError):
    """The instance did not become ready."""


@dataclass(frozen=True)
class Instance:
    """A running deployment: its addresses, and the platform admin's key."""

    process: asyncio.subprocess.Process
    folder: Path
    addresses: Mapping[str, str]
    admin_key: str

    @property
    def target(self) -> Target:
        """The instance as a target for the demo and the replay."""
        return Target(self.addresses["api"], self.addresses["psp"], self.admin_key, self.verify)

    async def verify(self) -> Mapping[str, Any]:
        """The report of `smot verify --quiesced`."""
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "verify", "--data", str(self.folder), "--quiesced", "--json",
            stdout=asyncio.subprocess.PIPE, env=clean_environment(os.environ),
        )  # fmt: skip
        out, _ = await process.communicate()
        report: Mapping[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
        return report


@dataclass(frozen=True)
class InstanceOptions:
    """How a task is run.

    - `data`: folder of the instance; None for a new temporary one.
    - `keep`: leave the instance running after the task, until Ctrl-C.
    - `as_json`: print the result of the task as one JSON object.
    - `expected_error`: error of the task whose text is one sentence for people.
    """

    data: Path | None
    keep: bool = False
    as_json: bool = False
    expected_error: type[Exception] = ApiProblem


InstanceTask = Callable[[Target, Console], Awaitable[dict[str, Any]]]


async def run_on_instance(
    task: InstanceTask, succeeded: Callable[[dict[str, Any]], bool], options: InstanceOptions
) -> int:
    """Run a task on a fresh instance; return the exit code of the command.

    0: it succeeded. 1: it did not, or the API responded with an unexpected problem. 2: the instance did not start.
    130: interrupted.
    """
    _cancel_on_sigterm()
    console = Console(stderr=options.as_json)
    if not console.is_terminal:
        console.width = max(console.width, _LOG_WIDTH)
    try:
        result = await _run(task, options, console)
    except asyncio.CancelledError:
        return _failed("interrupted", _INTERRUPTED)
    except InstanceNotStarted as problem:
        return _failed(problem, 2)
    except (ApiProblem, ApiUnreachable, options.expected_error) as problem:
        return _failed(problem, 1)
    return 0 if succeeded(result) else 1


def _failed(problem: object, code: int) -> int:
    sys.stderr.write(f"smot: {problem}\n")
    return code


async def _run(task: InstanceTask, options: InstanceOptions, console: Console) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="smot-demo-") as temporary:
        folder = options.data or Path(temporary)
        console.print(f"starting smot in {folder} …")
        log = Path(temporary) / "up.log"
        async with AsyncExitStack() as exits:
            async with waiting(console, lambda: _progress(log)):
                instance = await exits.enter_async_context(_started(folder, log))
            api, docs = instance.addresses["api"], instance.addresses["docs"]
            console.print(f"ready at {api} (documentation: {docs})")
            result = await task(instance.target, console)
            if options.as_json:
                print(json.dumps(result), flush=True)  # noqa: T201 - the output of the command
            if options.keep:
                console.print(f"still running at {api}; Ctrl-C ends it")
                await _until_interrupted(instance.process)
            return result


@asynccontextmanager
async def _started(folder: Path, log: Path) -> AsyncIterator[Instance]:
    """A running instance that is stopped at the end. It logs to `log`. Raises InstanceNotStarted."""
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "up", "--data", str(folder), "--port", "0", "--json",
            stdout=asyncio.subprocess.PIPE, stderr=stderr, start_new_session=True, env=clean_environment(os.environ),
        )  # fmt: skip
    assert process.stdout is not None
    try:
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            message = f"the instance was not ready within {_START_TIMEOUT:.0f} seconds: {_log_tail(log)}"
            raise InstanceNotStarted(message) from None
        if not line.startswith("ready "):
            raise InstanceNotStarted(f"the instance did not start: {_log_tail(log)}")
        addresses: dict[str, str] = json.loads(line.removeprefix("ready "))
        admin_key = await asyncio.to_thread(Path(addresses["admin_key_file"]).read_text)
        yield Instance(process, folder, addresses, admin_key.strip())
    finally:
        await _stop(process)


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a fresh instance, without the settings of a real deployment that the shell may have."""
    settings = ("SMOT_", "TEMPORAL_")
    return {name: value for name, value in env.items() if not name.startswith(settings) or name in _INHERITED}


def _progress(log: Path) -> str:
    """What the start waits for, as its log has it."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    events = [line.partition('"event": "')[2].partition('"')[0] for line in lines if line.startswith("{")]
    return next((event for event in reversed(events) if event), "loading")


def _log_tail(log: Path) -> str:
    """The last lines for people, without the JSON lines for machines."""
    lines = log.read_text(errors="replace").splitlines()
    plain = [line.removeprefix("smot: ") for line in lines if not line.startswith("{")]
    return "\n".join(plain[-3:] or lines[-3:]) or "its log is empty"


def _cancel_on_sigterm() -> None:
    """Treat SIGTERM like Ctrl-C. The instance is a process of its own and would be left running otherwise."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _until_interrupted(process: asyncio.subprocess.Process) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ended = {asyncio.create_task(stop.wait()), asyncio.create_task(process.wait())}
    _, pending = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Send SIGTERM to the instance and wait for its end; kill it after the timeout."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
