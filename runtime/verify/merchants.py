"""I9: no row of one merchant refers to another's."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.lives import Life, Look
from runtime.verify.report import Broken
from store import tables

_OF_AN_ORDER: tuple[type[SQLModel], ...] = (
    tables.SnapshotRow,
    tables.ReturnRow,
    tables.ParcelRow,
    tables.AttentionRow,
    tables.AuditRow,
    tables.OutboxRow,
    tables.MailboxRow,
    tables.LedgerEntry,
    tables.LegRow,
    tables.CreditLot,
    tables.HookEventRow,
    tables.HookDeliveryRow,
)


async def rows(session: AsyncSession) -> AsyncIterator[Broken]:
    """Every row that names an order is of the order's merchant; the same for postings, waits and orders themselves."""
    orders = _table(tables.OrderRow)
    for model in _OF_AN_ORDER:
        table = _table(model)
        async for broken in _strays(
            session, table, orders, table.c["order"], orders.c["id"], table.c["order"] != ""
        ):
            yield broken
    postings, entries = _table(tables.LedgerPosting), _table(tables.LedgerEntry)
    waits, inbox = _table(tables.InboxWaitRow), _table(tables.InboxRow)
    for table, other, mine, theirs in (
        (postings, entries, postings.c["entry"], entries.c["id"]),
        (waits, inbox, waits.c["inbox"], inbox.c["id"]),
    ):
        async for broken in _strays(session, table, other, mine, theirs, mine.is_not(None)):
            yield broken


async def _strays(
    session: AsyncSession,
    table: Table,
    other: Table,
    mine: ColumnElement[Any],
    theirs: ColumnElement[Any],
    where: ColumnElement[bool],
) -> AsyncIterator[Broken]:
    """Rows whose partner in the other table is missing or of another merchant."""
    joined = table.outerjoin(other, mine == theirs)
    query = select(mine, table.c["merchant"], other.c["merchant"]).select_from(joined).where(where)
    different = other.c["merchant"].is_(None) | (other.c["merchant"] != table.c["merchant"])
    for name, ours, owner in (await session.exec(query.where(different).distinct())).all():
        whose = f"of merchant {owner}" if owner else "that does not exist"
        says = f"{table.name}: a row of merchant {ours} refers to {other.name} {name} {whose}"
        yield Broken(invariant="I9", subject=f"{table.name}/{name}", says=says)


def check(life: Life, look: Look) -> list[Broken]:
    """The order is of a merchant we have, and so is what its snapshot says."""
    found = []
    if life.row.merchant not in look.merchants:
        found.append(f"order {life.id} is of merchant {life.row.merchant}, who does not exist")
    if life.state is not None and life.state.order.merchant != life.row.merchant:
        whose = life.state.order.merchant
        found.append(f"order {life.id} of merchant {life.row.merchant} has a snapshot of merchant {whose}")
    return [Broken(invariant="I9", subject=life.id, says=says) for says in found]


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
