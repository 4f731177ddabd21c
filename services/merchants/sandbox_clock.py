"""The sandbox clock: a merchant's time, advanced on request from one deadline to the next."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.journey.external_events import ClockAdvanced
from services.journeys import Journeys, JourneyUnavailable
from store.engine.database import Database
from store.merchants.clock import Clocks, NotSandbox
from store.notifications.outbox import Outbox
from store.orders.pending_work import PendingWork, find_pending_work
from store.orders.schedule import OrderSchedule

__all__ = ["AdvancedClock", "NotSandbox", "SandboxClock", "WorkUnfinished"]

STEP_TIMEOUT = 10.0  # seconds per step until everything that is due is done
PAYMENT_TIMEOUT = (
    3.0  # seconds: payments run in real time and may take days, so a step waits only a moment for them
)
_MIN_POLL_INTERVAL, _MAX_POLL_INTERVAL = 0.01, 0.04  # seconds between two reads of what is left, growing
_MAX_SIGNALS = 8  # journeys that are signalled at the same time


class WorkUnfinished(Exception):
    """What is due at `now` was not done in time. The clock stands there; advancing to the same target goes on."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now.isoformat())
        self.now = now


@dataclass(frozen=True)
class AdvancedClock:
    """Where the clock stands now, and how many journeys were woken on the way."""

    now: datetime
    woken: int


@dataclass(frozen=True)
class SandboxClock:
    """The clocks of sandbox merchants."""

    db: Database
    clocks: Clocks
    order_schedule: OrderSchedule
    outbox: Outbox
    journeys: Journeys

    async def now(self, merchant: str) -> datetime:
        """Where the clock stands. Raises NotSandbox where time is real."""
        now = await self.clocks.get(merchant)
        if now is None:
            raise NotSandbox(merchant)
        return now

    async def advance(self, merchant: str, target_of: Callable[[datetime], datetime]) -> AdvancedClock:
        """Advance to a target, stopping at every deadline on the way; returns when all that was due is done.

        `target_of`: from where the clock stands to where it shall stand, never earlier; it may raise, then nothing happens.
        Raises NotSandbox or WorkUnfinished.
        """
        await self.now(merchant)
        async with self.clocks.advancing(merchant):
            now = await self.now(merchant)
            target = target_of(now)
            # An advance that was cut off has set the clock, and may not have woken any journey.
            woken = await self._finish_due_work(merchant, now)
            while now < target:
                now = min([target, *await self._next_due_times(merchant, now)])
                await self.clocks.set(merchant, now)
                woken += await self._finish_due_work(merchant, now)
        return AdvancedClock(now, woken)

    async def _next_due_times(self, merchant: str, now: datetime) -> list[datetime]:
        """When something happens next by itself: a journey's deadline, or a held notice that is decided again."""
        deadline = await self.order_schedule.earliest_deadline(merchant, after=now)
        held = await self.outbox.earliest_held(merchant, after=now)
        return [at for at in (deadline, held) if at is not None]

    async def _finish_due_work(self, merchant: str, now: datetime) -> int:
        """Wake journeys with due work and wait until nothing is due, unread or unsent; how many were woken."""
        loop = asyncio.get_running_loop()
        left = await find_pending_work(self.db, merchant, now)
        woken = await self._wake(merchant, now) if left.due or left.payments_pending else 0
        began, waited, pause = loop.time(), 0.0, _MIN_POLL_INTERVAL
        while _is_unfinished(left, waited):
            if waited > STEP_TIMEOUT:
                raise WorkUnfinished(now)
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, _MAX_POLL_INTERVAL)
            left = await find_pending_work(self.db, merchant, now)
            waited = loop.time() - began
        return woken

    async def _wake(self, merchant: str, now: datetime) -> int:
        """Signal the new time to journeys that have something due, a few at a time."""
        orders = await self.order_schedule.due(merchant, now)
        gate = asyncio.Semaphore(_MAX_SIGNALS)

        async def signal(order: str) -> None:
            async with gate:
                await self.journeys.signal(merchant, order, ClockAdvanced(now=now))

        try:
            await asyncio.gather(*(signal(order) for order in orders))
        except JourneyUnavailable:
            raise WorkUnfinished(now) from None
        return len(orders)


def _is_unfinished(left: PendingWork, waited: float) -> bool:
    paying = left.payments_pending and waited <= PAYMENT_TIMEOUT
    return left.due or left.inbox_pending or left.outbox_pending or paying
