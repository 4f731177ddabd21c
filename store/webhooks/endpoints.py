"""Endpoints of outgoing webhooks: where a merchant wants to be told, of what, and the secrets it can tell us by."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.webhooks.retry import MAX_ENDPOINTS
from store.engine.columns import real_now
from store.engine.database import Database
from store.privacy.encryption import MasterKey
from store.tables.all import MerchantRow, WebhookDeliveryRow, WebhookEndpointRow

_SECRET_BYTES = 32


@dataclass(frozen=True)
class WebhookTarget:
    """Where to send, and what to sign with: the newest secret first, then replaced ones that still sign."""

    merchant: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)


class WebhookEndpoints:
    """The table of endpoints. Everything asked for a merchant answers only of that merchant. `now` is real time."""

    def __init__(self, db: Database, master: bytes, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._master, self._now = db, MasterKey(master), now

    async def create(
        self, merchant: str, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpointRow, str] | None:
        """A new endpoint and its secret, never to be seen again; None when the merchant has as many as it may."""
        name, secret = f"we_{secrets.token_hex(12)}", _new_secret()
        row = WebhookEndpointRow(
            id=name,
            merchant=merchant,
            url=url,
            events=json.dumps([*events]),
            secrets=self._sealed(merchant, name, [(secret, None)]),
            created_at=self._now(),
        )
        mine = select(func.count()).where(col(WebhookEndpointRow.merchant) == merchant)
        async with self._db.write() as session:
            # Two at once are counted one after the other.
            await session.get(MerchantRow, merchant, with_for_update=True)
            if (await session.exec(mine)).one() >= MAX_ENDPOINTS:
                return None
            session.add(row)
        return row, secret

    async def all(self, merchant: str) -> list[WebhookEndpointRow]:
        """The oldest first."""
        mine = select(WebhookEndpointRow).where(WebhookEndpointRow.merchant == merchant)
        async with self._db.read() as session:
            found = await session.exec(
                mine.order_by(col(WebhookEndpointRow.created_at), WebhookEndpointRow.id)
            )
            return [*found.all()]

    async def find(self, merchant: str, endpoint: str) -> WebhookEndpointRow | None:
        async with self._db.read() as session:
            row = await session.get(WebhookEndpointRow, endpoint)
        return row if row is not None and row.merchant == merchant else None

    async def change(
        self, merchant: str, endpoint: str, *, url: str | None = None, events: Sequence[str] | None = None,
        status: str | None = None,
    ) -> WebhookEndpointRow | None:  # fmt: skip
        """Change what is given. Active again it begins anew: all that waits is due now, with all its tries."""
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return None
            row.url = url or row.url
            row.events = json.dumps([*events]) if events is not None else row.events
            if status is not None and status != row.status:
                row.status, row.reason, row.failures, row.failing_since = status, "", 0, None
                if status == "active":
                    fresh = {"not_before": self._now(), "attempts": 0}
                    await session.exec(
                        update(WebhookDeliveryRow).where(_queued_for(endpoint)).values(**fresh)
                    )
        return row

    async def delete(self, merchant: str, endpoint: str) -> bool:
        """Forget it with all its deliveries; false when that merchant has no such."""
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return False
            await session.delete(row)
            await session.flush()  # from here on nobody can add deliveries to it
            await session.exec(delete(WebhookDeliveryRow).where(col(WebhookDeliveryRow.endpoint) == endpoint))
        return True

    async def rotate(self, merchant: str, endpoint: str, overlap: timedelta) -> str | None:
        """A new secret; those before sign beside it for `overlap` at most. None when that merchant has no such endpoint."""
        secret, now = _new_secret(), self._now()
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return None
            old = [(text, min(until or now + overlap, now + overlap)) for text, until in self._opened(row)]
            still = [(text, until) for text, until in old if until > now]
            row.secrets = self._sealed(merchant, endpoint, [(secret, None), *still])
        return secret

    async def target(self, endpoint: str) -> WebhookTarget | None:
        """For the platform's own sending; None for one that was deleted."""
        async with self._db.read() as session:
            row = await session.get(WebhookEndpointRow, endpoint)
        if row is None:
            return None
        now = self._now()
        live = tuple(text for text, until in self._opened(row) if until is None or until > now)
        return WebhookTarget(row.merchant, row.url, live)

    def _sealed(self, merchant: str, endpoint: str, known: Sequence[tuple[str, datetime | None]]) -> bytes:
        text = json.dumps([[secret, until.isoformat() if until else None] for secret, until in known])
        return self._master.wrap(_seal_context(merchant, endpoint), text.encode())

    def _opened(self, row: WebhookEndpointRow) -> list[tuple[str, datetime | None]]:
        known = json.loads(self._master.unwrap(_seal_context(row.merchant, row.id), row.secrets))
        return [(secret, datetime.fromisoformat(until) if until else None) for secret, until in known]


async def _locked_endpoint(session: AsyncSession, merchant: str, endpoint: str) -> WebhookEndpointRow | None:
    """To be changed: nobody else changes it meanwhile."""
    row = await session.get(WebhookEndpointRow, endpoint, with_for_update=True)
    return row if row is not None and row.merchant == merchant else None


def _queued_for(endpoint: str) -> ColumnElement[bool]:
    return and_(col(WebhookDeliveryRow.endpoint) == endpoint, col(WebhookDeliveryRow.status) == "queued")


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _seal_context(merchant: str, endpoint: str) -> str:
    return f"webhook-endpoint/{merchant}/{endpoint}"
