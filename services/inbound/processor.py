"""The inbox processor: leases deliveries, has each applied by the handler of its source, and records the outcome."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import assert_never

from failpoints.points import hit
from ports.inbound_webhooks import InvalidPayload
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
from services.isolation import isolated
from services.journeys import JourneyUnavailable
from store.inbox.inbox import Inbox
from store.tables.all import InboxRow

# Deliveries applied at the same time, in any order, and deliveries claimed together.
_IDLE_BATCH = 8, 50
# While this process accepts more: senders are answered first, then their deliveries are applied.
_BUSY_BATCH = (1, 20)
_STALL_SECONDS = (
    3.0  # after a longer batch several are applied at once again, so that one without answer delays no other
)


class InboxProcessor:
    """Works off the inbox. Applying a delivery twice has the effect of once, and any order will do.

    handlers: by source.
    arrived: set when this process has put something into the inbox.
    """

    def __init__(self, inbox: Inbox, handlers: Mapping[str, InboundHandler], arrived: asyncio.Event) -> None:
        self.inbox, self.handlers = inbox, handlers
        self.arrived, self._stalled = arrived, False

    async def process_batch(self) -> int:
        """Apply the deliveries that are due; how many there were."""
        at_once, limit = _BUSY_BATCH if self.arrived.is_set() and not self._stalled else _IDLE_BATCH
        self.arrived.clear()  # before the claim: a delivery that arrives from here on is claimed, or sets it again
        began = monotonic()
        rows = await self.inbox.claim(limit=limit)
        slots = asyncio.Semaphore(at_once)
        results = await asyncio.gather(
            *(self._process_row(row, slots) for row in rows), return_exceptions=True
        )
        for problem in results:
            if isinstance(problem, BaseException):
                raise problem  # the store or Temporal is away, for all alike
        self._stalled = monotonic() - began > _STALL_SECONDS
        return len(rows)

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
