"""Work that is in flight: many tasks at a time, each with what it is done for."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class InFlight(Generic[T]):
    """The tasks of one sender; a task leaves it when it has ended."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], T] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def targets(self) -> Collection[T]:
        """For what each of them is done."""
        return self._tasks.values()

    def start(self, target: T, work: Coroutine[Any, Any, None]) -> None:
        """Start it beside the others."""
        task = asyncio.create_task(work)
        self._tasks[task] = target
        task.add_done_callback(self._tasks.pop)

    async def wait_for_any(self) -> None:
        """Until one has ended: its slot is free, and what waits behind it may be due. Without any, until cancelled."""
        if self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.Event().wait()

    async def drain(self) -> None:
        """Until all have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Stop all. What they had claimed is claimed again when its leases have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
