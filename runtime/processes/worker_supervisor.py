"""`smot worker`: Temporal workers and one dispatcher, each a process that is restarted when it ends."""

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
from runtime.processes.lifecycle import cancelled_by, freeze_gc, shutdown_event, supervise
from runtime.processes.managed_process import ManagedProcess, keep_running
from runtime.processes.worker_processes import dispatcher_process, worker_process
from runtime.telemetry.temporal_metrics import nth_port

log = logging.getLogger(__name__)


class WorkerPids(BaseModel):
    """The process ids of the workers and of the dispatcher by name, as of the start."""

    processes: dict[str, int]

    def ready_line(self) -> str:
        """One line for programs that wait for the start."""
        return f"ready {self.model_dump_json()}"


async def run_workers(settings: Settings, processes: int, on_ready: Callable[[WorkerPids], None]) -> None:
    """Run until SIGINT or SIGTERM, then drain: nothing new is taken, running work is finished.

    Raises StartupError, StoppedWhileStarting, TaskFailed.
    """
    stop = shutdown_event()
    require_cluster_settings(settings)
    if settings.psp is None:
        raise StartupError("SMOT_PSP is not set: workers need the address of the payment provider")
    async with cancelled_by(stop):
        await require_current(settings)
        await connect_and_wait(
            settings
        )  # checked here once, so that not every child reports the same problem
    with tempfile.TemporaryDirectory(prefix="smot-") as folder:
        children = _processes(settings, processes, Path(folder))
        try:
            async with cancelled_by(stop):
                await _start(children)
            freeze_gc()
            async with supervise(stop, *(keep_running(child) for child in children)):
                on_ready(WorkerPids(processes={child.name: child.pid for child in children if child.pid}))
                await stop.wait()
                log.info("draining")
        finally:
            await asyncio.gather(*(child.stop() for child in children))


def _processes(settings: Settings, processes: int, ready: Path) -> list[ManagedProcess]:
    """Each serves its metrics on a port of its own: the workers in their order, then the dispatcher."""

    def with_port(n: int) -> Settings:
        return settings.model_copy(update={"worker_metrics": nth_port(settings.worker_metrics, n)})

    workers = [
        worker_process(with_port(number - 1), f"worker-{number}", ready / f"worker-{number}")
        for number in range(1, processes + 1)
    ]
    return [*workers, dispatcher_process(with_port(processes), "dispatcher", ready / "dispatcher")]


async def _start(children: list[ManagedProcess]) -> None:
    """Start all at the same time. Raises ProcessStartFailed for the first that fails; the others are cancelled."""
    starting = [asyncio.create_task(child.start()) for child in children]
    try:
        await asyncio.gather(*starting)
    except BaseException:
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        raise
