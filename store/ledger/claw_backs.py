"""Claims in the ledger: what a customer owes, the store credit that is used for it, and what becomes of the rest."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, payment_keys
from domain.model.claw_back import ClawBackAccount, WorkKind
from domain.model.claw_back_request import ClawBackRequest
from domain.money import Money, zero
from domain.payment_keys import LedgerStep
from ports.claw_backs import Collected
from store.engine.database import Database, acquire_transaction_lock
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.ledger.store_credit import spendable, use_up
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting

CLAW_BACK_TENDER = "claw_back"  # instead of a tender of the order: what customers paid for claims
_COLLECTING: tuple[LedgerStep, ...] = ("claw_back", "net_claw_back")
_STEPS: dict[WorkKind, LedgerStep] = {
    "write_off": "write_off_claw_back",
    "payment": "pay_claw_back",
    "reduction": "reduce_claw_back",
}


class StoredClawBacks:
    """The port ClawBackLedger on our database. Steps of one claim exclude each other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def collect(self, request: ClawBackRequest) -> Collected:
        """See the port. The credit of the claim's own return is used first, then what expires soonest."""
        async with self._database.write() as session:
            await acquire_transaction_lock(session, keys.claw_back_lock(request.merchant, request.claim))
            earlier = await self._collected(session, request)
            if earlier is not None:
                return earlier
            netted = await self._collect(session, request)
        return Collected(booked=request.amount, netted=netted)

    async def _collected(self, session: AsyncSession, request: ClawBackRequest) -> Collected | None:
        """What was entered before under this key; None if nothing was."""
        currency, minors = request.amount.currency, dict[LedgerStep, int]()
        for step in _COLLECTING:
            query = (
                select(LedgerPosting.minor)
                .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
                .where(
                    col(LedgerEntry.merchant) == request.merchant,
                    col(LedgerEntry.key) == payment_keys.ledger_entry(step, request.key),
                    col(LedgerPosting.account) == journal.claw_back(request.claim),
                )
            )
            minors[step] = int((await session.exec(query)).one_or_none() or 0)
        if not minors["claw_back"]:
            return None
        booked, netted = minors["claw_back"], -minors["net_claw_back"]
        return Collected(
            booked=Money(minor=booked, currency=currency), netted=Money(minor=netted, currency=currency)
        )

    async def _collect(self, session: AsyncSession, request: ClawBackRequest) -> Money:
        claim, currency = journal.claw_back(request.claim), request.amount.currency
        owed = [debit_posting(claim, request.amount), credit_posting(_claimed(request), request.amount)]
        await journal.post_entry(session, _new_entry(request, "claw_back"), owed)
        lots = await spendable(session, request.merchant, request.customer, currency, request.now)
        first = sorted(lots, key=lambda lot: not (request.own and lot.leg.startswith(request.own)))
        minor = min(request.amount.minor, sum(lot.remaining for lot in lots))
        if minor <= 0:
            return zero(currency)
        use_up(first, minor)
        netted = Money(minor=minor, currency=currency)
        sides = [debit_posting(journal.store_credit(request.customer), netted), credit_posting(claim, netted)]
        await journal.post_entry(session, _new_entry(request, "net_claw_back"), sides)
        return netted

    async def book(self, request: ClawBackRequest) -> None:
        """See the port."""
        async with self._database.write() as session:
            await acquire_transaction_lock(session, keys.claw_back_lock(request.merchant, request.claim))
            step, currency = _STEPS[request.kind], request.amount.currency
            if await _entry(session, request, step) is not None:
                return
            postings = []
            for side in request.postings:
                postings.append((_account(request, side.account), Money(minor=side.minor, currency=currency)))
                if side.account == "credit":
                    session.add(_lot(request, -side.minor))
            await journal.post_entry(session, _new_entry(request, step), postings)


def _account(request: ClawBackRequest, account: ClawBackAccount) -> str:
    match account:
        case "claim":
            return journal.claw_back(request.claim)
        case "claimed":
            return _claimed(request)
        case "write_off":
            return journal.written_off(request.order)
        case "cash":
            return journal.cash(request.cash)
        case "credit":
            return journal.store_credit(request.customer)
        case "refundable":
            return journal.tender(request.order, CLAW_BACK_TENDER)


def _claimed(request: ClawBackRequest) -> str:
    return journal.claimed(request.order)


def _lot(request: ClawBackRequest, minor: int) -> CreditLot:
    """Credit that was used for a claim whose goods came after all: the customer's own, so it never expires."""
    return CreditLot(
        merchant=request.merchant,
        customer=request.customer,
        order=request.order,
        leg=request.key,
        part="adjustment",
        currency=request.amount.currency,
        granted=minor,
        remaining=minor,
        granted_at=request.now,
        expires_at=None,
    )


def _new_entry(request: ClawBackRequest, step: LedgerStep) -> LedgerEntry:
    return LedgerEntry(
        merchant=request.merchant,
        order=request.order,
        key=payment_keys.ledger_entry(step, request.key),
        kind=step,
        at=request.now,
        cause=request.claim,
    )


async def _entry(session: AsyncSession, request: ClawBackRequest, step: LedgerStep) -> LedgerEntry | None:
    key = payment_keys.ledger_entry(step, request.key)
    query = select(LedgerEntry).where(
        col(LedgerEntry.merchant) == request.merchant, col(LedgerEntry.key) == key
    )
    return (await session.exec(query)).one_or_none()
