"""How a process of ours lives: until it is asked to end, or until a part of it falls."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

DRAIN_TIMEOUT = 20.0  # seconds for what a part has in hand when it is asked to end


class TaskFailed(RuntimeError):
    """A part of the process ended by itself; half a service is worse than none."""


def shutdown_event() -> asyncio.Event:
    """Set by SIGTERM and SIGINT from now on."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def freeze_gc() -> None:
    """What is there by now stays for as long as we live: the garbage collector, which stops everybody, passes it over.

    Without it every few seconds nothing happened for 150 ms.
    """
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def supervise(
    stop: asyncio.Event, *coroutines: Coroutine[Any, Any, Any], drain: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Run the parts beside the body. One that falls sets `stop`, and TaskFailed is raised in the end.

    After the body they are cancelled; those that can finish what they have in hand are asked to by `drain` before.
    """
    tasks = [asyncio.create_task(part) for part in coroutines]
    for task in tasks:
        task.add_done_callback(lambda ended: _on_task_end(ended, stop))
    fallen: list[asyncio.Task[Any]] = []
    try:
        yield
    finally:
        fallen += [task for task in tasks if task.done()]
        if drain is not None:
            drain()
            _, late = await asyncio.wait(tasks, timeout=DRAIN_TIMEOUT)
            if late:
                log.warning("not finished within %g s; leases give back what was in hand", DRAIN_TIMEOUT)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if fallen:
        raise TaskFailed("a part of the service ended; the log says which and why")


def _on_task_end(task: asyncio.Task[Any], stop: asyncio.Event) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a part of the service ended", exc_info=task.exception())
        stop.set()
