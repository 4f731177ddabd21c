"""The demo's stage: a fresh `smot up` as a process of its own, the play on it over HTTP, and `smot verify` at the end."""

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from runtime.demo import run
from runtime.demo.client import Refusal, Unreachable
from runtime.demo.samples import BadSamples

_SMOT = (sys.executable, "-m", "runtime.cli")
_START = 90.0  # seconds; a first start also unpacks the Temporal server from a cold disk


class NoStage(RuntimeError):
    """The instance did not come up."""


async def perform(
    *, orders: int, seed: int, data: Path | None, samples: Path | None, keep: bool, as_json: bool
) -> int:
    """Play, tell, and say by the exit code whether everything held."""
    console = Console(stderr=as_json)
    with tempfile.TemporaryDirectory(prefix="smot-demo-") as fresh:
        folder = data or Path(fresh)
        console.print(f"starting smot in {folder} …")
        try:
            process, at = await _raise(folder)
        except NoStage as problem:
            console.print(f"smot: {problem}")
            return 2
        try:
            console.print(f"ready at {at['api']} (documentation: {at['docs']})")
            found = await _play(at, folder, console, orders, seed, samples)
            if as_json:
                print(json.dumps(found), flush=True)  # noqa: T201 - the command's answer
            if keep:
                console.print(f"still running at {at['api']}; Ctrl-C ends it")
                await _until_interrupted(process)
            return 0 if run.went_well(found) else 1
        except (Refusal, Unreachable, BadSamples) as problem:
            console.print(f"smot: {problem}")
            return 1
        finally:
            await _strike(process)


async def _raise(folder: Path) -> tuple[asyncio.subprocess.Process, dict[str, str]]:
    """A running instance and its addresses."""
    process = await asyncio.create_subprocess_exec(
        *_SMOT, "up", "--data", str(folder), "--port", "0", "--json",
        stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START):
            line = (await process.stdout.readline()).decode()
    except TimeoutError:
        line = ""
    if not line.startswith("ready "):
        await _strike(process)
        raise NoStage("it did not start; what it said is above")
    at: dict[str, str] = json.loads(line.removeprefix("ready "))
    return process, at


async def _play(
    at: Mapping[str, str], folder: Path, console: Console, orders: int, seed: int, samples: Path | None
) -> dict[str, Any]:
    async def verified() -> Mapping[str, Any]:
        return await _verify(folder)

    admin_key = await asyncio.to_thread(Path(at["admin_key_file"]).read_text)
    found = await run.run(
        at["api"], at["psp"], admin_key.strip(),
        orders=orders, seed=seed, data=samples, console=console, verify=verified,
    )  # fmt: skip
    run.tell(found, console)
    return found


async def _verify(folder: Path) -> Mapping[str, Any]:
    """What `smot verify` says of the instance, now that nothing is going on."""
    process = await asyncio.create_subprocess_exec(
        *_SMOT, "verify", "--data", str(folder), "--quiesced", "--json", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    report: Mapping[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
    return report


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
