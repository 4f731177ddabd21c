"""Is there anything left to do for a merchant at a time of its clock? The sandbox clock asks before it moves on."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, exists, select
from sqlmodel import col

from store.engine.database import Database
from store.engine.queue import waits_untried
from store.tables.all import InboxRow, OrderRow, OutboxRow


class PendingWork(NamedTuple):
    """`due`: a deadline has passed and is not dealt with. `paying`: a payment is under way. `unread`, `unsent`: mail."""

    due: bool
    payments_pending: bool
    inbox_pending: bool
    outbox_pending: bool


async def find_pending_work(db: Database, merchant: str, now: datetime) -> PendingWork:
    """What is left at that business time.

    An order that is being paid counts as paying only: its deadline may be the payment's own. Mail that failed and waits
    for its next try is not waited for: it retries in real time.
    """
    async with db.read() as session:
        connection = await session.connection()
        answers = (await connection.execute(_PENDING, {"merchant": merchant, "now": now})).one()
    due, paying, unread, unsent = (bool(answer) for answer in answers)
    return PendingWork(due=due, payments_pending=paying, inbox_pending=unread, outbox_pending=unsent)


def _pending_query() -> Select[bool, bool, bool, bool]:
    """Whether anything is due, being paid, unread, unsent."""
    merchant: BindParameter[str] = bindparam("merchant")
    now: BindParameter[datetime] = bindparam("now")
    mine = col(OrderRow.merchant) == merchant
    return select(
        exists().where(mine, col(OrderRow.next_deadline) <= now, col(OrderRow.payments_pending) == 0),
        exists().where(mine, col(OrderRow.payments_pending) > 0),
        exists().where(col(InboxRow.merchant) == merchant, waits_untried(InboxRow, "received")),
        exists().where(col(OutboxRow.merchant) == merchant, waits_untried(OutboxRow, "queued")),
    )


_PENDING = _pending_query()  # asked many times a second while a clock moves: it is put together once
