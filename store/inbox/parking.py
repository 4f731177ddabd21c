"""Parked deliveries: they wait in the inbox for an order, a payment or a parcel that we do not know, or for their merchant.

Orders and parcels often come later than the first webhook about them. A parked delivery is received again in the transaction
that writes its order or parcel. That transaction and the one that parks lock the merchant's row, so neither misses the other.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import and_, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from store.engine.columns import real_now
from store.engine.inserts import insert_all_new
from store.inbox import unknown_parcels
from store.inbox.tracking_numbers import ParcelLookup, is_any_registered
from store.inbox.unknown_parcels import MAX_PARKED
from store.tables.all import InboxRow, InboxWaitRow, MerchantRow, OrderRow, PaymentRow

# Whether any delivery has been parked since that time or longer.
ANY_PARKED = (
    select(InboxRow.id)
    .where(col(InboxRow.status) == "parked", col(InboxRow.parked_at) <= bindparam("since"))
    .limit(1)
)


async def park_for_parcels(
    session: AsyncSession, row_id: int, unknown: Collection[ParcelLookup], reason: str, now: datetime
) -> bool:
    """Park the delivery until one of these parcels is known. False when one is known by now: it is received again."""
    row, clock = await _lock(session, row_id)
    if await is_any_registered(session, row.merchant, unknown):
        row.not_before = now
        return False
    await _park(session, row, reason, {lookup.normalized_number for lookup in unknown}, now)
    await unknown_parcels.open_items(session, row.merchant, unknown, clock or now)
    return True


async def park_for_order(session: AsyncSession, row_id: int, order_id: str, now: datetime) -> bool:
    """Park the delivery until the merchant has an order of that id. False when it has by now: it is received again."""
    row, _ = await _lock(session, row_id)
    named = (col(OrderRow.merchant) == row.merchant, col(OrderRow.order_id) == order_id)
    if (await session.exec(select(OrderRow.id).where(*named))).first() is not None:
        row.not_before = now
        return False
    await _park(session, row, "order_unknown", [keys.awaited_order(order_id)], now)
    return True


async def park_for_payments(
    session: AsyncSession, row_id: int, payments: Collection[str], now: datetime
) -> bool:
    """Park the delivery until an order has one of these payments. False when one has by now: it is received again."""
    row, _ = await _lock(session, row_id)
    named = (col(PaymentRow.merchant) == row.merchant, col(PaymentRow.payment).in_(payments))
    if (await session.exec(select(PaymentRow.order).where(*named))).first() is not None:
        row.not_before = now
        return False
    await _park(session, row, "payment_unknown", map(keys.awaited_payment, payments), now)
    return True


async def park_while_paused(session: AsyncSession, row_id: int, now: datetime) -> bool:
    """Park the delivery until its merchant is resumed. False when it is not paused any more: it is received again."""
    row, _ = await _lock(session, row_id)
    if (await session.get_one(MerchantRow, row.merchant)).paused_at is None:
        row.not_before = now
        return False
    await _park(session, row, "merchant_paused", [keys.AWAITED_RESUMPTION], now)
    return True


async def unpark_resumed(session: AsyncSession, merchant: str) -> None:
    """The merchant is resumed in this transaction, which holds its row: what was parked meanwhile is received again."""
    await _unpark(session, merchant, keys.AWAITED_RESUMPTION)


async def unpark_for_parcel(session: AsyncSession, merchant: str, normalized_number: str) -> None:
    """A parcel with that number is known from this transaction on: what was parked for it is received again."""
    await session.get(MerchantRow, merchant, with_for_update=True)
    await _unpark(session, merchant, normalized_number)
    await unknown_parcels.close_item(session, merchant, normalized_number)


async def unpark_for_order(
    session: AsyncSession, merchant: str, order_id: str, payments: Iterable[str] = ()
) -> None:
    """An order of that id, with these payments, exists from this transaction on: what was parked for it is received again.

    The caller holds the merchant's row `FOR SHARE`: two orders are placed at the same time, but no delivery is parked then.
    """
    await _unpark(session, merchant, keys.awaited_order(order_id), *map(keys.awaited_payment, payments))


async def unpark_for_payments(session: AsyncSession, merchant: str, payments: Iterable[str]) -> None:
    """An order that existed has these payments from this transaction on: what was parked for them is received again."""
    await session.get(MerchantRow, merchant, with_for_update={"read": True})
    await _unpark(session, merchant, *map(keys.awaited_payment, payments))


async def dead_letter_parked(session: AsyncSession, now: datetime) -> int:
    """Declare dead what has been parked for 72 hours; returns how many. Passes over a row that is being unparked."""
    old = and_(col(InboxRow.status) == "parked", col(InboxRow.parked_at) <= now - MAX_PARKED)
    found = select(InboxRow.id).where(old).with_for_update(skip_locked=True)
    dead = (
        await session.exec(update(InboxRow).where(col(InboxRow.id).in_(found)).values(status="dead"))
    ).rowcount
    if dead:
        await unknown_parcels.close_abandoned(session)
    return dead


async def _lock(session: AsyncSession, row_id: int) -> tuple[InboxRow, datetime | None]:
    """The delivery, its attempt ended, and the merchant's sandbox clock. The merchant's row is locked first (see above)."""
    merchant = (await session.exec(select(InboxRow.merchant).where(InboxRow.id == row_id))).one()
    of_merchant = await session.get_one(MerchantRow, merchant, with_for_update=True)
    row = await session.get_one(InboxRow, row_id, with_for_update=True)
    row.lease_until = None
    return row, of_merchant.clock


async def _park(
    session: AsyncSession, row: InboxRow, reason: str, awaited: Iterable[str], now: datetime
) -> None:
    assert row.id is not None
    row.status, row.reason, row.parked_at = "parked", reason, row.parked_at or now
    waits = [InboxWaitRow(inbox=row.id, tracking_number=number, merchant=row.merchant) for number in awaited]
    await insert_all_new(session, waits)


async def _unpark(session: AsyncSession, merchant: str, *awaited: str) -> None:
    waits = select(InboxWaitRow.inbox).where(
        InboxWaitRow.merchant == merchant, col(InboxWaitRow.tracking_number).in_(awaited)
    )
    woken = [*(await session.exec(waits)).all()]
    if woken:
        # A dead one has waited for 72 hours; what it waited for exists now all the same.
        parked = and_(
            col(InboxRow.id).in_(woken),
            col(InboxRow.status).in_(("parked", "dead")),
            col(InboxRow.body) != b"",
        )
        await session.exec(
            update(InboxRow).where(parked).values(status="received", reason="", not_before=real_now())
        )
        await session.exec(delete(InboxWaitRow).where(col(InboxWaitRow.inbox).in_(woken)))
