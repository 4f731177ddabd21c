"""Is there anything left to do for a merchant at a time of its clock? The sandbox clock asks before it moves on."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, select

from store.database import Database
from store.tables import InboxRow, OrderRow, OutboxRow


class Unrest(NamedTuple):
    """`due`: a deadline has passed and is not dealt with. `paying`: a payment is under way. `unread`, `unsent`: mail."""

    due: bool
    paying: bool
    unread: bool
    unsent: bool


async def unrest(db: Database, merchant: str, now: datetime) -> Unrest:
    """What is left at that business time. Mail that already failed once is not waited for: it retries in real time."""
    mine = col(OrderRow.merchant) == merchant
    questions: list[ColumnElement[bool]] = [
        exists().where(mine, col(OrderRow.next_deadline) <= now),
        exists().where(mine, col(OrderRow.under_way) > 0),
        exists().where(
            col(InboxRow.merchant) == merchant, InboxRow.status == "received", InboxRow.attempts == 0
        ),
        exists().where(
            col(OutboxRow.merchant) == merchant, OutboxRow.status == "queued", OutboxRow.attempts == 0
        ),
    ]
    async with db.read() as session:
        due, paying, unread, unsent = (await session.exec(select(*questions))).one()
    # a deadline in the past may be the payment's own: planned at once, due at once
    return Unrest(due=bool(due) and not paying, paying=bool(paying), unread=bool(unread), unsent=bool(unsent))
