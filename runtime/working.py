"""`smot worker`: Temporal workers and one dispatcher, each a process that is started again when it falls."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from runtime.children import Child, keep_running
from runtime.cluster import require_shared
from runtime.connecting import connected
from runtime.living import beside, told_to_stop
from runtime.refusal import CannotRun
from runtime.schema import require_current
from runtime.sdk_telemetry import nth_port
from runtime.settings import Settings
from runtime.workers import dispatcher_child, worker_child

log = logging.getLogger(__name__)


class Working(BaseModel):
    """What runs: process ids by name, as of the start."""

    processes: dict[str, int]

    def line(self) -> str:
        """One line for machines to wait for."""
        return f"ready {self.model_dump_json()}"


async def work(settings: Settings, processes: int, told: Callable[[Working], None]) -> None:
    """Run until SIGINT or SIGTERM, then drain: nothing new is taken, what runs is finished. Raises CannotRun, PartFell."""
    stop = told_to_stop()
    require_shared(settings)
    if settings.psp is None:
        raise CannotRun("SMOT_PSP is not set: workers need the address of the payment provider")
    await require_current(settings)
    await connected(settings)  # said here once instead of by every child
    with tempfile.TemporaryDirectory(prefix="smot-") as folder:
        children = _children(settings, processes, Path(folder))
        try:
            await _start(children)
            async with beside(stop, *(keep_running(child) for child in children)):
                told(Working(processes={child.name: child.pid for child in children if child.pid}))
                await stop.wait()
                log.info("draining")
        finally:
            await asyncio.gather(*(child.stop() for child in children))


def _children(settings: Settings, processes: int, ready: Path) -> list[Child]:
    """Each shows its metrics at a port of its own: the workers in their order, then the dispatcher."""

    def own(n: int) -> Settings:
        return settings.model_copy(update={"worker_metrics": nth_port(settings.worker_metrics, n)})

    workers = [
        worker_child(own(number - 1), f"worker-{number}", ready / f"worker-{number}")
        for number in range(1, processes + 1)
    ]
    return [*workers, dispatcher_child(own(processes), "dispatcher", ready / "dispatcher")]


async def _start(children: list[Child]) -> None:
    """All at once. Raises ChildFailed."""
    starting = [asyncio.create_task(child.start()) for child in children]
    try:
        await asyncio.gather(*starting)
    except BaseException:
        for one in starting:
            one.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        raise
