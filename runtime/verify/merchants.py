"""I9: no row of one merchant refers to another's."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant
from store.tables import all

_OF_AN_ORDER: tuple[type[SQLModel], ...] = (
    all.SnapshotRow,
    all.ReturnRow,
    all.ParcelRow,
    all.AttentionRow,
    all.AuditRow,
    all.OutboxRow,
    all.MailboxRow,
    all.LedgerEntry,
    all.LegRow,
    all.CreditLot,
    all.WebhookEventRow,
    all.WebhookDeliveryRow,
)


async def rows(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Every row that names an order is of the order's merchant; the same for postings, waits and orders themselves."""
    orders = _table(all.OrderRow)
    for model in _OF_AN_ORDER:
        table = _table(model)
        async for broken in _foreign_rows(
            session, table, orders, table.c["order"], orders.c["id"], table.c["order"] != ""
        ):
            yield broken
    postings, entries = _table(all.LedgerPosting), _table(all.LedgerEntry)
    waits, inbox = _table(all.InboxWaitRow), _table(all.InboxRow)
    for table, other, mine, theirs in (
        (postings, entries, postings.c["entry"], entries.c["id"]),
        (waits, inbox, waits.c["inbox"], inbox.c["id"]),
    ):
        async for broken in _foreign_rows(session, table, other, mine, theirs, mine.is_not(None)):
            yield broken


async def _foreign_rows(
    session: AsyncSession,
    table: Table,
    other: Table,
    mine: ColumnElement[Any],
    theirs: ColumnElement[Any],
    where: ColumnElement[bool],
) -> AsyncIterator[BrokenInvariant]:
    """Rows whose partner in the other table is missing or of another merchant."""
    joined = table.outerjoin(other, mine == theirs)
    query = select(mine, table.c["merchant"], other.c["merchant"]).select_from(joined).where(where)
    different = other.c["merchant"].is_(None) | (other.c["merchant"] != table.c["merchant"])
    for name, ours, owner in (await session.exec(query.where(different).distinct())).all():
        whose = f"of merchant {owner}" if owner else "that does not exist"
        says = f"{table.name}: a row of merchant {ours} refers to {other.name} {name} {whose}"
        yield BrokenInvariant(invariant="I9", subject=f"{table.name} {name}", message=says)


def check(records: OrderRecords, context: CheckContext) -> list[BrokenInvariant]:
    """The order is of a merchant we have, and so is what its snapshot says."""
    found = []
    if records.row.merchant not in context.merchants:
        found.append(f"order {records.id} is of merchant {records.row.merchant}, who does not exist")
    if records.state is not None and records.state.order.merchant != records.row.merchant:
        whose = records.state.order.merchant
        found.append(
            f"order {records.id} of merchant {records.row.merchant} has a snapshot of merchant {whose}"
        )
    return [BrokenInvariant(invariant="I9", subject=records.id, message=says) for says in found]


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
