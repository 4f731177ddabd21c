"""Outgoing webhooks leave for the merchants' systems: each order's in line, each endpoint on its own."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from domain.webhooks.retry import retry_delay
from failpoints.points import hit
from ports.webhooks import WebhookMessage, WebhookResponse, WebhookTransport
from services.isolation import isolated
from store.tables.all import WebhookDeliveryRow
from store.webhooks.deliveries import ClaimedDelivery, DueEndpoint, WebhookDeliveries
from store.webhooks.endpoints import WebhookEndpoints

log = logging.getLogger(__name__)

MAX_PER_ENDPOINT = 8
MAX_IN_FLIGHT = 128
MAX_FAILING = 32  # of all: endpoints that answer slowly or not at all never take the others' turn


class WebhookSender:
    """Works off deliveries, many at a time. `chance`: a number between 0 and 1 for the jitter of each wait."""

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        endpoints: WebhookEndpoints,
        sender: WebhookTransport,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.deliveries, self.sender = deliveries, sender
        self._endpoints, self._chance = endpoints, jitter
        self._out: dict[asyncio.Task[None], DueEndpoint] = {}

    async def send(self) -> int:
        """Let leave what is due and has a free place; how many left. They are on their way when this returns."""
        left = 0
        for due in sorted(await self.deliveries.due(), key=self._busy):
            places = self._free_slots(due)
            if places > 0:
                for claimed in await self.deliveries.claim(due.endpoint, places):
                    self._start(due, self._deliver(claimed))
                    left += 1
        return left

    async def wait_for_any(self) -> None:
        """Until one of those on their way is done with: its place is free, and its order's next one may be due."""
        if self._out:
            await asyncio.wait(self._out, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.Event().wait()

    async def drain(self) -> None:
        """Until all that are on their way are done with."""
        while self._out:
            await asyncio.wait(self._out)

    async def cancel(self) -> None:
        """Drop what is on its way and close; leases give it back."""
        for task in self._out:
            task.cancel()
        await asyncio.gather(*self._out, return_exceptions=True)
        await self.sender.close()

    def _busy(self, due: DueEndpoint) -> int:
        return sum(other.endpoint == due.endpoint for other in self._out.values())

    def _free_slots(self, due: DueEndpoint) -> int:
        """One that fails is tried with one message at a time, and all of those together have a part of the places."""
        busy = self._busy(due)
        if not due.failures:
            return min(MAX_PER_ENDPOINT - busy, MAX_IN_FLIGHT - len(self._out))
        failing = sum(other.failures > 0 for other in self._out.values())
        return min(1 - busy, MAX_FAILING - failing, MAX_IN_FLIGHT - len(self._out))

    def _start(self, due: DueEndpoint, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._out[task] = due
        task.add_done_callback(self._out.pop)

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        """Send one and write down what came of it. When the store is away its lease gives it back later."""
        try:
            defect = await isolated(f"webhook {claimed.event.event}", self._send_one(claimed))
            if defect is not None:
                await self._failed(claimed.row, WebhookResponse(None, defect))
        except SQLAlchemyError as problem:
            log.warning("the store does not answer: %s", type(problem).__name__)

    async def _send_one(self, claimed: ClaimedDelivery) -> None:
        row, event = claimed.row, claimed.event
        target = await self._endpoints.target(row.endpoint)
        if target is None:
            return  # deleted, and its deliveries with it
        message = WebhookMessage(target.url, event.event, event.body, target.secrets)
        answer = await self.sender.send(message)
        if answer.accepted:
            hit("webhook.delivered")
            await self.deliveries.mark_delivered(row, answer.status or 0)
        elif answer.gone:
            log.warning("webhook endpoint %s of %s is gone: disabled", row.endpoint, row.merchant)
            await self.deliveries.disable_endpoint(row)
        else:
            await self._failed(row, answer)

    async def _failed(self, row: WebhookDeliveryRow, answer: WebhookResponse) -> None:
        wait = retry_delay(row.attempts, answer.retry_after, self._chance())
        if wait is None:
            log.warning("webhook %s to %s is dead: %s", row.event, row.endpoint, answer.reason)
            await self.deliveries.dead_letter(row, answer.status, answer.reason)
        elif await self.deliveries.retry_later(row, answer.status, answer.reason, wait) == "paused":
            log.warning("webhook endpoint %s of %s is paused: it only fails", row.endpoint, row.merchant)
