"""Refunds that came back after they were paid: their posting is taken back, and the money is owed again."""

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model.payment import PaymentRequest
from domain.money import Money
from ports.ledger import LegClosed
from store.engine.database import Database
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.ledger.leg_rows import entry_of, locked_leg, require_leg, save_leg, written


async def reverse(database: Database, request: PaymentRequest, decline: str) -> None:
    """Take the posting back: cash is here again, and the amount is reserved for the leg. Raises LegClosed."""
    async with database.write() as session:
        leg = await require_leg(session, request)
        if leg.status == "reversed":
            return
        if leg.status != "settled":
            raise LegClosed(f"{request.key} is {leg.status}")
        leg.status, leg.decline, leg.reversals = "reversed", decline, leg.reversals + 1
        await save_leg(session, leg)
        postings = [
            debit_posting(journal.cash(request.provider or request.to), request.principal),
            credit_posting(journal.reserved(request.key), request.principal),
        ]
        await journal.post_entry(session, entry_of("reverse", request, leg.reversals), postings)
        written()


async def release_replaced(session: AsyncSession, request: PaymentRequest) -> None:
    """Give money that is reserved for the leg that this one replaces back to their tender; again is a no-op."""
    replaced = request.model_copy(update={"key": request.replaces})
    leg = await locked_leg(session, request.merchant, request.replaces)
    if leg is None or leg.status != "reversed":
        return
    leg.status, reserved = "released", Money(minor=leg.principal, currency=leg.currency)
    await save_leg(session, leg)
    tender = journal.tender(request.order, request.tender_id)
    postings = [
        debit_posting(journal.reserved(request.replaces), reserved),
        credit_posting(tender, reserved),
    ]
    await journal.post_entry(session, entry_of("release", replaced), postings)
