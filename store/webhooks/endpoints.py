"""Endpoints of outgoing webhooks: a merchant's URLs, the event types they receive, and their signing secrets."""

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
from store.privacy.encryption import DeploymentKeys
from store.privacy.sealed_contexts import webhook_endpoint, webhook_endpoint_url
from store.tables.all import MerchantRow, WebhookDeliveryRow, WebhookEndpointRow

_SECRET_BYTES = 32


@dataclass(frozen=True)
class WebhookTarget:
    """Where to send, and the secrets to sign with: the newest first, then replaced ones that still sign."""

    merchant: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)


class WebhookEndpoints:
    """The table of endpoints. A function with a merchant finds endpoints of that merchant only. `now` is real time."""

    def __init__(self, db: Database, keys: DeploymentKeys, now: Callable[[], datetime] = real_now) -> None:
        self._db, self._keys, self._now = db, keys, now

    async def create(
        self, merchant: str, url: str, events: Sequence[str]
    ) -> tuple[WebhookEndpointRow, str] | None:
        """A new endpoint and its secret, which is shown this once; None when the merchant has MAX_ENDPOINTS."""
        name, secret = f"we_{secrets.token_hex(12)}", _new_secret()
        row = WebhookEndpointRow(
            id=name,
            merchant=merchant,
            url=self._sealed_url(merchant, name, url),
            events=json.dumps([*events]),
            secrets=self._encrypted(merchant, name, [(secret, None)]),
            created_at=self._now(),
        )
        query = select(func.count()).where(col(WebhookEndpointRow.merchant) == merchant)
        async with self._db.write() as session:
            # Locked, so that two requests at the same time do not both find room for the last one.
            await session.get(MerchantRow, merchant, with_for_update=True)
            if (await session.exec(query)).one() >= MAX_ENDPOINTS:
                return None
            session.add(row)
        return row, secret

    async def all(self, merchant: str) -> list[WebhookEndpointRow]:
        """The merchant's endpoints, oldest first."""
        query = select(WebhookEndpointRow).where(WebhookEndpointRow.merchant == merchant)
        async with self._db.read_one() as session:
            found = await session.exec(
                query.order_by(col(WebhookEndpointRow.created_at), WebhookEndpointRow.id)
            )
            return [*found.all()]

    async def find(self, merchant: str, endpoint: str) -> WebhookEndpointRow | None:
        async with self._db.read_one() as session:
            row = await session.get(WebhookEndpointRow, endpoint)
        return row if row is not None and row.merchant == merchant else None

    async def change(
        self, merchant: str, endpoint: str, *, url: str | None = None, events: Sequence[str] | None = None,
        status: str | None = None,
    ) -> WebhookEndpointRow | None:  # fmt: skip
        """Change what is given. When it becomes active, all that waits is due now, with all its attempts."""
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return None
            row.url = self._sealed_url(merchant, endpoint, url) if url else row.url
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
        """Delete it with all its deliveries; False when that merchant has no such."""
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return False
            await session.delete(row)
            await session.flush()  # from here on no transaction can add deliveries to it
            await session.exec(delete(WebhookDeliveryRow).where(col(WebhookDeliveryRow.endpoint) == endpoint))
        return True

    async def rotate(self, merchant: str, endpoint: str, overlap: timedelta) -> str | None:
        """A new secret; the older ones sign beside it for `overlap` at most. None when that merchant has no such endpoint."""
        secret, now = _new_secret(), self._now()
        async with self._db.write() as session:
            row = await _locked_endpoint(session, merchant, endpoint)
            if row is None:
                return None
            old = [(text, min(until or now + overlap, now + overlap)) for text, until in self._decrypted(row)]
            still = [(text, until) for text, until in old if until > now]
            row.secrets = self._encrypted(merchant, endpoint, [(secret, None), *still])
        return secret

    async def target(self, endpoint: str) -> WebhookTarget | None:
        """Where to send the endpoint's deliveries; None when it was deleted."""
        async with self._db.read_one() as session:
            row = await session.get(WebhookEndpointRow, endpoint)
        if row is None:
            return None
        now = self._now()
        live = tuple(text for text, until in self._decrypted(row) if until is None or until > now)
        return WebhookTarget(row.merchant, self.url_of(row), live)

    def url_of(self, row: WebhookEndpointRow) -> str:
        """The endpoint's URL in clear."""
        return self._keys.unwrap(webhook_endpoint_url(row.merchant, row.id), row.url).decode()

    def _sealed_url(self, merchant: str, endpoint: str, url: str) -> bytes:
        return self._keys.wrap(webhook_endpoint_url(merchant, endpoint), url.encode())

    def _encrypted(
        self, merchant: str, endpoint: str, signing: Sequence[tuple[str, datetime | None]]
    ) -> bytes:
        text = json.dumps([[secret, until.isoformat() if until else None] for secret, until in signing])
        return self._keys.wrap(webhook_endpoint(merchant, endpoint), text.encode())

    def _decrypted(self, row: WebhookEndpointRow) -> list[tuple[str, datetime | None]]:
        stored = json.loads(self._keys.unwrap(webhook_endpoint(row.merchant, row.id), row.secrets))
        return [(secret, datetime.fromisoformat(until) if until else None) for secret, until in stored]


async def _locked_endpoint(session: AsyncSession, merchant: str, endpoint: str) -> WebhookEndpointRow | None:
    """The endpoint, locked to be changed."""
    row = await session.get(WebhookEndpointRow, endpoint, with_for_update=True)
    return row if row is not None and row.merchant == merchant else None


def _queued_for(endpoint: str) -> ColumnElement[bool]:
    return and_(col(WebhookDeliveryRow.endpoint) == endpoint, col(WebhookDeliveryRow.status) == "queued")


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
