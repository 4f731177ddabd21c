"""How many commands may be under way for one order at a time in this process.

Temporal allows ten updates in flight per workflow. The limit is lower, so that a caller waits here, in order, instead of
being turned away there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


class OrderBusy(Exception):
    """Too many commands for the same order are under way; the same command may be sent again in a second."""


@dataclass
class _OrderSlots:
    semaphore: asyncio.Semaphore
    users: int = 0  # holding a slot or waiting for one; the entry is dropped with its last user


class PerOrderLimiter:
    """At most `max_concurrent` holders per workflow id; further ones wait `timeout` seconds, in order."""

    def __init__(self, max_concurrent: int = 8, timeout: float = 2.0) -> None:
        self._max_concurrent = max_concurrent
        self._timeout = timeout
        self._slots: dict[str, _OrderSlots] = {}

    def __len__(self) -> int:
        """How many workflow ids have a holder or a waiter."""
        return len(self._slots)

    @asynccontextmanager
    async def slot(self, workflow_id: str) -> AsyncIterator[None]:
        """Hold one slot while a command to this workflow is under way. Raises OrderBusy."""
        slots = self._slots.setdefault(workflow_id, _OrderSlots(asyncio.Semaphore(self._max_concurrent)))
        slots.users += 1
        try:
            await self._acquire(slots)
            try:
                yield
            finally:
                slots.semaphore.release()
        finally:
            slots.users -= 1
            if not slots.users:
                del self._slots[workflow_id]

    async def _acquire(self, slots: _OrderSlots) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await slots.semaphore.acquire()
        except TimeoutError:
            raise OrderBusy from None
