"""Webhook endpoints: where a merchant's own systems receive events, and what became of each delivery."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain import keys
from domain.actors import Actor
from domain.webhooks.events import ping
from ports.webhooks import WebhookMessage, WebhookTransport
from services.paging import Page, PageRequest
from services.webhooks.endpoint_views import (
    PingResult,
    WebhookDeliveryView,
    WebhookEndpointView,
    delivery_view,
    endpoint_view,
)
from store.audit import AuditLine, AuditLog
from store.engine.columns import real_now
from store.merchants.clock import Clocks
from store.tables.all import WebhookEndpointRow
from store.webhooks.backlogs import Backlog, WebhookBacklogs
from store.webhooks.deliveries import Status
from store.webhooks.delivery_log import DeliveryFilter, DeliveryLog
from store.webhooks.endpoints import WebhookEndpoints
from store.webhooks.replays import ReplayFilter, ReplayResult, WebhookReplays

__all__ = [
    "DeliveryFilter",
    "EndpointChanges",
    "ReplayFilter",
    "ReplayResult",
    "Status",
    "WebhookEndpointService",
]


@dataclass(frozen=True)
class EndpointChanges:
    """What changes; None stays as it is. `active`: all that waits is due at once, with all its tries."""

    url: str | None = None
    events: Sequence[str] | None = None
    status: Literal["active", "paused"] | None = None


@dataclass(frozen=True)
class WebhookEndpointService:
    """The use cases. An endpoint of another merchant is never found. Every change is audited forever."""

    endpoints: WebhookEndpoints
    log: DeliveryLog
    backlogs: WebhookBacklogs
    replays: WebhookReplays
    transport: WebhookTransport
    audit: AuditLog
    clocks: Clocks

    async def close(self) -> None:
        """Release connections; they are opened again when needed."""
        await self.transport.close()

    async def rejection_reason(self, url: str) -> str | None:
        """Why events are not sent to that URL, in one word; None when they are. Nothing is sent."""
        return await self.transport.rejection_reason(url)

    async def create(
        self, merchant: str, actor: Actor, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpointView, str] | None:
        """A new endpoint and its secret, shown once; None when the merchant has as many as it may."""
        created = await self.endpoints.create(merchant, url, events)
        if created is None:
            return None
        row, secret = created
        await self._audit(merchant, actor, row.id, "webhook_endpoint_created")
        return endpoint_view(row, url, Backlog()), secret

    async def all(self, merchant: str) -> list[WebhookEndpointView]:
        """The oldest first."""
        rows = await self.endpoints.all(merchant)
        backlogs = await self.backlogs.by_endpoint([row.id for row in rows])
        url_of = self.endpoints.url_of
        return [endpoint_view(row, url_of(row), backlogs.get(row.id, Backlog())) for row in rows]

    async def exists(self, merchant: str, endpoint: str) -> bool:
        return await self.endpoints.find(merchant, endpoint) is not None

    async def find(self, merchant: str, endpoint: str) -> WebhookEndpointView | None:
        row = await self.endpoints.find(merchant, endpoint)
        return await self._view(row) if row else None

    async def change(
        self, merchant: str, actor: Actor, endpoint: str, changes: EndpointChanges
    ) -> WebhookEndpointView | None:
        row = await self.endpoints.change(
            merchant, endpoint, url=changes.url, events=changes.events, status=changes.status
        )
        if row is None:
            return None
        details: dict[str, str | int] = {"status": changes.status} if changes.status else {}
        await self._audit(merchant, actor, row.id, "webhook_endpoint_updated", **details)
        return await self._view(row)

    async def delete(self, merchant: str, actor: Actor, endpoint: str) -> bool:
        """Delete it with all its deliveries; false when there is none."""
        deleted = await self.endpoints.delete(merchant, endpoint)
        if deleted:
            await self._audit(merchant, actor, endpoint, "webhook_endpoint_deleted")
        return deleted

    async def rotate_secret(
        self, merchant: str, actor: Actor, endpoint: str, overlap: timedelta
    ) -> tuple[str, datetime] | None:
        """A new secret, shown once, and until when the one before signs beside it; None without such an endpoint."""
        secret = await self.endpoints.rotate(merchant, endpoint, overlap)
        if secret is None:
            return None
        await self._audit(merchant, actor, endpoint, "webhook_secret_rotated")
        return secret, real_now() + overlap

    async def deliveries(
        self, merchant: str, endpoint: str, wanted: DeliveryFilter, page: PageRequest
    ) -> Page[WebhookDeliveryView] | None:
        """The newest events first; None without such an endpoint. Raises BadCursor."""
        if not await self.exists(merchant, endpoint):
            return None
        found = await self.log.page(endpoint, wanted, limit=page.limit, cursor=page.cursor)
        return Page([delivery_view(one) for one in found.items], found.next)

    async def replay(
        self, merchant: str, actor: Actor, endpoint: str, wanted: ReplayFilter
    ) -> ReplayResult | None:
        """Queue events again under their old ids; None without such an endpoint."""
        row = await self.endpoints.find(merchant, endpoint)
        if row is None:
            return None
        result = await self.replays.replay(row, wanted)
        await self._audit(merchant, actor, row.id, "webhooks_replayed", queued=result.queued)
        return result

    async def ping(self, merchant: str, endpoint: str) -> PingResult | None:
        """Send one signed `ping` now, also to a paused endpoint; None without such an endpoint. It is not tried again."""
        row = await self.endpoints.find(merchant, endpoint)
        target = await self.endpoints.target(row.id) if row else None
        if row is None or target is None:
            return None
        event = keys.ping_event(secrets.token_hex(20))
        message = WebhookMessage(target.url, event, ping(row.id, real_now()), target.secrets)
        response = await self.transport.send(message)
        return PingResult(
            event=event, accepted=response.accepted, status=response.status, reason=response.reason
        )

    async def _view(self, row: WebhookEndpointRow) -> WebhookEndpointView:
        backlogs = await self.backlogs.by_endpoint([row.id])
        return endpoint_view(row, self.endpoints.url_of(row), backlogs.get(row.id, Backlog()))

    async def _audit(
        self, merchant: str, actor: Actor, endpoint: str, action: str, **details: str | int
    ) -> None:
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, action, at, subject=endpoint, details=details))
