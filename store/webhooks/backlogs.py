"""Backlogs: how many webhook deliveries are queued or dead, and how long the oldest one waits."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from store.engine.database import Database
from store.tables.all import WebhookDeliveryRow
from store.webhooks.deliveries import Status


@dataclass(frozen=True)
class Backlog:
    """Deliveries that are not delivered. `oldest`: when the oldest queued one was queued, real time."""

    queued: int = 0
    oldest: datetime | None = None
    dead: int = 0


class WebhookBacklogs:
    """Counts the table of deliveries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def total(self) -> Backlog:
        """Of all merchants, for the gauges."""
        oldest = select(func.min(WebhookDeliveryRow.created_at)).where(WebhookDeliveryRow.status == "queued")
        async with self._db.read() as session:
            queued = (await session.exec(_count_query("queued"))).one()
            dead = (await session.exec(_count_query("dead"))).one()
            return Backlog(queued, (await session.exec(oldest)).one(), dead)

    async def by_endpoint(self, endpoints: Collection[str]) -> dict[str, Backlog]:
        """Of each of these endpoints that has queued or dead deliveries."""
        count, oldest = func.count(), func.min(WebhookDeliveryRow.created_at)
        found = (
            select(WebhookDeliveryRow.endpoint, WebhookDeliveryRow.status, count, oldest)
            .where(
                col(WebhookDeliveryRow.endpoint).in_(endpoints),
                col(WebhookDeliveryRow.status).in_(("queued", "dead")),
            )
            .group_by(WebhookDeliveryRow.endpoint, WebhookDeliveryRow.status)
        )
        backlogs: dict[str, Backlog] = {}
        async with self._db.read() as session:
            for endpoint, status, number, since in (await session.exec(found)).all():
                backlog = backlogs.get(endpoint, Backlog())
                backlogs[endpoint] = (
                    replace(backlog, queued=number, oldest=since)
                    if status == "queued"
                    else replace(backlog, dead=number)
                )
        return backlogs


def _count_query(status: Status) -> Any:
    return (
        select(func.count()).select_from(WebhookDeliveryRow).where(col(WebhookDeliveryRow.status) == status)
    )
