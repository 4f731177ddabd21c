"""How many requests may work on one order at a time: Temporal allows ten updates in flight, so we stop before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.problems import Problem


@dataclass
class _Lane:
    places: asyncio.Semaphore
    users: int = 0  # holding or waiting; the lane is dropped with its last user


class PerOrder:
    """At most `most` holders per workflow id in this process; further ones wait `patience` seconds in order."""

    def __init__(self, most: int = 8, patience: float = 2.0) -> None:
        self._most = most
        self._patience = patience
        self._lanes: dict[str, _Lane] = {}

    def __len__(self) -> int:
        """Workflow ids with someone holding or waiting."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, workflow_id: str) -> AsyncIterator[None]:
        """Hold one place while talking to this workflow. Raises Problem too_many_requests with Retry-After."""
        lane = self._lanes.setdefault(workflow_id, _Lane(asyncio.Semaphore(self._most)))
        lane.users += 1
        try:
            await self._enter(lane)
            try:
                yield
            finally:
                lane.places.release()
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[workflow_id]

    async def _enter(self, lane: _Lane) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await lane.places.acquire()
        except TimeoutError:
            detail = "Too many requests are working on this order; repeat the same request shortly."
            raise Problem("too_many_requests", detail, retry_after=1) from None
