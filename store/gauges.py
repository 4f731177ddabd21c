"""How the whole deployment stands, counted from the store, so that every process that is asked says the same.

Each question goes along an index and touches only what is unfinished or recent: the answer must not get slower with the
years. No merchant and no order is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.engine.columns import real_now
from store.engine.database import Database
from store.tables.all import AttentionRow, InboxRow, LegRow, MerchantRow, OrderRow, OutboxRow
from store.webhooks.deliveries import WebhookDeliveries

OVERDUE_GRACE = timedelta(minutes=5)  # a deadline that passed less long ago is being seen to
RECENT = timedelta(hours=1)
_UNPROCESSED = ("received", "parked", "dead")
_OPEN_LEGS = ("reserved", "sent")
_OPEN_STAGES = ("placed", "shipped", "delivered")

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Gauge:
    """One figure in all its shades. `values`: by the values of `labels`, in their order; ages are in seconds."""

    name: str
    help: str
    labels: Labels
    values: Mapping[Labels, float]


async def read(db: Database, now: datetime | None = None) -> list[Gauge]:
    """Everything that is watched, as of one moment. Raises SQLAlchemyError."""
    now = now or real_now()
    hooks = await WebhookDeliveries(db).backlog()
    async with db.read() as session:
        on = await session.connection()
        return [
            Gauge("smot_inbox_messages", "Deliveries that are not done.", ("status",), await _inbox(on)),
            _age("smot_inbox_oldest_seconds", "Age of the oldest delivery that waits to be read; 0 for none.",
                 now, await _oldest(on, InboxRow.created_at, col(InboxRow.status) == "received")),
            Gauge("smot_outbox_notices", "Notices that have not left.", ("kind", "status"), await _outbox(on)),
            _age("smot_outbox_oldest_seconds", "Age of the oldest notice that waits to be sent; 0 for none.",
                 now, await _oldest(on, OutboxRow.created_at, col(OutboxRow.status) == "queued")),
            Gauge("smot_notices_last_hour", "What became of the notices due in the last hour.", ("kind", "outcome"),
                  await _notices(on, now)),
            Gauge("smot_overdue_orders", "Orders in real time whose deadline passed more than five minutes ago.", (),
                  {(): await _overdue(on, now)}),
            Gauge("smot_legs", "Refund legs that are reserved or sent.", ("state",), await _legs(on)),
            _age("smot_legs_oldest_seconds", "Age of the oldest refund leg without an outcome; 0 for none.",
                 now, await _oldest(on, LegRow.created_at, col(LegRow.status).in_(_OPEN_LEGS))),
            Gauge("smot_legs_last_hour", "Refund legs created in the last hour, by status.", ("state",),
                  await _recent_legs(on, now)),
            Gauge("smot_attention_items", "Open questions to people.", ("reason",), await _attention(on)),
            Gauge("smot_open_orders", "Orders whose journey is not over.", ("stage",), await _stages(on)),
            Gauge("smot_webhooks", "Webhook deliveries that are queued or dead.", ("status",),
                  {("queued",): hooks.count, ("dead",): hooks.dead}),
            _age("smot_webhooks_oldest_seconds", "Age of the oldest queued webhook delivery; 0 for none.",
                 now, hooks.oldest),
        ]  # fmt: skip


def _age(name: str, help_: str, now: datetime, oldest: datetime | None) -> Gauge:
    seconds = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return Gauge(name, help_, (), {(): seconds})


async def _counted(on: AsyncConnection, query: Select[str, int]) -> dict[Labels, float]:
    return {(label,): count for label, count in (await on.execute(query)).all()}


async def _oldest(on: AsyncConnection, at: datetime, where: ColumnElement[bool]) -> datetime | None:
    oldest: datetime | None = (await on.execute(select(func.min(col(at))).where(where))).scalar_one()
    return oldest


async def _inbox(on: AsyncConnection) -> dict[Labels, float]:
    open_ones = col(InboxRow.status).in_(_UNPROCESSED)
    query = select(col(InboxRow.status), func.count()).where(open_ones).group_by(col(InboxRow.status))
    return {**{(status,): 0 for status in _UNPROCESSED}, **await _counted(on, query)}


async def _outbox(on: AsyncConnection) -> dict[Labels, float]:
    here = col(OutboxRow.status).in_(("queued", "held", "dead"))
    by = (col(OutboxRow.kind), col(OutboxRow.status))
    rows = (await on.execute(select(*by, func.count()).where(here).group_by(*by))).all()
    return {(kind, status): count for kind, status, count in rows}


async def _notices(on: AsyncConnection, now: datetime) -> dict[Labels, float]:
    """A notice that has left keeps the time at which it was last due."""
    ended = and_(
        col(OutboxRow.status).in_(("sent", "dropped", "dead")), col(OutboxRow.not_before) >= now - RECENT
    )
    by = (col(OutboxRow.kind), col(OutboxRow.status))
    rows = (await on.execute(select(*by, func.count()).where(ended).group_by(*by))).all()
    return {(kind, outcome): count for kind, outcome, count in rows}


async def _overdue(on: AsyncConnection, now: datetime) -> int:
    """Merchants with a clock of their own wait for that clock, not for ours."""
    late = and_(
        col(OrderRow.merchant) == col(MerchantRow.id), col(OrderRow.next_deadline) < now - OVERDUE_GRACE
    )
    of_one = select(func.count()).select_from(OrderRow).where(late).correlate(MerchantRow).scalar_subquery()
    in_real_time = select(func.sum(of_one)).select_from(MerchantRow).where(col(MerchantRow.clock).is_(None))
    count: int = (await on.execute(in_real_time)).scalar_one() or 0
    return count


async def _legs(on: AsyncConnection) -> dict[Labels, float]:
    open_ones = col(LegRow.status).in_(_OPEN_LEGS)
    query = select(col(LegRow.status), func.count()).where(open_ones).group_by(col(LegRow.status))
    return {**{(status,): 0 for status in _OPEN_LEGS}, **await _counted(on, query)}


async def _recent_legs(on: AsyncConnection, now: datetime) -> dict[Labels, float]:
    states = ("reserved", "sent", "settled", "released")
    recent = and_(col(LegRow.status).in_(states), col(LegRow.created_at) >= now - RECENT)
    query = select(col(LegRow.status), func.count()).where(recent).group_by(col(LegRow.status))
    return {**{(status,): 0 for status in states}, **await _counted(on, query)}


async def _attention(on: AsyncConnection) -> dict[Labels, float]:
    query = select(col(AttentionRow.kind), func.count()).group_by(col(AttentionRow.kind))
    return await _counted(on, query)


async def _stages(on: AsyncConnection) -> dict[Labels, float]:
    open_ones = col(OrderRow.stage).in_(_OPEN_STAGES)
    query = select(col(OrderRow.stage), func.count()).where(open_ones).group_by(col(OrderRow.stage))
    return {**{(stage,): 0 for stage in _OPEN_STAGES}, **await _counted(on, query)}
