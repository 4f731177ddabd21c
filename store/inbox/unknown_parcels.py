"""Attention items about tracking numbers that no parcel has: opened when a delivery is parked for one, shown an hour later.

Most such deliveries came seconds before their parcel was registered. An item ends when the parcel is registered, by a person,
or with the wait of its deliveries, which are dead and listed then. All times are business time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import and_, col, delete, exists, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from store.engine.inserts import insert_all_new
from store.inbox.tracking_numbers import ParcelLookup
from store.tables.all import AttentionRow, InboxRow, InboxWaitRow

KIND = "unknown_parcel"
SHOWN_AFTER = timedelta(hours=1)
# Then the parcel is not expected any more: its deliveries are dead but visible.
MAX_PARKED = timedelta(hours=72)


async def open_items(
    session: AsyncSession, merchant: str, unknown: Iterable[ParcelLookup], now: datetime
) -> None:
    """One item for each number, as the first delivery spelled it. An item that is open stays as it is."""
    shown_at = now + SHOWN_AFTER
    items = [
        AttentionRow(
            order="",
            id=(question := keys.unknown_parcel(merchant, lookup.normalized_number)),
            merchant=merchant,
            item=keys.attention_item(merchant, "", question, shown_at),
            kind=KIND,
            subject=lookup.normalized_number,
            owner="agent",
            opened_at=shown_at,
            deadline=now + MAX_PARKED,
            default="dismiss",
            tracking_number=lookup.tracking_number,
            carrier=lookup.carrier,
        )
        for lookup in unknown
    ]
    await insert_all_new(session, items)


async def close_item(session: AsyncSession, merchant: str, normalized_number: str) -> bool:
    """The number is one of a parcel, or a person has answered; False when no item is open about it."""
    item = and_(
        col(AttentionRow.order) == "",
        col(AttentionRow.id) == keys.unknown_parcel(merchant, normalized_number),
    )
    return (await session.exec(delete(AttentionRow).where(item))).rowcount == 1


async def dismiss(session: AsyncSession, merchant: str, normalized_number: str) -> int | None:
    """A person says that the number is none of the merchant's; None when no item is open about it.

    Deliveries that waited for nothing else are dead, and may be replayed; returns how many. The caller holds the merchant's row.
    """
    if not await close_item(session, merchant, normalized_number):
        return None
    about = and_(
        col(InboxWaitRow.merchant) == merchant, col(InboxWaitRow.tracking_number) == normalized_number
    )
    waiting = [*(await session.exec(select(InboxWaitRow.inbox).where(about))).all()]
    await session.exec(delete(InboxWaitRow).where(about))
    waits_on = exists().where(col(InboxWaitRow.inbox) == col(InboxRow.id))
    over = and_(col(InboxRow.id).in_(waiting), col(InboxRow.status) == "parked", ~waits_on)
    given_up = update(InboxRow).where(over).values(status="dead", reason="parcel_unknown: dismissed")
    return (await session.exec(given_up)).rowcount


async def expire(session: AsyncSession, merchant: str, now: datetime) -> None:
    """The sandbox clock has passed the deadline of items: their deliveries are dead, as after 72 hours of real time."""
    overdue = and_(
        col(AttentionRow.merchant) == merchant,
        col(AttentionRow.kind) == KIND,
        col(AttentionRow.deadline) <= now,
    )
    numbers = select(AttentionRow.subject).where(overdue)
    waiting = select(InboxWaitRow.inbox).where(
        col(InboxWaitRow.merchant) == merchant, col(InboxWaitRow.tracking_number).in_(numbers)
    )
    over = and_(col(InboxRow.id).in_(waiting), col(InboxRow.status) == "parked")
    await session.exec(update(InboxRow).where(over).values(status="dead"))
    await session.exec(delete(AttentionRow).where(overdue))


async def close_abandoned(session: AsyncSession) -> None:
    """Close the items for which no delivery waits any more."""
    waits = (
        exists()
        .where(col(InboxWaitRow.merchant) == col(AttentionRow.merchant))
        .where(col(InboxWaitRow.tracking_number) == col(AttentionRow.subject))
        .where(col(InboxWaitRow.inbox) == col(InboxRow.id))
        .where(col(InboxRow.status) == "parked")
    )
    ended = and_(col(AttentionRow.order) == "", col(AttentionRow.kind) == KIND, ~waits)
    await session.exec(delete(AttentionRow).where(ended))
