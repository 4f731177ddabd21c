"""The table of orders: to place them, extend them and find one by its ids."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.extension import OrderExtended, extended, merged
from domain.model.order import Order, Tender
from domain.model.reported_payment import ReportedPayment
from domain.payments.captures import captured_tender
from domain.reasons import Violation
from failpoints.points import hit
from store.audit import AuditLine, audit_row
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.inserts import insert_new
from store.inbox.parking import unpark_for_order, unpark_for_payments
from store.ledger.refunds import post_capture, post_later_captures
from store.orders.first_snapshots import first_state, rules_of_added, write_first
from store.orders.projection import summary
from store.orders.search import write_terms
from store.orders.snapshots import Snapshot
from store.orders.state_changes import kept
from store.privacy.vault import BlindTerm
from store.tables.all import MerchantRow, OrderRow, PaymentRow

_BY_EITHER_ID = select(OrderRow).where(
    col(OrderRow.merchant) == bindparam("merchant"),
    or_(col(OrderRow.order_id) == bindparam("order"), col(OrderRow.id) == bindparam("order")),
)


@dataclass(frozen=True)
class PlaceOrderResult:
    """`order`: our id of the one order with that order id.

    outcome: `conflict`: the merchant used this order id for another body; `payment_taken`: one of its payments paid for
      another order, and nothing was written; `merchant_paused`: likewise, for a new order.
    sent_parts: of the order with that id, where it was placed by another request.
    first: the snapshot of a new order.
    """

    outcome: Literal["new", "duplicate", "conflict", "payment_taken", "merchant_paused"]
    order: str
    sent_parts: str = ""
    first: Snapshot | None = None


@dataclass(frozen=True)
class ExtendOrderResult:
    """`extension`: all that was added to the order since it was placed, if anything was.

    refused: why nothing was written, else None. `not_possible`: with it, it could not be an order.
    """

    extension: OrderExtended | None = None
    refused: Literal["order_cancelled", "payment_taken", "not_possible"] | None = None


@dataclass(frozen=True)
class CaptureResult:
    """`tender`: as it was captured. refused: why nothing was written. payment_taken: the payment paid for another order."""

    tender: Tender | None = None
    refused: Violation | None = None
    payment_taken: bool = False


@dataclass(frozen=True)
class PromiseBasis:
    """What an order's promise and terms were computed with: the version of the policy, and the carrier's holidays."""

    policy: int
    off_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class BesideOrder:
    """What is written with a new order.

    basis: by default the policy in force and no holidays.
    sent_parts: of the request, as `OrderRow` has them.
    terms: what the order is found by.
    audit: what is to be known of it.
    """

    basis: PromiseBasis | None = None
    sent_parts: str = ""
    terms: Sequence[BlindTerm] = ()
    audit: AuditLine | None = None


class Orders:
    """The table of orders. A function with a merchant finds orders of that merchant only."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def place(
        self, order: Order, body_hash: str, beside: BesideOrder = BesideOrder()
    ) -> PlaceOrderResult:
        """Write the order, its first snapshot, the intent to start it and its captured money in one transaction.

        Once per merchant's order id. body_hash: of the request.

        Raises LookupError for an unknown merchant.
        """
        try:
            async with self._db.write(inline=True) as session:
                merchant = await session.get(MerchantRow, order.merchant, with_for_update={"read": True})
                if merchant is None:
                    raise LookupError(f"no merchant {order.merchant}")
                named = select(OrderRow).where(*_has_order_id(order.merchant, order.order_id))
                if merchant.paused_at is not None and (await session.exec(named)).first() is None:
                    return PlaceOrderResult("merchant_paused", "")
                basis = beside.basis or PromiseBasis(policy=merchant.policy)
                fresh = _row(order, (body_hash, beside.sent_parts), basis)
                begun = await first_state(session, merchant, order, fresh)
                for name, value in summary(kept(begun.state)).items():
                    setattr(fresh, name, value)
                if not await insert_new(session, fresh):
                    return _not_new((await session.exec(named)).one(), body_hash)
                await _write_beside(session, order, fresh, beside)
                first = await write_first(session, begun)
        except _PaymentAlreadyUsed:
            return PlaceOrderResult("payment_taken", "")
        hit("order.persisted")
        return PlaceOrderResult("new", fresh.id, first=first)

    async def extend(
        self, merchant: str, order: str, extension_of: Callable[[Order], OrderExtended | None]
    ) -> ExtendOrderResult:
        """Write what was added to the order, and the money that was captured for it, in one transaction; again is a no-op.

        extension_of: called with the order while its row is locked, so that two reports at once do not extend the same order.
        """
        try:
            async with self._db.write() as session:
                row = await session.get(OrderRow, order, with_for_update=True)
                if row is None or row.merchant != merchant:
                    raise LookupError(f"no order {order} of {merchant}")
                return await _extend(session, row, extension_of)
        except _PaymentAlreadyUsed:
            return ExtendOrderResult(refused="payment_taken")

    async def capture(
        self, merchant: str, order: str, payment: ReportedPayment, provider: str
    ) -> CaptureResult:
        """Write that a tender was captured, and its money, in one transaction; again is a no-op.

        provider: the one that holds a payment which names none.
        """
        try:
            async with self._db.write() as session:
                row = await session.get(OrderRow, order, with_for_update=True)
                if row is None or row.merchant != merchant:
                    raise LookupError(f"no order {order} of {merchant}")
                return await _capture(session, row, payment, provider)
        except _PaymentAlreadyUsed:
            return CaptureResult(payment_taken=True)

    async def find(self, merchant: str, order: str) -> OrderRow | None:
        """By the merchant's own order id or, where that names none, by our `ord_…`."""
        async with self._db.read_one() as session:
            rows = (await session.exec(_BY_EITHER_ID, params={"merchant": merchant, "order": order})).all()
        return min(rows, key=lambda row: row.order_id != order, default=None)

    async def by_id(self, merchant: str, order: str) -> OrderRow | None:
        """By our `ord_…`, as our own tables refer to it."""
        async with self._db.read_one() as session:
            row = await session.get(OrderRow, order)
        return row if row is not None and row.merchant == merchant else None

    async def currencies(self, merchant: str, orders: Collection[str]) -> dict[str, str]:
        """By our ids: in which currency each of these orders was paid."""
        wanted = select(OrderRow.id, OrderRow.body).where(
            OrderRow.merchant == merchant, col(OrderRow.id).in_(orders)
        )
        async with self._db.read_one() as session:
            return {order: json.loads(body)["currency"] for order, body in await session.exec(wanted)}


def _not_new(row: OrderRow, body_hash: str) -> PlaceOrderResult:
    same = row.body_hash == body_hash
    return PlaceOrderResult("duplicate" if same else "conflict", row.id, row.sent_parts)


async def _write_beside(session: AsyncSession, order: Order, row: OrderRow, beside: BesideOrder) -> None:
    await write_terms(session, row, beside.terms)
    session.add_all([audit_row(order.merchant, beside.audit)] if beside.audit else [])
    await _take_payments(session, order)


async def _extend(
    session: AsyncSession, row: OrderRow, extension_of: Callable[[Order], OrderExtended | None]
) -> ExtendOrderResult:
    before = Order.model_validate_json(row.body)
    known = OrderExtended.model_validate_json(row.extension) if row.extension else None
    extension = extension_of(before)
    if extension is None:
        return ExtendOrderResult(extension=known)
    if row.stage == "cancelled":
        return ExtendOrderResult(refused="order_cancelled")
    after = extended(before, extension)
    if after == before:
        return ExtendOrderResult(refused="not_possible")
    rules = await rules_of_added(session, row, after, len(before.lines))
    extension = extension.model_copy(update={"rules": rules})
    new = after.tenders[len(before.tenders) :]
    await _claim_payments(session, after, new)
    await unpark_for_payments(session, after.merchant, _named(new))
    await post_later_captures(session, after, new)
    whole = merged(known, extension) if known else extension
    row.body, row.extension = after.model_dump_json(), whole.model_dump_json()
    return ExtendOrderResult(extension=whole)


async def _capture(
    session: AsyncSession, row: OrderRow, payment: ReportedPayment, provider: str
) -> CaptureResult:
    order = Order.model_validate_json(row.body)
    known = order.tender(payment.tender_id)
    paid = payment.of(known)
    if isinstance(paid, Violation):
        return CaptureResult(refused=paid)
    paid = paid.held_by(provider)
    after = captured_tender(order, paid)
    if after is not None and known is not None:
        if known.payment != paid.payment:
            await _claim_payments(session, after, [paid])
            await unpark_for_payments(session, after.merchant, _named([paid]))
        await post_later_captures(session, after, [paid])
        row.body = after.model_dump_json()
    return CaptureResult(tender=paid)


class _PaymentAlreadyUsed(Exception):
    """Raised to roll back the placing or extension."""


async def _take_payments(session: AsyncSession, order: Order) -> None:
    """Book what was captured. A provider's message that waits for the order or for one of its payments goes on."""
    await _claim_payments(session, order, order.tenders)
    await post_capture(session, order)
    await unpark_for_order(session, order.merchant, order.order_id, _named(order.tenders))


async def _claim_payments(session: AsyncSession, order: Order, tenders: Iterable[Tender]) -> None:
    """Sorted, so that two orders that claim the same two payments do not deadlock."""
    for payment in _payments(tenders):
        claim = PaymentRow(merchant=order.merchant, payment=payment, order=order.order)
        if not await insert_new(session, claim):
            raise _PaymentAlreadyUsed


def _payments(tenders: Iterable[Tender]) -> list[str]:
    return sorted(tender.payment for tender in tenders if tender.payment is not None)


def _named(tenders: Iterable[Tender]) -> list[str]:
    """All names under which a provider's message may wait for these payments."""
    payments = _payments(tenders)
    return [*payments, *sorted({*filter(None, map(payment_keys.whole_payment, payments))})]


def _row(order: Order, sent: tuple[str, str], basis: PromiseBasis) -> OrderRow:
    body_hash, parts = sent
    return OrderRow(
        id=order.order,
        merchant=order.merchant,
        order_id=order.order_id,
        body_hash=body_hash,
        sent_parts=parts,
        body=order.model_dump_json(),
        customer=order.customer.customer,
        policy=basis.policy,
        off_days=json.dumps([day.isoformat() for day in basis.off_days]),
        placed_at=order.placed_at,
        created_at=real_now(),
    )


def _has_order_id(merchant: str, order_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(OrderRow.merchant) == merchant, col(OrderRow.order_id) == order_id
