"""I1: everything that was accepted is stored: every delivery, every order, every answer that names an id."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.idempotency import StoreIdempotency
from store.tables.all import IdempotencyRow, InboxRow, InboxWaitRow, OrderRow, ReturnRow

_STATUSES = {"received", "parked", "done", "partly", "ignored", "dead"}
_MAX_PARKED = timedelta(hours=73)  # the limit is 72 hours; housekeeping runs now and then
_OUR_ID = re.compile(r"^(ord|ret)_[0-9A-Za-z_-]+$")


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order has a snapshot or the intent to start, and everything in its snapshot can be looked up."""
    if records.state is None:
        if records.row.intent != "placed":
            yield _broken(records.id, f"order {records.id} was started but has no snapshot")
        elif context.quiesced:
            yield _broken(
                records.id, f"order {records.id} was accepted but never started although the system is idle"
            )
    if not any(entry.kind == "capture" for entry in records.entries):
        yield _broken(records.id, f"order {records.id} was accepted without a capture in the ledger")
    if records.state is None:
        return
    for case in records.state.returns:
        if case.return_id not in {row.id for row in records.returns}:
            yield _broken(
                case.return_id, f"return {case.return_id} of order {records.id} cannot be looked up"
            )
    for parcel in records.state.parcels:
        if parcel.parcel_id not in {row.parcel for row in records.parcels}:
            yield _broken(records.id, f"parcel {parcel.parcel_id} of order {records.id} cannot be looked up")


async def deliveries(session: AsyncSession, context: CheckContext) -> AsyncIterator[BrokenInvariant]:
    """Every delivery from outside is done, or waits in a way that ends."""
    waiting = set((await session.exec(select(InboxWaitRow.inbox))).all())
    rows = await session.stream_scalars(select(InboxRow).execution_options(yield_per=500))
    async for row in rows:
        name = f"delivery {row.delivery_id} of {row.source} to {row.merchant}"
        if row.status not in _STATUSES:
            yield _broken(name, f"{name} has the unknown status {row.status}")
        elif row.status == "parked" and row.id not in waiting:
            yield _broken(name, f"{name} is parked and waits for nothing")
        elif row.status == "parked" and (row.parked_at or row.created_at) < context.now - _MAX_PARKED:
            yield _broken(
                name, f"{name} is parked since {row.created_at.isoformat()} and was never dead-lettered"
            )
        elif row.status in ("dead", "partly") and not row.reason:
            yield _broken(name, f"{name} is {row.status} without a reason")
        elif row.status == "received" and context.quiesced:
            yield _broken(name, f"{name} was accepted but never read although the system is idle")


async def answers(
    session: AsyncSession, context: CheckContext, kept: StoreIdempotency
) -> AsyncIterator[BrokenInvariant]:
    """Every answer that was given under an idempotency key is complete and true."""
    orders = set((await session.exec(select(OrderRow.merchant, OrderRow.id))).all())
    returns = set((await session.exec(select(ReturnRow.merchant, ReturnRow.id))).all())
    rows = await session.stream_scalars(select(IdempotencyRow).execution_options(yield_per=500))
    async for row in rows:
        name = f"key {row.key} of {row.merchant} on {row.route}"
        if row.status == "running":
            if context.quiesced:
                yield _broken(name, f"{name} is still running although the system is idle")
        elif row.status == "free":
            continue  # the caller was asked to retry
        elif row.http_status is None or row.response is None:
            yield _broken(name, f"{name} is done but has no answer")
        elif 200 <= row.http_status < 300:
            for ours in sorted(_names(kept.response_of(row))):
                if (row.merchant, ours) not in (orders if ours.startswith("ord_") else returns):
                    yield _broken(name, f"{name} was answered with {ours}, which does not exist")


def _names(answer: JsonValue) -> set[str]:
    """All of our ids in an answer."""
    match answer:
        case str():
            return {answer} if _OUR_ID.match(answer) else set()
        case list():
            return {name for part in answer for name in _names(part)}
        case dict():
            return {name for part in answer.values() for name in _names(part)}
        case _:
            return set()


async def count(session: AsyncSession) -> dict[str, int]:
    """How many rows these checks read."""
    inbox = len((await session.exec(select(col(InboxRow.id)))).all())
    keys = len((await session.exec(select(col(IdempotencyRow.key)))).all())
    return {"deliveries": inbox, "answers": keys}


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I1", subject=subject, message=message)
