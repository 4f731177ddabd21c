"""Whether work is left for a merchant at a time of its clock: checked before a sandbox clock moves on."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, exists, select
from sqlmodel import col

from store.engine.database import Database
from store.engine.queue import waits_untried
from store.tables.all import InboxRow, OrderRow, OutboxRow


class PendingWork(NamedTuple):
    """What is left to do.

    due: an order has a deadline that has passed.
    payments_pending: a payment is sent to a provider, or about to be.
    inbox_pending: a delivery is not applied yet.
    outbox_pending: a notice is not sent yet.
    """

    due: bool
    payments_pending: bool
    inbox_pending: bool
    outbox_pending: bool


async def find_pending_work(db: Database, merchant: str, now: datetime) -> PendingWork:
    """What is left at that business time.

    An order with a pending payment does not count as due: its deadline may be that of the payment. A delivery or notice that
    failed and waits for its next attempt does not count: it is retried in real time.
    """
    async with db.read() as session:
        connection = await session.connection()
        row = (await connection.execute(_PENDING, {"merchant": merchant, "now": now})).one()
    return PendingWork(*(bool(value) for value in row))


def _pending_query() -> Select[bool, bool, bool, bool]:
    """The four fields of PendingWork, in their order."""
    merchant: BindParameter[str] = bindparam("merchant")
    now: BindParameter[datetime] = bindparam("now")
    of_merchant = col(OrderRow.merchant) == merchant
    return select(
        exists().where(of_merchant, col(OrderRow.next_deadline) <= now, col(OrderRow.payments_pending) == 0),
        exists().where(of_merchant, col(OrderRow.payments_pending) > 0),
        exists().where(col(InboxRow.merchant) == merchant, waits_untried(InboxRow, "received")),
        exists().where(col(OutboxRow.merchant) == merchant, waits_untried(OutboxRow, "queued")),
    )


_PENDING = _pending_query()  # made once: it runs many times a second while a clock moves
