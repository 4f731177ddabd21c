"""Outgoing webhooks are sent to the merchants' systems: an order's events in line, each endpoint on its own."""

import logging
import random
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from domain.webhooks.retry import retry_delay
from failpoints.points import hit
from ports.webhooks import WebhookMessage, WebhookResponse, WebhookTransport
from services.in_flight import InFlight
from services.isolation import isolated
from store.tables.all import WebhookDeliveryRow
from store.webhooks.deliveries import ClaimedDelivery, DueEndpoint, WebhookDeliveries
from store.webhooks.endpoints import WebhookEndpoints

log = logging.getLogger(__name__)

MAX_PER_ENDPOINT = 8
MAX_IN_FLIGHT = 128
MAX_FAILING = 32  # of all in flight: endpoints that fail or answer slowly never take the slots of the others


class WebhookSender:
    """Sends deliveries, many at a time. `jitter`: a number between 0 and 1 for each wait."""

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        endpoints: WebhookEndpoints,
        transport: WebhookTransport,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.deliveries, self.transport = deliveries, transport
        self._endpoints, self._jitter = endpoints, jitter
        self.in_flight: InFlight[DueEndpoint] = InFlight()

    async def send(self) -> int:
        """Start sending what is due and has a free slot; how many. They are in flight when this returns."""
        started = 0
        for due in sorted(await self.deliveries.due(), key=self._busy):
            slots = self._free_slots(due)
            if slots > 0:
                for claimed in await self.deliveries.claim(due.endpoint, slots):
                    self.in_flight.start(due, self._deliver(claimed))
                    started += 1
        return started

    async def cancel(self) -> None:
        """Stop what is in flight and close."""
        await self.in_flight.cancel()
        await self.transport.close()

    def _busy(self, due: DueEndpoint) -> int:
        return sum(other.endpoint == due.endpoint for other in self.in_flight.targets)

    def _free_slots(self, due: DueEndpoint) -> int:
        """A failing endpoint gets one message at a time, and all failing ones together have a part of the slots."""
        busy = self._busy(due)
        if not due.failures:
            return min(MAX_PER_ENDPOINT - busy, MAX_IN_FLIGHT - len(self.in_flight))
        failing = sum(other.failures > 0 for other in self.in_flight.targets)
        return min(1 - busy, MAX_FAILING - failing, MAX_IN_FLIGHT - len(self.in_flight))

    async def _deliver(self, claimed: ClaimedDelivery) -> None:
        """Send one and write the outcome. If the store fails, the delivery is claimed again when its lease has ended."""
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
        answer = await self.transport.send(message)
        if answer.accepted:
            hit("webhook.delivered")
            await self.deliveries.mark_delivered(row, answer.status or 0)
        elif answer.gone:
            log.warning("webhook endpoint %s of %s is gone: disabled", row.endpoint, row.merchant)
            await self.deliveries.disable_endpoint(row)
        else:
            await self._failed(row, answer)

    async def _failed(self, row: WebhookDeliveryRow, answer: WebhookResponse) -> None:
        wait = retry_delay(row.attempts, answer.retry_after, self._jitter())
        if wait is None:
            log.warning("webhook %s to %s is dead: %s", row.event, row.endpoint, answer.reason)
            await self.deliveries.dead_letter(row, answer.status, answer.reason)
        elif await self.deliveries.retry_later(row, answer.status, answer.reason, wait) == "paused":
            log.warning("webhook endpoint %s of %s is paused: it only fails", row.endpoint, row.merchant)
