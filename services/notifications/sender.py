"""Notices leave for the customers: claimed from the outbox, many customers at a time, each customer's notices in order."""

import asyncio
from collections.abc import Sequence

from services.isolation import isolated
from services.notifications.delivery import CustomerBatch, NoticeDelivery
from store.notifications.outbox import Outbox
from store.tables.all import OutboxRow

_MAX_CONCURRENT = 32  # customers who are served at the same time
_MAX_PER_MERCHANT = 2  # of them of one merchant: its slow channel leaves room for the others'


class NotificationSender:
    """Sends the outbox's notices, each merchant's on their own.

    Notices are leased, and decided again right before they leave, under one id over all attempts.
    """

    def __init__(self, outbox: Outbox, delivery: NoticeDelivery) -> None:
        self.outbox, self._delivery = outbox, delivery
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)
        self._in_flight: dict[asyncio.Task[None], str] = {}  # and the merchant of each

    async def send(self) -> int:
        """Start sending the due notices of all merchants without notices in flight; how many notices.

        Raises the failures of sendings that ended since: the store does not answer, or there is a defect.
        """
        self._collect_finished()
        rows = await self.outbox.claim(limit=50, excluded_merchants={*self._in_flight.values()})
        by_merchant: dict[str, list[OutboxRow]] = {}
        for row in rows:
            by_merchant.setdefault(row.merchant, []).append(row)
        for merchant, its_rows in by_merchant.items():
            self._in_flight[asyncio.create_task(self._send_for_merchant(its_rows))] = merchant
        return len(rows)

    async def drain(self) -> None:
        """Until nothing is in flight. Raises as `send` does."""
        while self._in_flight:
            await asyncio.wait(self._in_flight)
            self._collect_finished()

    async def cancel(self) -> None:
        """Stop what is in flight. Its notices are claimed again when their leases have ended."""
        for task in self._in_flight:
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    def _collect_finished(self) -> None:
        finished = [task for task in self._in_flight if task.done()]
        for task in finished:
            del self._in_flight[task]
        for task in finished:
            task.result()

    async def _send_for_merchant(self, rows: Sequence[OutboxRow]) -> None:
        slots = asyncio.Semaphore(_MAX_PER_MERCHANT)
        sendings = (self._send_for_customer(batch, slots) for batch in _by_customer(rows))
        for result in await asyncio.gather(*sendings, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _send_for_customer(self, batch: CustomerBatch, slots: asyncio.Semaphore) -> None:
        """One customer's notices, one after the other. A notice that waited beyond its lease is claimed again later."""
        async with slots, self._slots:
            while batch.rows:
                row = batch.next()
                if not self.outbox.holds_lease(row):
                    continue
                defect = await isolated(f"notice {row.id}", self._delivery.deliver(row, batch))
                if defect is not None:
                    await self.outbox.dead_letter(row, defect)


def _by_customer(rows: Sequence[OutboxRow]) -> list[CustomerBatch]:
    """One batch a customer, in the order in which their notices were enqueued."""
    batches: dict[tuple[str, str], CustomerBatch] = {}
    for row in rows:
        batches.setdefault((row.merchant, row.customer), CustomerBatch([])).rows.append(row)
    return [*batches.values()]
