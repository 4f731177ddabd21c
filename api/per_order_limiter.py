"""How many requests may work on one order at a time: Temporal allows ten updates in flight, so we stop before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.problems import Problem


@dataclass
class _OrderSlots:
    semaphore: asyncio.Semaphore
    users: int = 0  # holding or waiting; the lane is dropped with its last user


class PerOrderLimiter:
    """At most `most` holders per workflow id in this process; further ones wait `patience` seconds in order."""

    def __init__(self, max_concurrent: int = 8, timeout: float = 2.0) -> None:
        self._max_concurrent = max_concurrent
        self._timeout = timeout
        self._slots: dict[str, _OrderSlots] = {}

    def __len__(self) -> int:
        """Workflow ids with someone holding or waiting."""
        return len(self._slots)

    @asynccontextmanager
    async def slot(self, workflow_id: str) -> AsyncIterator[None]:
        """Hold one place while talking to this workflow. Raises Problem too_many_requests with Retry-After."""
        lane = self._slots.setdefault(workflow_id, _OrderSlots(asyncio.Semaphore(self._max_concurrent)))
        lane.users += 1
        try:
            await self._acquire(lane)
            try:
                yield
            finally:
                lane.semaphore.release()
        finally:
            lane.users -= 1
            if not lane.users:
                del self._slots[workflow_id]

    async def _acquire(self, slots: _OrderSlots) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await slots.semaphore.acquire()
        except TimeoutError:
            detail = "Too many requests are working on this order; repeat the same request shortly."
            raise Problem("too_many_requests", detail, retry_after=1) from None
