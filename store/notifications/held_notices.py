"""Held notices: they wait in the outbox for a business time. A sandbox merchant's clock gets there by command."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from store.engine.columns import real_now
from store.tables.all import MerchantRow, OutboxRow

# Not released by real time, but when the merchant's clock moves.
FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


async def held_values(
    session: AsyncSession, merchant: str, until: datetime, now: datetime
) -> dict[str, object]:
    """What a notice is written as that waits for that business time. `now`: real time.

    The time in which channels are tried begins when it may be sent. It is queued at once when the sandbox clock has got
    there meanwhile.
    """
    clock = (await session.exec(select(MerchantRow.clock).where(MerchantRow.id == merchant))).one()
    values: dict[str, object] = {"held_until": until, "lease_until": None, "attempts": 0}
    if clock is None:
        return {**values, "status": "held", "not_before": until, "created_at": max(until, now)}
    if clock >= until:
        return {**values, "status": "queued", "not_before": now, "created_at": now}
    return {**values, "status": "held", "not_before": FAR_FUTURE}


async def release_due(session: AsyncSession, merchant: str, clock: datetime) -> None:
    """Queue what waited for that time of the sandbox clock: it is decided again whether it is sent."""
    due = and_(_held_for(merchant), col(OutboxRow.held_until) <= clock)
    now = real_now()
    fresh = {"status": "queued", "not_before": now, "created_at": now}
    await session.exec(update(OutboxRow).where(due).values(**fresh))


async def earliest_held(session: AsyncSession, merchant: str, after: datetime) -> datetime | None:
    """The first business time after that at which a held notice is released; None when none is held."""
    found = select(func.min(OutboxRow.held_until)).where(
        _held_for(merchant), col(OutboxRow.held_until) > after
    )
    return (await session.exec(found)).one()


def _held_for(merchant: str) -> ColumnElement[bool]:
    return and_(col(OutboxRow.merchant) == merchant, col(OutboxRow.status) == "held")
