"""The life of one of our processes: it runs until it gets a signal, or until one of its tasks fails."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from runtime.processes.grace_periods import DRAIN

log = logging.getLogger(__name__)
A = TypeVar("A")
B = TypeVar("B")


class TaskFailed(RuntimeError):
    """A task of the process ended by itself, so the process stops instead of running half a service."""


class StoppedWhileStarting(RuntimeError):
    """The process got a signal before it was ready, and has stopped what it had started."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("stopped before it was ready")
        self.exit_code = exit_code


class ShutdownEvent(asyncio.Event):
    """Is set when the process is to stop. `signal`: the number of the signal that set it, 0 for a failed part."""

    signal = 0

    def set_by(self, number: int) -> None:
        """Set it, as the handler of that signal."""
        self.signal = number
        self.set()


def shutdown_event() -> ShutdownEvent:
    """An event that SIGTERM and SIGINT set from now on."""
    stop = ShutdownEvent()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set_by, number)
    return stop


@contextlib.asynccontextmanager
async def cancelled_by(stop: ShutdownEvent) -> AsyncIterator[None]:
    """Hold this while the process starts: a signal cancels the start. Raises StoppedWhileStarting for it."""
    starting = asyncio.current_task()
    assert starting is not None

    async def cancel() -> None:
        await stop.wait()
        starting.cancel()

    watching = asyncio.create_task(cancel())
    try:
        yield
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        raise StoppedWhileStarting(128 + stop.signal) from None
    finally:
        watching.cancel()


async def together(one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Run both at the same time. When one fails, the other is cancelled and has ended before the error is raised."""
    first, second = asyncio.create_task(one), asyncio.create_task(other)
    try:
        return await asyncio.gather(first, second)
    except BaseException:
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        raise


def freeze_gc() -> None:
    """Exclude all objects that exist now from garbage collection, as they live as long as the process; collect from now on.

    Without it, a collection stopped the process for 150 ms every few seconds.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


@contextlib.asynccontextmanager
async def supervise(
    stop: asyncio.Event, *coroutines: Coroutine[Any, Any, Any], drain: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Run tasks beside the body. A task that fails sets `stop`; then TaskFailed is raised at the end.

    After the body the tasks are cancelled. With `drain` they are asked to finish first, for at most DRAIN seconds.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for task in tasks:
        task.add_done_callback(lambda ended: _on_task_end(ended, stop))
    failed: list[asyncio.Task[Any]] = []
    try:
        yield
    finally:
        failed += [task for task in tasks if task.done()]
        if drain is not None:
            drain()
            _, late = await asyncio.wait(tasks, timeout=DRAIN)
            if late:
                log.warning("tasks not finished within %g s; their leases will expire", DRAIN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failed:
        raise TaskFailed("a task of this process ended; the log names it and the cause")


def _on_task_end(task: asyncio.Task[Any], stop: asyncio.Event) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a task of this process ended", exc_info=task.exception())
        stop.set()
