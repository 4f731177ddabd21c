"""I9: no row of one merchant refers to another's."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

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
    all.DatePromiseRow,
    all.AuditRow,
    all.OutboxRow,
    all.LetterRow,
    all.LedgerEntry,
    all.LegRow,
    all.CreditLot,
    all.WebhookEventRow,
    all.WebhookDeliveryRow,
)


class _Reference(NamedTuple):
    """A column of one table that names rows of another. `present`: the rows of the table that name one."""

    table: Table
    column: ColumnElement[Any]
    other: Table
    other_id: ColumnElement[Any]
    present: ColumnElement[bool]


async def rows(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Every row that names an order is of the order's merchant; the same for postings, waits and orders themselves."""
    for reference in _references():
        async for broken in _foreign_rows(session, reference):
            yield broken


def _references() -> Iterator[_Reference]:
    orders = _table(all.OrderRow)
    for model in _OF_AN_ORDER:
        table = _table(model)
        yield _Reference(table, table.c["order"], orders, orders.c["id"], table.c["order"] != "")
    for table, name, other in (
        (_table(all.LedgerPosting), "entry", _table(all.LedgerEntry)),
        (_table(all.InboxWaitRow), "inbox", _table(all.InboxRow)),
        (_table(all.RedemptionPart), "lot", _table(all.CreditLot)),
    ):
        yield _Reference(table, table.c[name], other, other.c["id"], table.c[name].is_not(None))


async def _foreign_rows(session: AsyncSession, reference: _Reference) -> AsyncIterator[BrokenInvariant]:
    """Rows whose row in the other table is missing or belongs to another merchant."""
    table, other = reference.table, reference.other
    joined = table.outerjoin(other, reference.column == reference.other_id)
    query = select(reference.column, table.c["merchant"], other.c["merchant"]).select_from(joined)
    different = other.c["merchant"].is_(None) | (other.c["merchant"] != table.c["merchant"])
    query = query.where(reference.present, different).distinct()
    for name, merchant, owner in (await session.exec(query)).all():
        whose = f"of merchant {owner}" if owner else "that does not exist"
        message = f"{table.name}: a row of merchant {merchant} refers to {other.name} {name} {whose}"
        yield BrokenInvariant(invariant="I9", subject=f"{table.name} {name}", message=message)


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """The order belongs to a merchant that exists, and its snapshot to the same merchant."""
    owner = records.row.merchant
    if owner not in context.merchants:
        yield _broken(records, f"order {records.id} is of merchant {owner}, who does not exist")
    if records.state is not None and records.state.order.merchant != owner:
        other = records.state.order.merchant
        yield _broken(records, f"order {records.id} of merchant {owner} has a snapshot of merchant {other}")


def _broken(records: OrderRecords, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I9", subject=records.id, message=message)


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
