"""Metrics of the whole deployment, counted from the tables, so that every process reports the same.

Each query uses an index and reads only rows that are unfinished or recent, so that it does not get slower over the years.
No merchant and no order is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped
from sqlmodel import col

from store.engine.columns import real_now
from store.engine.database import Database
from store.tables.all import AttentionRow, InboxRow, LegRow, MerchantRow, OrderRow, OutboxRow
from store.webhooks.backlogs import Backlog, WebhookBacklogs

OVERDUE_GRACE = timedelta(minutes=5)  # an order is overdue only after that
UNPAID_GRACE = timedelta(
    hours=1
)  # for a provider that does not answer; a leg that is never sent is counted by this alone
RECENT = timedelta(hours=1)
_UNPROCESSED = ("received", "parked", "partly", "dead")
_UNSENT = ("queued", "held", "dead")
_ENDED = ("sent", "dropped", "dead")
_OPEN_LEGS = ("reserved", "sent")
_LEG_STATUSES = (*_OPEN_LEGS, "settled", "released")
_OPEN_STAGES = ("placed", "shipped", "delivered")

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Gauge:
    """A metric. `values`: by the values of `labels`, in their order; ages are in seconds."""

    name: str
    help: str
    labels: Labels
    values: Mapping[Labels, float]


async def read(db: Database, now: datetime | None = None) -> list[Gauge]:
    """All gauges. Raises SQLAlchemyError."""
    now = now or real_now()
    webhooks = await WebhookBacklogs(db).total()
    async with db.read() as session:
        on = await session.connection()
        return [
            *await _message_gauges(on, now),
            *await _order_gauges(on, now),
            *_webhook_gauges(webhooks, now),
        ]


async def _message_gauges(on: AsyncConnection, now: datetime) -> list[Gauge]:
    return [
        Gauge("smot_inbox_messages", "Deliveries that are not done.", ("status",),
              await _count_by(on, col(InboxRow.status), _UNPROCESSED)),
        _age("smot_inbox_oldest_seconds", "Age of the oldest delivery that waits to be read; 0 for none.",
             now, await _oldest(on, InboxRow.created_at, col(InboxRow.status) == "received")),
        _age("smot_inbox_dead_oldest_seconds", "Age of the oldest dead or partly applied delivery with a body; 0 for none.",
             now, await _oldest(on, InboxRow.created_at, _replayable_deliveries())),
        Gauge("smot_outbox_notices", "Notices that have not left.", ("kind", "status"), await _count_notices(on, _UNSENT)),
        _age("smot_outbox_oldest_seconds", "Age of the oldest notice that waits to be sent; 0 for none.",
             now, await _oldest(on, OutboxRow.created_at, col(OutboxRow.status) == "queued")),
        _age("smot_outbox_dead_oldest_seconds", "Age of the oldest dead notice; 0 for none.",
             now, await _oldest(on, OutboxRow.created_at, col(OutboxRow.status) == "dead")),
        Gauge("smot_notices_last_hour", "What became of the notices due in the last hour.", ("kind", "outcome"),
              await _count_notices(on, _ENDED, col(OutboxRow.not_before) >= now - RECENT)),
    ]  # fmt: skip


async def _order_gauges(on: AsyncConnection, now: datetime) -> list[Gauge]:
    return [
        Gauge("smot_overdue_orders", "Orders in real time whose deadline passed more than five minutes ago.", (),
              {(): await _overdue(on, now)}),
        Gauge("smot_unpaid_orders", "Orders of which a payment has been due for more than an hour and has no outcome.", (),
              {(): await _unpaid(on, now)}),
        Gauge("smot_legs", "Refund legs that are reserved or sent.", ("state",),
              await _count_by(on, col(LegRow.status), _OPEN_LEGS)),
        _age("smot_legs_oldest_seconds", "Age of the oldest refund leg without an outcome; 0 for none.",
             now, await _oldest(on, LegRow.created_at, col(LegRow.status).in_(_OPEN_LEGS))),
        Gauge("smot_legs_last_hour", "Refund legs created in the last hour, by status.", ("state",),
              await _count_by(on, col(LegRow.status), _LEG_STATUSES, col(LegRow.created_at) >= now - RECENT)),
        Gauge("smot_attention_items", "Open questions to people.", ("reason",), await _attention(on, now)),
        Gauge("smot_open_orders", "Orders whose journey is not over.", ("stage",),
              await _count_by(on, col(OrderRow.stage), _OPEN_STAGES)),
    ]  # fmt: skip


def _webhook_gauges(backlog: Backlog, now: datetime) -> list[Gauge]:
    return [
        Gauge("smot_webhooks", "Webhook deliveries that are queued or dead.", ("status",),
              {("queued",): backlog.queued, ("dead",): backlog.dead}),
        _age("smot_webhooks_oldest_seconds", "Age of the oldest queued webhook delivery; 0 for none.",
             now, backlog.oldest),
    ]  # fmt: skip


def _replayable_deliveries() -> ColumnElement[bool]:
    """Once a body is emptied, there is nothing left to do."""
    return and_(col(InboxRow.status).in_(("dead", "partly")), col(InboxRow.body) != b"")


def _age(name: str, help_: str, now: datetime, oldest: datetime | None) -> Gauge:
    seconds = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return Gauge(name, help_, (), {(): seconds})


async def _oldest(on: AsyncConnection, at: datetime, where: ColumnElement[bool]) -> datetime | None:
    oldest: datetime | None = (await on.execute(select(func.min(col(at))).where(where))).scalar_one()
    return oldest


async def _count_by(
    on: AsyncConnection, column: Mapped[str], values: Sequence[str], where: ColumnElement[bool] | None = None
) -> dict[Labels, float]:
    """How many rows have each of these values in that column; 0 for none."""
    query = select(column, func.count()).where(column.in_(values)).group_by(column)
    rows = (await on.execute(query if where is None else query.where(where))).all()
    return {**{(value,): 0 for value in values}, **{(value,): count for value, count in rows}}


async def _count_notices(
    on: AsyncConnection, statuses: Sequence[str], where: ColumnElement[bool] | None = None
) -> dict[Labels, float]:
    """How many notices have each of these statuses, by kind and status. A sent one keeps the time at which it was due."""
    by = (col(OutboxRow.kind), col(OutboxRow.status))
    query = select(*by, func.count()).where(col(OutboxRow.status).in_(statuses)).group_by(*by)
    rows = (await on.execute(query if where is None else query.where(where))).all()
    return {(kind, status): count for kind, status, count in rows}


async def _overdue(on: AsyncConnection, now: datetime) -> int:
    """Orders past their deadline. Not of sandbox merchants: their deadlines wait for their own clock."""
    late = and_(
        col(OrderRow.merchant) == col(MerchantRow.id), col(OrderRow.next_deadline) < now - OVERDUE_GRACE
    )
    of_merchant = (
        select(func.count()).select_from(OrderRow).where(late).correlate(MerchantRow).scalar_subquery()
    )
    in_real_time = (
        select(func.sum(of_merchant)).select_from(MerchantRow).where(col(MerchantRow.clock).is_(None))
    )
    count: int = (await on.execute(in_real_time)).scalar_one() or 0
    return count


async def _unpaid(on: AsyncConnection, now: datetime) -> int:
    """Orders with a payment that is due for too long, also of sandbox merchants: a provider answers in real time."""
    late = col(OrderRow.unpaid_since) < now - UNPAID_GRACE
    count: int = (await on.execute(select(func.count()).select_from(OrderRow).where(late))).scalar_one()
    return count


async def _attention(on: AsyncConnection, now: datetime) -> dict[Labels, float]:
    """Without those about parcels that are unknown since less than an hour."""
    kind = col(AttentionRow.kind)
    shown = or_(col(AttentionRow.order) != "", col(AttentionRow.opened_at) <= now)
    rows = (await on.execute(select(kind, func.count()).where(shown).group_by(kind))).all()
    return {(reason,): count for reason, count in rows}
