"""I1 for what the inbox keeps: each body that may still be applied opens, and each unknown number is a question to a person."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.model.retention import LEAST_DEAD_DAYS
from domain.model.tracking_number import normalize
from runtime.verify.order_records import CheckContext
from runtime.verify.report import BrokenInvariant
from store.inbox.inbox import NOT_APPLIED, Inbox
from store.inbox.unknown_parcels import KIND
from store.privacy.encryption import Tampered
from store.tables.all import AttentionRow, InboxRow, InboxWaitRow, ParcelRow

_NEVER_EMPTIED = timedelta(days=LEAST_DEAD_DAYS)  # younger ones are not, whatever the merchant's policy


async def bodies(
    session: AsyncSession, context: CheckContext, inbox: Inbox
) -> AsyncIterator[BrokenInvariant]:
    """What is to be applied, or may be replayed, holds the body that was accepted."""
    status = col(InboxRow.status)
    young = col(InboxRow.created_at) > context.now - _NEVER_EMPTIED
    whole = or_(young, col(InboxRow.body) != b"")
    kept = or_(status.in_(("received", "parked")), and_(status.in_(NOT_APPLIED), whole))
    query = select(InboxRow).where(kept).execution_options(yield_per=20)
    async for row in await session.stream_scalars(query):
        problem = _problem(inbox, row)
        if problem:
            name = f"delivery {row.delivery_id} of {row.source} to {row.merchant}"
            yield _broken(name, f"{name} {problem}; ask its sender for it again")


def _problem(inbox: Inbox, row: InboxRow) -> str:
    try:
        body = inbox.delivery_of(row).body
    except Tampered:
        return "cannot be opened with the master key"
    accepted = hashlib.sha256(body).hexdigest() == row.body_hash and len(body) == row.size
    return "" if accepted else "holds another body than was accepted"


async def unknown_parcels(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Each number that a parked delivery waits for has an open question."""
    async for merchant, number in await session.stream(_UNASKED.execution_options(yield_per=500)):
        message = (
            f"a delivery to {merchant} waits for the unknown parcel {number} and no question about it is open"
        )
        yield _broken(number, message)


async def parcel_numbers(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Each parcel is found by its number, however that is spelled."""
    listed = (ParcelRow.order, ParcelRow.parcel, ParcelRow.tracking_number, ParcelRow.normalized_number)
    query = select(*listed).execution_options(yield_per=500)
    async for order, parcel, number, normalized in await session.stream(query):
        if normalize(number) != normalized:
            message = f"parcel {parcel} of order {order} is listed under the number {normalized} instead of {normalize(number)}"
            yield _broken(parcel, message)


def _same_number() -> ColumnElement[bool]:
    """The row of what is waited for and the question are about one number."""
    return and_(
        col(InboxWaitRow.merchant) == col(AttentionRow.merchant),
        col(InboxWaitRow.tracking_number) == col(AttentionRow.subject),
        col(AttentionRow.order) == "",
        col(AttentionRow.kind) == KIND,
    )


_PARKED = and_(col(InboxRow.id) == col(InboxWaitRow.inbox), col(InboxRow.status) == "parked")
_UNASKED = (
    select(InboxWaitRow.merchant, InboxWaitRow.tracking_number)
    .join(InboxRow, _PARKED)
    .where(
        ~col(InboxWaitRow.tracking_number).startswith(keys.awaited_order("")), ~exists().where(_same_number())
    )
)


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I1", subject=subject, message=message)
