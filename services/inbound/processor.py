"""The inbox processor: leases deliveries, has each applied by the handler of its source, and records the outcome."""

import asyncio
from collections.abc import Mapping
from math import inf
from time import monotonic
from typing import assert_never

from failpoints.points import hit
from ports.inbound_webhooks import InvalidPayload
from services.in_flight import InFlight
from services.inbound.outcomes import (
    AppliedLater,
    DeliveryDead,
    DeliveryDone,
    DeliveryIgnored,
    DeliveryPartly,
    InboundHandler,
    Outcome,
    ParkedForOrder,
    ParkedForParcels,
    ParkedForPayments,
    ParkedWhilePaused,
)
from services.isolation import isolated, isolated_round
from services.journeys import JourneyUnavailable
from store.inbox.inbox import Inbox
from store.tables.all import InboxRow

_AT_ONCE = 8  # deliveries of one merchant that are applied at the same time, in any order
_BATCH = 50  # claimed together
# While this process accepts more. A full batch is of a merchant in a rush: its senders are answered first, and its deliveries are
# applied one at a time.
_BUSY_BATCH = 20
_STALL_SECONDS = (
    3.0  # after a longer batch several are applied at once again, so that one without answer delays no other
)
MAX_MERCHANTS = 16  # whose batches are under way at the same time
POLL_INTERVAL = 0.02  # seconds between two polls of the inbox while deliveries arrive


class InboxProcessor:
    """Works off the inbox: of each merchant one batch at a time, those of several merchants beside each other.

    So a merchant whose deliveries are many, or whose journeys do not answer, delays only its own. Applying a delivery twice has
    the effect of once, and any order will do.

    handlers: by source.
    arrived: set when this process has put something into the inbox.
    """

    def __init__(self, inbox: Inbox, handlers: Mapping[str, InboundHandler], arrived: asyncio.Event) -> None:
        self.inbox, self.handlers = inbox, handlers
        self.in_flight: InFlight[str] = InFlight()
        self._arrived, self._stalled = arrived, set[str]()
        self._polled_at, self._last = -inf, ""

    async def process(self) -> int:
        """Begin with the deliveries of merchants that have some due and no batch under way; how many there are.

        They are in flight when this returns.
        """
        busy, begun = self._arrived.is_set(), 0
        self._arrived.clear()  # before the poll: a delivery that arrives from here on is found, or sets it again
        self._polled_at = monotonic()
        for merchant in self._in_turn(await self.inbox.due_merchants()):
            if len(self.in_flight) == MAX_MERCHANTS:
                break
            if rows := await self.inbox.claim(merchant, _BUSY_BATCH if busy else _BATCH):
                rush = busy and len(rows) == _BUSY_BATCH and merchant not in self._stalled
                batch = self._process_batch(merchant, rows, 1 if rush else _AT_ONCE)
                self.in_flight.start(merchant, isolated_round("a batch of deliveries", batch))
                self._last, begun = merchant, begun + len(rows)
        return begun

    async def until_arrival(self) -> None:
        """Until something has arrived, and the last poll is some time ago: in a rush not each delivery causes a poll."""
        await self._arrived.wait()
        self._arrived.clear()
        await asyncio.sleep(self._polled_at + POLL_INTERVAL - monotonic())

    def _in_turn(self, merchants: list[str]) -> list[str]:
        """Without those that have a batch under way; the next one after the last that was begun comes first."""
        free = [merchant for merchant in merchants if merchant not in self.in_flight.targets]
        return sorted(free, key=lambda merchant: merchant <= self._last)

    async def _process_batch(self, merchant: str, rows: list[InboxRow], at_once: int) -> None:
        began, slots = monotonic(), asyncio.Semaphore(at_once)
        results = await asyncio.gather(
            *(self._process_row(row, slots) for row in rows), return_exceptions=True
        )
        self._stalled.discard(merchant)
        if monotonic() - began > _STALL_SECONDS:
            self._stalled.add(merchant)
        for problem in results:
            if isinstance(problem, BaseException):
                raise problem  # the store or Temporal is away, for all alike

    async def _process_row(self, row: InboxRow, slots: asyncio.Semaphore) -> None:
        async with slots:
            assert row.id is not None
            if not self.inbox.holds_lease(row):
                return  # the rows before took too long; the row is claimed again, by this dispatcher or another
            defect = await isolated(f"delivery {row.id}", self._apply(row, row.id))
            if defect is not None:
                await self.inbox.dead_letter(row.id, defect)

    async def _apply(self, row: InboxRow, row_id: int) -> None:
        hit("inbox.claimed")
        try:
            outcome = await self.handlers[row.source].apply(self.inbox.delivery_of(row))
        except InvalidPayload as problem:
            await self.inbox.dead_letter(row_id, str(problem))
        except JourneyUnavailable:
            await self.inbox.retry_later(row_id, "temporal does not answer")
        else:
            await self._record(row_id, outcome)

    async def _record(self, row_id: int, outcome: Outcome) -> None:
        match outcome:
            case DeliveryDone():
                await self.inbox.mark_done(row_id, outcome.reason)
            case DeliveryPartly():
                await self.inbox.mark_partly(row_id, outcome.reason)
            case DeliveryIgnored():
                await self.inbox.mark_ignored(row_id, outcome.reason, keep_body=outcome.followed)
            case DeliveryDead():
                await self.inbox.dead_letter(row_id, outcome.reason)
            case ParkedForParcels():
                await self.inbox.park(row_id, outcome.parcels, outcome.unread)
            case ParkedForOrder():
                await self.inbox.park_for_order(row_id, outcome.order_id)
            case ParkedForPayments():
                await self.inbox.park_for_payments(row_id, outcome.payments)
            case AppliedLater():
                await self.inbox.retry_later(row_id, outcome.reason)
            case ParkedWhilePaused():
                await self.inbox.park_while_paused(row_id)
            case _:
                assert_never(outcome)
