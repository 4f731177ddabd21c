"""One order with every row about it, read together so that the rows can be compared."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.model.state import JourneyState
from runtime.verify.sources import ProviderRefund
from store.tables.all import (
    AttentionRow,
    LedgerEntry,
    LegRow,
    MerchantRow,
    OrderRow,
    OutboxRow,
    ParcelRow,
    ReturnRow,
    SnapshotRow,
)

_BATCH_SIZE = 200  # orders held in memory at once

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class CheckContext:
    """What the checks of all orders need.

    quiesced: the system is idle, so nothing may be unfinished.
    now: real time.
    refunds: the provider's refunds, by their key there.
    runs: the number of open runs, by workflow id.
    """

    quiesced: bool
    now: datetime
    merchants: dict[str, MerchantRow]
    refunds: dict[str, list[ProviderRefund]]
    runs: Counter[str]


@dataclass
class OrderRecords:
    """One order.

    now: its merchant's business time.
    sandbox: its merchant's clock is moved by command.
    state: None while the order has no snapshot.
    """

    row: OrderRow
    now: datetime
    sandbox: bool
    snapshot: SnapshotRow | None = None
    state: JourneyState | None = None
    legs: list[LegRow] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    notices: list[OutboxRow] = field(default_factory=list)
    returns: list[ReturnRow] = field(default_factory=list)
    parcels: list[ParcelRow] = field(default_factory=list)
    attention: list[AttentionRow] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Our id of the order."""
        return self.row.id

    @property
    def workflow_id(self) -> str:
        """The id of its journey."""
        return keys.workflow_id(self.row.merchant, self.row.id)


async def order_records(session: AsyncSession, context: CheckContext) -> AsyncIterator[OrderRecords]:
    """All orders, in batches."""
    last = ""
    while True:
        query = select(OrderRow).where(col(OrderRow.id) > last).order_by(col(OrderRow.id)).limit(_BATCH_SIZE)
        rows = (await session.exec(query)).all()
        for records in await _batch(session, context, rows):
            yield records
        if len(rows) < _BATCH_SIZE:
            return
        last = rows[-1].id
        session.expunge_all()


async def _batch(
    session: AsyncSession, context: CheckContext, rows: Sequence[OrderRow]
) -> list[OrderRecords]:
    by_id = {row.id: _order_records(row, context) for row in rows}
    ids = list(by_id)
    for snapshot in await _of(session, SnapshotRow, ids):
        records = by_id[snapshot.order]
        records.snapshot, records.state = snapshot, JourneyState.model_validate_json(snapshot.state)
    for table, name in _RELATED:
        grouped = _grouped(await _of(session, table, ids))
        for order, related in grouped.items():
            getattr(by_id[order], name).extend(related)
    return list(by_id.values())


_RELATED: tuple[tuple[type[SQLModel], str], ...] = (
    (LegRow, "legs"),
    (LedgerEntry, "entries"),
    (OutboxRow, "notices"),
    (ReturnRow, "returns"),
    (ParcelRow, "parcels"),
    (AttentionRow, "attention"),
)


def _order_records(row: OrderRow, context: CheckContext) -> OrderRecords:
    merchant = context.merchants.get(row.merchant)
    clock = merchant.clock if merchant else None
    return OrderRecords(row=row, now=clock or context.now, sandbox=clock is not None)


async def _of(session: AsyncSession, table: type[Row], orders: list[str]) -> Sequence[Row]:
    """The table's rows about those orders, whatever merchant they name."""
    order = table.__table__.c["order"]  # type: ignore[attr-defined]
    return (await session.exec(select(table).where(order.in_(orders)))).all()


def _grouped(rows: Iterable[SQLModel]) -> dict[str, list[SQLModel]]:
    grouped: dict[str, list[SQLModel]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, "order")].append(row)  # noqa: B009 - the tables share a column, not a class
    return grouped
