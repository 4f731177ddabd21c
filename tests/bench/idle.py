"""A deployment with nothing to do: how soon it is ready, and what each of its processes takes while it waits."""

import asyncio
import time
from pathlib import Path
from typing import Final

import psutil

from tests.bench.environment import kind_of
from tests.bench.figures import Figure
from tests.scenarios.command_line import OWN_INTERPRETER
from tests.scenarios.deployment import Deployment

READY: Final = 2.0  # seconds from the command to its line `ready`, warm
SHARE: Final = 1.0  # percent of a core, all processes together
_SETTLED: Final = 15.0  # seconds until what a start leaves to be done is done
# What names a process in its command.
_NAMES: Final = {
    "up": "runtime.cli.main",
    "launcher": "runtime.processes.launcher",
    "worker": "worker_process",
    "payments": "simulators.payments",
    "carriers": "simulators.carriers",
}


async def measure(
    folder: Path, *, database: str | None = None, seconds: float = 60.0, starts: int = 3
) -> list[Figure]:
    """The first start, which makes the tables, is not measured; of the others the quickest counts."""
    kind = kind_of(database)
    deployment = Deployment(folder, OWN_INTERPRETER, database)
    await deployment.open()
    ready = []
    for _ in range(starts):
        await deployment.close()
        began = time.perf_counter()
        await deployment.open()
        ready.append(time.perf_counter() - began)
    try:
        await asyncio.sleep(_SETTLED)
        processes = _processes(deployment)
        before = {name: _spent(process) for name, process in processes.items()}
        await asyncio.sleep(seconds)
        shares = {
            name: round((_spent(process) - before[name]) / seconds * 100, 2)
            for name, process in processes.items()
        }
        memory = {name: process.memory_full_info().pss // 2**20 for name, process in processes.items()}
    finally:
        await deployment.close()
    return [
        Figure(f"{kind}: start to ready, warm", round(min(ready), 2), "s", READY, at_most=True),
        Figure(
            f"{kind}: share of a core, idle",
            round(sum(shares.values()), 2),
            "%",
            SHARE,
            at_most=True,
            of=shares,
        ),
        Figure(
            f"{kind}: resident memory, idle; what is shared counts once",
            sum(memory.values()),
            "MB",
            of=memory,
        ),
    ]


def _processes(deployment: Deployment) -> dict[str, psutil.Process]:
    """All processes of the deployment by name; PostgreSQL's own are not among them."""
    assert deployment.process is not None
    parent = psutil.Process(deployment.process.pid)
    return {_name(process): process for process in (parent, *parent.children(recursive=True))}


def _name(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    return next((name for name, word in _NAMES.items() if word in words), "temporal")


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
