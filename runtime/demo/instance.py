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

from runtime.demo.client import Refusal, Unreachable

_SMOT = (sys.executable, "-m", "runtime.cli")
# All that an instance of its own takes from who calls it: never their database, their provider or their mail server.
_ITS_OWN = ("SMOT_LOG", "SMOT_TEMPORAL_BINARY")
_START = 90.0  # seconds; a first start also unpacks the Temporal server from a cold disk

_INTERRUPTED = 130  # the exit code that shells have for it
_WIDE = 170  # columns in a log, where no terminal limits them


class NoStage(RuntimeError):
    """The instance did not come up."""


@dataclass(frozen=True)
class Instance:
    """A running deployment of ours: where it answers, and who may do everything there."""

    process: asyncio.subprocess.Process
    folder: Path
    at: Mapping[str, str]
    admin_key: str

    async def verified(self) -> Mapping[str, Any]:
        """What `smot verify` says of it, now that nothing is going on."""
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "verify", "--data", str(self.folder), "--quiesced", "--json",
            stdout=asyncio.subprocess.PIPE, env=surroundings(os.environ),
        )  # fmt: skip
        out, _ = await process.communicate()
        report: Mapping[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
        return report


Performance = Callable[[Instance, Console], Awaitable[dict[str, Any]]]


async def staged(
    performance: Performance,
    went_well: Callable[[dict[str, Any]], bool],
    *,
    data: Path | None,
    keep: bool = False,
    as_json: bool = False,
    unplayable: type[Exception] = Refusal,
) -> int:
    """Perform on an instance in `data` or a fresh folder; 0 by the exit code means that all went well, 130 interrupted.

    What the performance returns is printed as one JSON object where that is asked for. `unplayable`: what it may raise,
    besides answers nobody expected, that is one sentence for people.
    """
    _end_politely()
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    with tempfile.TemporaryDirectory(prefix="smot-stage-") as fresh:
        folder = data or Path(fresh)
        console.print(f"starting smot in {folder} …")
        try:
            async with _raised(folder, Path(fresh) / "up.log") as instance:
                at = instance.at
                console.print(f"ready at {at['api']} (documentation: {at['docs']})")
                found = await performance(instance, console)
                if as_json:
                    print(json.dumps(found), flush=True)  # noqa: T201 - the command's answer
                if keep:
                    console.print(f"still running at {at['api']}; Ctrl-C ends it")
                    await _until_interrupted(instance.process)
                return 0 if went_well(found) else 1
        except asyncio.CancelledError:
            console.print("smot: interrupted")
            return _INTERRUPTED
        except NoStage as problem:
            console.print(f"smot: {problem}")
            return 2
        except (Refusal, Unreachable, unplayable) as problem:
            console.print(f"smot: {problem}")
            return 1


@asynccontextmanager
async def _raised(folder: Path, log: Path) -> AsyncIterator[Instance]:
    """A running instance, ended at the end; what it logs goes to `log` and not between our lines. Raises NoStage."""
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *_SMOT, "up", "--data", str(folder), "--port", "0", "--json",
            stdout=asyncio.subprocess.PIPE, stderr=said, start_new_session=True, env=surroundings(os.environ),
        )  # fmt: skip
    assert process.stdout is not None
    try:
        try:
            async with asyncio.timeout(_START):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            line = ""
        if not line.startswith("ready "):
            raise NoStage(f"it did not start: {_last_words(log)}")
        at: dict[str, str] = json.loads(line.removeprefix("ready "))
        admin_key = await asyncio.to_thread(Path(at["admin_key_file"]).read_text)
        yield Instance(process, folder, at, admin_key.strip())
    finally:
        await _strike(process)


def surroundings(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a fresh instance: a shell that serves a real deployment must not lend it its settings."""
    ours = ("SMOT_", "TEMPORAL_")
    return {name: value for name, value in env.items() if not name.startswith(ours) or name in _ITS_OWN}


def _last_words(log: Path) -> str:
    """What it said for people at the end, past the lines that are for machines."""
    lines = log.read_text(errors="replace").splitlines()
    plain = [line.removeprefix("smot: ") for line in lines if not line.startswith("{")]
    return "\n".join(plain[-3:] or lines[-3:]) or "it said nothing"


def _end_politely() -> None:
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


async def _strike(process: asyncio.subprocess.Process) -> None:
    """End the instance the polite way, and wait for it."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(30):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
