"""I1: whatever we said yes to is written down: every delivery, every order, every answer that names an id."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.lives import Life, Look
from runtime.verify.report import Broken
from store.idempotency import StoreIdempotency
from store.tables import IdempotencyRow, InboxRow, InboxWaitRow, OrderRow, ReturnRow

_STATUSES = {"received", "parked", "done", "ignored", "dead"}
_PARKED_AT_MOST = timedelta(hours=73)  # the limit is 72, the sweep comes by now and then
_OURS = re.compile(r"^(ord|ret)_[0-9A-Za-z_-]+$")


def check(life: Life, look: Look) -> Iterator[Broken]:
    """The order itself: a snapshot or the intent to start, and look-ups for all that its snapshot names."""
    if life.state is None:
        if life.row.intent != "placed":
            yield _broken(life.id, f"order {life.id} was started but has no snapshot")
        elif look.quiesced:
            yield _broken(life.id, f"order {life.id} was taken but never started although all is quiet")
    if not any(entry.kind == "capture" for entry in life.entries):
        yield _broken(life.id, f"order {life.id} was taken without its captured money")
    if life.state is None:
        return
    for case in life.state.returns:
        if case.return_id not in {row.id for row in life.returns}:
            yield _broken(case.return_id, f"return {case.return_id} of order {life.id} cannot be looked up")
    for parcel in life.state.parcels:
        if parcel.parcel_id not in {row.parcel for row in life.parcels}:
            yield _broken(life.id, f"parcel {parcel.parcel_id} of order {life.id} cannot be looked up")


async def deliveries(session: AsyncSession, look: Look) -> AsyncIterator[Broken]:
    """Deliveries from outside: done with, or waiting in a way that ends."""
    waiting = set((await session.exec(select(InboxWaitRow.inbox))).all())
    rows = await session.stream_scalars(select(InboxRow).execution_options(yield_per=500))
    async for row in rows:
        name = f"delivery {row.delivery_id} of {row.source} to {row.merchant}"
        if row.status not in _STATUSES:
            yield _broken(name, f"{name} has the unknown status {row.status}")
        elif row.status == "parked" and row.id not in waiting:
            yield _broken(name, f"{name} is parked and waits for nothing")
        elif row.status == "parked" and (row.parked_at or row.received_at) < look.now - _PARKED_AT_MOST:
            yield _broken(
                name, f"{name} is parked since {row.received_at.isoformat()} and was never given up"
            )
        elif row.status == "dead" and not row.reason:
            yield _broken(name, f"{name} is dead and nobody knows why")
        elif row.status == "received" and look.quiesced:
            yield _broken(name, f"{name} was accepted but never read although all is quiet")


async def answers(session: AsyncSession, look: Look, kept: StoreIdempotency) -> AsyncIterator[Broken]:
    """Answers that we gave under an idempotency key: complete, and true."""
    orders = set((await session.exec(select(OrderRow.merchant, OrderRow.id))).all())
    returns = set((await session.exec(select(ReturnRow.merchant, ReturnRow.id))).all())
    rows = await session.stream_scalars(select(IdempotencyRow).execution_options(yield_per=500))
    async for row in rows:
        name = f"key {row.key} of {row.merchant} on {row.route}"
        if row.status == "running":
            if look.quiesced:
                yield _broken(name, f"{name} is still running although all is quiet")
        elif row.status == "free":
            continue  # whoever asked was told to come again
        elif row.http_status is None or row.answer is None:
            yield _broken(name, f"{name} is done but has no answer")
        elif 200 <= row.http_status < 300:
            for ours in sorted(_names(kept.answer(row))):
                if (row.merchant, ours) not in (orders if ours.startswith("ord_") else returns):
                    yield _broken(name, f"{name} was answered with {ours}, which does not exist")


def _names(answer: JsonValue) -> set[str]:
    """Our ids anywhere in an answer."""
    match answer:
        case str():
            return {answer} if _OURS.match(answer) else set()
        case list():
            return {name for part in answer for name in _names(part)}
        case dict():
            return {name for part in answer.values() for name in _names(part)}
        case _:
            return set()


async def count(session: AsyncSession) -> dict[str, int]:
    """How many rows these checks looked at."""
    inbox = len((await session.exec(select(col(InboxRow.id)))).all())
    keys = len((await session.exec(select(col(IdempotencyRow.key)))).all())
    return {"deliveries": inbox, "answers": keys}


def _broken(subject: str, says: str) -> Broken:
    return Broken(invariant="I1", subject=subject, says=says)
