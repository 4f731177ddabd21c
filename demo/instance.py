"""A fresh `smot up` as a process of its own, a play on it over HTTP, and `smot verify` at the end."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.client import ApiProblem, ApiUnreachable

_SMOT = (sys.executable, "-m", "runtime.cli.main")
# All that an instance of its own takes from who calls it: never their database, their provider or their mail server.
_INHERITED = ("SMOT_LOG", "SMOT_TEMPORAL_BINARY")
_START_TIMEOUT = 90.0  # seconds; a first start also unpacks the Temporal server from a cold disk

_INTERRUPTED = 130  # the exit code that shells have for it
_WIDE = 170  # columns in a log, where no terminal limits them


class InstanceNotStarted(RuntimeError):
    """The instance did not come up."""


@dataclass(frozen=True)
class Instance:
    """A running deployment of ours: where it answers, and who may do everything there."""

    process: asyncio.subprocess.Process
    folder: Path
    addresses: Mapping[str, str]
    admin_key: str

    async def verify(self) -> Mapping[str, Any]:
        """What `smot verify` says of it, now that nothing is going on."""
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "verify", "--data", str(self.folder), "--quiesced", "--json",
            stdout=asyncio.subprocess.PIPE, env=clean_environment(os.environ),
        )  # fmt: skip
        out, _ = await process.communicate()
        report: Mapping[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
        return report


InstanceTask = Callable[[Instance, Console], Awaitable[dict[str, Any]]]


async def run_on_instance(
    task: InstanceTask,
    succeeded: Callable[[dict[str, Any]], bool],
    *,
    data: Path | None,
    keep: bool = False,
    as_json: bool = False,
    expected_error: type[Exception] = ApiProblem,
) -> int:
    """Perform on an instance in `data` or a fresh folder; 0 by the exit code means that all went well, 130 interrupted.

    What the performance returns is printed as one JSON object where that is asked for. `unplayable`: what it may raise,
    besides answers nobody expected, that is one sentence for people.
    """
    _cancel_on_sigterm()
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    with tempfile.TemporaryDirectory(prefix="smot-stage-") as fresh:
        folder = data or Path(fresh)
        console.print(f"starting smot in {folder} …")
        try:
            async with _started(folder, Path(fresh) / "up.log") as instance:
                at = instance.addresses
                console.print(f"ready at {at['api']} (documentation: {at['docs']})")
                found = await task(instance, console)
                if as_json:
                    print(json.dumps(found), flush=True)  # noqa: T201 - the command's answer
                if keep:
                    console.print(f"still running at {at['api']}; Ctrl-C ends it")
                    await _until_interrupted(instance.process)
                return 0 if succeeded(found) else 1
        except asyncio.CancelledError:
            console.print("smot: interrupted")
            return _INTERRUPTED
        except InstanceNotStarted as problem:
            console.print(f"smot: {problem}")
            return 2
        except (ApiProblem, ApiUnreachable, expected_error) as problem:
            console.print(f"smot: {problem}")
            return 1


@asynccontextmanager
async def _started(folder: Path, log: Path) -> AsyncIterator[Instance]:
    """A running instance, ended at the end; what it logs goes to `log` and not between our lines. Raises InstanceNotStarted."""
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "up", "--data", str(folder), "--port", "0", "--json",
            stdout=asyncio.subprocess.PIPE, stderr=said, start_new_session=True, env=clean_environment(os.environ),
        )  # fmt: skip
    assert process.stdout is not None
    try:
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            line = ""
        if not line.startswith("ready "):
            raise InstanceNotStarted(f"it did not start: {_log_tail(log)}")
        at: dict[str, str] = json.loads(line.removeprefix("ready "))
        admin_key = await asyncio.to_thread(Path(at["admin_key_file"]).read_text)
        yield Instance(process, folder, at, admin_key.strip())
    finally:
        await _stop(process)


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a fresh instance: a shell that serves a real deployment must not lend it its settings."""
    ours = ("SMOT_", "TEMPORAL_")
    return {name: value for name, value in env.items() if not name.startswith(ours) or name in _INHERITED}


def _log_tail(log: Path) -> str:
    """What it said for people at the end, past the lines that are for machines."""
    lines = log.read_text(errors="replace").splitlines()
    plain = [line.removeprefix("smot: ") for line in lines if not line.startswith("{")]
    return "\n".join(plain[-3:] or lines[-3:]) or "it said nothing"


def _cancel_on_sigterm() -> None:
    """Being asked to end is taken like Ctrl-C: the instance is a process of its own and would be left running."""
    playing = asyncio.current_task()
    assert playing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)


async def _until_interrupted(process: asyncio.subprocess.Process) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ended = {asyncio.create_task(stop.wait()), asyncio.create_task(process.wait())}
    _, still = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    for task in still:
        task.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the instance the polite way, and wait for it."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(30):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
