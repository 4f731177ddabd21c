"""Remembers whose journeys this process has started, until that is written for many orders at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.isolation import isolated_round
from store.orders.schedule import OrderSchedule

INTERVAL = 2.0  # seconds; below the age at which housekeeping takes an order for one that has no journey
_MOST_AT_ONCE = 500


class StartedOrders:
    """The orders of one process. What a crash makes it forget, housekeeping starts again, which changes nothing."""

    def __init__(self, schedule: OrderSchedule) -> None:
        self._schedule = schedule
        self._orders: set[str] = set()

    def remember(self, order: str) -> None:
        """The journey of that order (our id) runs."""
        self._orders.add(order)

    async def mark(self) -> None:
        """Write it for all that are remembered."""
        while self._orders:
            orders = sorted(self._orders)[:_MOST_AT_ONCE]
            await self._schedule.mark_started(orders)
            self._orders.difference_update(orders)

    @asynccontextmanager
    async def marking(self) -> AsyncIterator[None]:
        """Write it every few seconds beside the body, and at its end."""
        task = asyncio.create_task(self._mark_forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await isolated_round("started orders", self.mark())

    async def _mark_forever(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await isolated_round("started orders", self.mark())
