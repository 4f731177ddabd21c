"""The ledger: money is reserved before it leaves, posted when it has left, and released when it has not.

Every step is one entry with its own key, so it happens once however often it is repeated. All steps of one order lock the
entry of its capture first, so the balance of a tender cannot change between the check and the reservation.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.order import Order, Tender
from domain.model.payment import TAKES_BACK, PaymentRequest
from domain.money import Money
from ports.ledger import LegClosed, LegRecord, NotCovered
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.direct_statements import first_row
from store.engine.inserts import insert_values
from store.ledger import journal, reversals, store_credit
from store.ledger.journal import credit_posting, debit_posting
from store.ledger.leg_rows import (
    entry_of,
    find_leg,
    provider_of,
    require_leg,
    save_leg,
    unfinished_leg,
    written,
)
from store.ledger.reversals import release_replaced
from store.tables.ledger import LedgerEntry, LegRow

NOT_COVERED = "not_covered"
_LOCKED_ENTRY = journal.ENTERED.with_for_update()


async def post_capture(session: AsyncSession, order: Order) -> None:
    """Enter the order's captured tenders, in the transaction that places the order; again is a no-op."""
    captured = tuple(tender for tender in order.tenders if tender.captured)
    await _post_capture(session, order, order.order, captured)


async def post_later_captures(session: AsyncSession, order: Order, tenders: Iterable[Tender]) -> None:
    """Enter tenders that were paid after the order was placed, each once."""
    for tender in (one for one in tenders if one.captured):
        await _post_capture(
            session, order, payment_keys.later_capture(order.order, tender.tender_id), (tender,)
        )


async def _post_capture(
    session: AsyncSession, order: Order, subject: str, tenders: tuple[Tender, ...]
) -> None:
    """The money of a card lies with its provider; a gift card or store credit was paid in through an account of that kind."""
    key = payment_keys.ledger_entry("capture", subject)
    if await first_row(session, journal.ENTERED, merchant=order.merchant, key=key):
        return
    entry = LedgerEntry(
        merchant=order.merchant,
        order=order.order,
        key=key,
        kind="capture",
        at=order.placed_at,
        cause="placed",
    )
    postings = []
    for tender in tenders:
        assert tender.provider or tender.refunded_to != "provider", (
            f"tender of {order.order} names no provider"
        )
        postings.append(debit_posting(journal.cash(tender.provider or tender.kind), tender.amount))
        postings.append(credit_posting(journal.tender(order.order, tender.tender_id), tender.amount))
    await journal.post_entry(session, entry, postings)


class StoredLedger:
    """The Ledger port on our database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, request: PaymentRequest) -> LegRecord:
        """Reserve the principal once per key. A leg that was not covered stays released; a retry needs a new epoch."""
        async with self._database.write() as session:
            capture = payment_keys.ledger_entry("capture", request.order)
            await first_row(session, _LOCKED_ENTRY, merchant=request.merchant, key=capture)
            existing = await find_leg(session, request)
            leg = existing or await self._open(session, request)
            record = _leg_record(leg)
        if existing is None and record.status == "released":
            raise NotCovered(f"{request.key}: {request.principal.minor} {request.principal.currency}")
        return record

    async def _open(self, session: AsyncSession, request: PaymentRequest) -> LegRow:
        leg = LegRow(
            merchant=request.merchant,
            key=request.key,
            order=request.order,
            occasion=request.occasion,
            purpose=request.purpose,
            tender_id=request.tender_id,
            provider=provider_of(request),
            principal=request.principal.minor,
            bonus=request.bonus.minor,
            currency=request.principal.currency,
            status="reserved",
            created_at=real_now(),
        )
        if request.replaces:
            await release_replaced(session, request)
        if request.purpose not in TAKES_BACK:  # which takes from the customer's credit, not from the tender
            await self._take_from_tender(session, request, leg)
        await insert_values(session, LegRow, [leg.model_dump()])
        return leg

    async def _take_from_tender(self, session: AsyncSession, request: PaymentRequest, leg: LegRow) -> None:
        """Reserve the principal; where the tender does not hold it, the leg is released."""
        tender = journal.tender(request.order, request.tender_id)
        left = await journal.balance(session, request.merchant, tender, request.principal.currency)
        if -left.minor < request.principal.minor:
            leg.status, leg.decline = "released", NOT_COVERED
            return
        postings = [
            debit_posting(tender, request.principal),
            credit_posting(journal.reserved(request.key), request.principal),
        ]
        await journal.post_entry(session, entry_of("reserve", request), postings)

    async def mark_sent(self, request: PaymentRequest) -> datetime:
        """From now on the provider may have acted. `sent_at` keeps the first time of all sendings. Raises LegClosed."""
        async with self._database.write() as session:
            leg = await require_leg(session, request)
            if leg.status not in ("reserved", "sent"):
                raise LegClosed(f"{request.key} is {leg.status}")
            leg.status, leg.last_sent_at = "sent", (now := real_now())
            leg.sent_at = leg.sent_at or now
            await save_leg(session, leg)
        return now

    async def mark_unsent(self, request: PaymentRequest, at: datetime) -> None:
        """Undo the first sending, of that time. Not where another step has sent or ended the leg since."""
        async with self._database.write() as session:
            leg = await require_leg(session, request)
            if leg.status == "sent" and leg.sent_at == leg.last_sent_at == at:
                leg.status, leg.sent_at, leg.last_sent_at = "reserved", None, None
                await save_leg(session, leg)

    async def accept(self, request: PaymentRequest, reference: str) -> None:
        """Store the provider's id of a payment that it will finish later. Another step may have ended the leg meanwhile."""
        async with self._database.write() as session:
            leg = await require_leg(session, request)
            if leg.status in ("reserved", "sent"):
                leg.reference = reference
                await save_leg(session, leg)

    async def post(self, request: PaymentRequest, reference: str) -> Money:
        """Post the payment and settle the leg. Raises NotCovered, and LegClosed for a leg that was released."""
        async with self._database.write() as session:
            leg = await unfinished_leg(session, request, "settled")
            if leg is None:
                settled = await require_leg(session, request)
                return Money(minor=settled.bonus, currency=settled.currency)
            try:
                leg.bonus = (await self._move(session, request, leg.reversals + 1)).minor
                leg.status, leg.reference = "settled", reference
                refusal = None
            except NotCovered as not_covered:  # nothing was posted; the leg stays released
                leg.status, leg.decline, refusal = "released", NOT_COVERED, not_covered
            await save_leg(session, leg)
            await session.flush()  # what a grant of store credit has added
            written()
        if refusal is not None:
            raise refusal
        return Money(minor=leg.bonus, currency=leg.currency)

    async def _move(self, session: AsyncSession, request: PaymentRequest, round: int) -> Money:
        """Returns the bonus that moved: of one that is taken back, what had not expired."""
        entry = entry_of("post", request, round)
        if request.purpose in TAKES_BACK:
            return await store_credit.reverse(session, request, entry)
        if request.to == "credit":
            await store_credit.grant(session, request, entry)
        else:
            postings = [
                debit_posting(journal.reserved(request.key), request.principal),
                credit_posting(_paid_from(request), request.principal),
            ]
            await journal.post_entry(session, entry, postings)
        return request.bonus

    async def reverse(self, request: PaymentRequest, decline: str) -> None:
        """Take the posting of a settled leg back. Raises LegClosed for a leg that was never settled."""
        await reversals.reverse(self._database, request, decline)

    async def release(self, request: PaymentRequest, decline: str) -> None:
        """Give the reserved money back to its tender. Raises LegClosed for a leg that was settled."""
        async with self._database.write() as session:
            leg = await unfinished_leg(session, request, "released")
            if leg is None:
                return
            leg.status, leg.decline = "released", decline
            await save_leg(session, leg)
            if request.purpose not in TAKES_BACK:
                tender = journal.tender(request.order, request.tender_id)
                postings = [
                    debit_posting(journal.reserved(request.key), request.principal),
                    credit_posting(tender, request.principal),
                ]
                await journal.post_entry(session, entry_of("release", request), postings)


def _paid_from(request: PaymentRequest) -> str:
    """The account that has paid: cash, or what a bank took before."""
    if request.to == "bank":
        return payment_keys.dispute_of_occasion(request.occasion)
    return journal.cash(request.provider or request.to)


def _leg_record(leg: LegRow) -> LegRecord:
    return LegRecord.model_validate(leg.model_dump(include=set(LegRecord.model_fields)))
