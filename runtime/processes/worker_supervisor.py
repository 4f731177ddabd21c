"""`smot worker`: Temporal workers and one dispatcher, each a process that is started again when it falls."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from runtime.config.cluster import require_cluster_settings
from runtime.config.schema import require_current
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect_and_wait
from runtime.errors import StartupError
from runtime.processes.lifecycle import shutdown_event, supervise
from runtime.processes.supervised import ManagedProcess, keep_running
from runtime.processes.worker_processes import dispatcher_process, worker_process
from runtime.telemetry.temporal_metrics import nth_port

log = logging.getLogger(__name__)


class WorkerPids(BaseModel):
    """What runs: process ids by name, as of the start."""

    processes: dict[str, int]

    def ready_line(self) -> str:
        """One line for machines to wait for."""
        return f"ready {self.model_dump_json()}"


async def run_workers(settings: Settings, processes: int, on_ready: Callable[[WorkerPids], None]) -> None:
    """Run until SIGINT or SIGTERM, then drain: nothing new is taken, what runs is finished. Raises StartupError, TaskFailed."""
    stop = shutdown_event()
    require_cluster_settings(settings)
    if settings.psp is None:
        raise StartupError("SMOT_PSP is not set: workers need the address of the payment provider")
    await require_current(settings)
    await connect_and_wait(settings)  # said here once instead of by every child
    with tempfile.TemporaryDirectory(prefix="smot-") as folder:
        children = _processes(settings, processes, Path(folder))
        try:
            await _start(children)
            async with supervise(stop, *(keep_running(child) for child in children)):
                on_ready(WorkerPids(processes={child.name: child.pid for child in children if child.pid}))
                await stop.wait()
                log.info("draining")
        finally:
            await asyncio.gather(*(child.stop() for child in children))


def _processes(settings: Settings, processes: int, ready: Path) -> list[ManagedProcess]:
    """Each shows its metrics at a port of its own: the workers in their order, then the dispatcher."""

    def own(n: int) -> Settings:
        return settings.model_copy(update={"worker_metrics": nth_port(settings.worker_metrics, n)})

    workers = [
        worker_process(own(number - 1), f"worker-{number}", ready / f"worker-{number}")
        for number in range(1, processes + 1)
    ]
    return [*workers, dispatcher_process(own(processes), "dispatcher", ready / "dispatcher")]


async def _start(children: list[ManagedProcess]) -> None:
    """All at once. Raises ProcessStartFailed."""
    starting = [asyncio.create_task(child.start()) for child in children]
    try:
        await asyncio.gather(*starting)
    except BaseException:
        for one in starting:
            one.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        raise
