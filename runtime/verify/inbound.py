"""I1: everything that was accepted is stored: every delivery, every order, every answer that names an id."""

import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy import exists, func, literal, tuple_
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.idempotency import StoreIdempotency
from store.orders.one_time_links import ONE_TIME_LINK
from store.tables.all import IdempotencyRow, InboxRow, InboxWaitRow, OrderRow, ReturnRow

_STATUSES = {"received", "parked", "done", "partly", "ignored", "dead"}
_MAX_PARKED = timedelta(hours=73)  # the limit is 72 hours; housekeeping runs now and then
_IS_REQUEST = col(IdempotencyRow.route) != ONE_TIME_LINK  # a link has no answer
_PAGE = 500
_DELIVERIES = sql_select(  # without the bodies
    *(col(InboxRow.merchant), col(InboxRow.source), col(InboxRow.delivery_id), col(InboxRow.status)),
    *(col(InboxRow.reason), col(InboxRow.created_at), col(InboxRow.parked_at)),
    exists().where(col(InboxWaitRow.inbox) == col(InboxRow.id)).label("waiting"),
)
_OUR_ID = re.compile(r"^(ord|ret)_[0-9A-Za-z_-]+$")


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order has a snapshot, and everything in it can be looked up."""
    if records.state is None:
        yield _broken(records.id, f"order {records.id} has no snapshot")
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
    rows = await session.stream(_DELIVERIES.execution_options(yield_per=_PAGE))
    async for row in rows:
        name = f"delivery {row.delivery_id} of {row.source} to {row.merchant}"
        if row.status not in _STATUSES:
            yield _broken(name, f"{name} has the unknown status {row.status}")
        elif row.status == "parked" and not row.waiting:
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
    async for page in _pages_of_keys(session):
        named: dict[tuple[str, str], str] = {}  # merchant and id of ours, and the key whose answer has it
        for row in page:
            name = f"key {row.key} of {row.merchant} on {row.route}"
            if row.status == "running" and context.quiesced:
                yield _broken(name, f"{name} is still running although the system is idle")
            # A free key's caller was asked to retry.
            if row.status in ("running", "free"):
                continue
            if row.http_status is None or row.response is None:
                yield _broken(name, f"{name} is done but has no answer")
            elif 200 <= row.http_status < 300:
                named |= {(row.merchant, ours): name for ours in _names(kept.response_of(row))}
        for merchant, ours in sorted(named.keys() - await _existing(session, named.keys())):
            name = named[merchant, ours]
            yield _broken(name, f"{name} was answered with {ours}, which does not exist")


async def _pages_of_keys(session: AsyncSession) -> AsyncIterator[Sequence[IdempotencyRow]]:
    primary = (IdempotencyRow.merchant, IdempotencyRow.route, IdempotencyRow.key)
    place = tuple_(*(col(column) for column in primary))
    query = (
        select(IdempotencyRow).where(_IS_REQUEST).order_by(*(col(column) for column in primary)).limit(_PAGE)
    )
    page = (await session.exec(query)).all()
    while page:
        yield page
        last = page[-1]
        after = tuple_(*map(literal, (last.merchant, last.route, last.key)))
        page = (await session.exec(query.where(place > after))).all()


async def _existing(session: AsyncSession, named: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the orders and returns that are there."""
    ids = {ours for _, ours in named}
    found: set[tuple[str, str]] = set()
    for table in (OrderRow, ReturnRow):
        query = select(table.merchant, table.id).where(col(table.id).in_(ids))
        found |= set((await session.exec(query)).all())
    return found


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
    inbox = (await session.exec(select(func.count()).select_from(InboxRow))).one()
    answered = select(func.count()).select_from(IdempotencyRow).where(_IS_REQUEST)
    keys = (await session.exec(answered)).one()
    return {"deliveries": inbox, "answers": keys}


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I1", subject=subject, message=message)
