"""One order with every row about it, read together so that the rows can be compared."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, payment_keys
from domain.model.order import Order
from domain.model.state import JourneyState
from runtime.verify.sources import ProviderPayment, RecordedRefund, Sources
from store.tables.all import (
    AttentionRow,
    AuditRow,
    DatePromiseRow,
    LedgerEntry,
    LegRow,
    MerchantRow,
    OrderRow,
    OutboxRow,
    ParcelRow,
    PaymentRow,
    ReturnRow,
    SnapshotRow,
)

_BATCH_SIZE = 200  # orders held in memory at once
_AUDITED = ("payment_planned", "goodwill_issued")  # the only actions of the audit log that are compared

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class CheckContext:
    """What the checks of all orders need.

    quiesced: the system is idle, so nothing may be unfinished.
    now: real time.
    """

    quiesced: bool
    now: datetime
    merchants: dict[str, MerchantRow]


@dataclass
class OrderRecords:
    """One order.

    now: its merchant's business time.
    sandbox: its merchant's clock is moved by command.
    state: None where the snapshot is missing.
    payments: those of its tenders that the store has as paying this order.
    taken: the payments of its tenders, by their id, as the provider has them.
    refunds: those of its payments or for its legs at the provider, by their key there; empty for those of others.
    runs: how many runs of its journey are open; None where Temporal knows no run.
    """

    row: OrderRow
    order: Order
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
    date_promises: list[DatePromiseRow] = field(default_factory=list)
    audit: list[AuditRow] = field(default_factory=list)
    payments: set[str] = field(default_factory=set)
    taken: dict[str, ProviderPayment] = field(default_factory=dict)
    refunds: dict[str, list[RecordedRefund]] = field(default_factory=dict)
    runs: int | None = None

    @property
    def id(self) -> str:
        """Our id of the order."""
        return self.row.id

    @property
    def workflow_id(self) -> str:
        """The id of its journey."""
        return keys.workflow_id(self.row.merchant, self.row.id)

    @property
    def card_payments(self) -> list[str]:
        """The provider's ids of its payments."""
        return [tender.payment for tender in self.order.tenders if tender.payment]

    @property
    def provider_keys(self) -> list[str]:
        """The provider's keys of its legs."""
        return [payment_keys.provider_refund(leg.merchant, leg.key) for leg in self.legs]


async def order_records(
    session: AsyncSession, context: CheckContext, sources: Sources
) -> AsyncIterator[OrderRecords]:
    """All orders, in batches."""
    last = ""
    while True:
        query = select(OrderRow).where(col(OrderRow.id) > last).order_by(col(OrderRow.id)).limit(_BATCH_SIZE)
        rows = (await session.exec(query)).all()
        batch = await _from_tables(session, context, rows)
        await _add_provider_records(batch, sources)
        runs = await sources.journeys.runs_of([records.workflow_id for records in batch])
        for records in batch:
            records.runs = runs.get(records.workflow_id, None)
            yield records
        if len(rows) < _BATCH_SIZE:
            return
        last = rows[-1].id
        session.expunge_all()


async def _from_tables(
    session: AsyncSession, context: CheckContext, rows: Sequence[OrderRow]
) -> list[OrderRecords]:
    by_id = {row.id: _order_records(row, context) for row in rows}
    ids = list(by_id)
    for snapshot in await _of(session, SnapshotRow, ids, set()):
        records = by_id[snapshot.order]
        records.snapshot, records.state = snapshot, JourneyState.model_validate_json(snapshot.state)
    merchants = {row.merchant for row in rows}
    for table, name in _RELATED:
        grouped = _grouped(await _of(session, table, ids, merchants))
        for order, related in grouped.items():
            getattr(by_id[order], name).extend(related)
    for payment in await _payments(session, list(by_id.values())):
        if payment.order in by_id:
            by_id[payment.order].payments.add(payment.payment)
    return list(by_id.values())


_RELATED: tuple[tuple[type[SQLModel], str], ...] = (
    (LegRow, "legs"),
    (LedgerEntry, "entries"),
    (OutboxRow, "notices"),
    (ReturnRow, "returns"),
    (ParcelRow, "parcels"),
    (AttentionRow, "attention"),
    (DatePromiseRow, "date_promises"),
    (AuditRow, "audit"),
)


async def _payments(session: AsyncSession, batch: list[OrderRecords]) -> Sequence[PaymentRow]:
    names = [name for records in batch for name in records.card_payments]
    merchants = {records.row.merchant for records in batch}
    query = select(PaymentRow).where(
        col(PaymentRow.merchant).in_(merchants), col(PaymentRow.payment).in_(names)
    )
    return (await session.exec(query)).all()


async def _add_provider_records(batch: list[OrderRecords], sources: Sources) -> None:
    """What the provider has of the payments and legs of these orders."""
    payments = {name for records in batch for name in records.card_payments}
    legs = {key for records in batch for key in records.provider_keys}
    found = await sources.provider.find_records(sorted(payments), sorted(legs))
    taken = {payment.id: payment for payment in found.payments}
    for records in batch:
        own = set(records.card_payments)
        records.taken = {name: taken[name] for name in own if name in taken}
        for refund in found.refunds:
            if refund.leg in records.provider_keys:
                records.refunds.setdefault(refund.leg, []).append(refund)
            elif refund.payment in own:
                records.refunds.setdefault("", []).append(refund)


def _order_records(row: OrderRow, context: CheckContext) -> OrderRecords:
    merchant = context.merchants.get(row.merchant)
    clock = merchant.clock if merchant else None
    order = Order.model_validate_json(row.body)
    return OrderRecords(row=row, order=order, now=clock or context.now, sandbox=clock is not None)


async def _of(
    session: AsyncSession, table: type[Row], orders: list[str], merchants: set[str]
) -> Sequence[Row]:
    """The table's rows about those orders. Only of these merchants where the index needs the merchant."""
    columns = table.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it and does not declare it
    query = select(table).where(columns["order"].in_(orders))
    if table in (LegRow, LedgerEntry, AuditRow):
        query = query.where(columns["merchant"].in_(merchants))
    if table is AuditRow:
        query = query.where(columns["action"].in_(_AUDITED))
    return (await session.exec(query)).all()


def _grouped(rows: Iterable[SQLModel]) -> dict[str, list[SQLModel]]:
    grouped: dict[str, list[SQLModel]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, "order")].append(row)  # noqa: B009 - the tables share a column, not a class
    return grouped
