"""What a bank takes and gives back for disputes, fees, and losses: entered with the snapshot that has them first."""

from datetime import datetime
from typing import Final

from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.dispute import Dispute, DisputeBooking, DisputeStep
from domain.model.state import JourneyState
from store.engine.direct_statements import first_row
from store.ledger import journal
from store.ledger.journal import Posting, credit_posting, debit_posting
from store.tables.ledger import LedgerEntry

_BACK: Final[frozenset[DisputeStep]] = frozenset({"release_dispute", "return_dispute_fee", "recover_dispute"})


async def post_disputes(session: AsyncSession, state: JourneyState, now: datetime) -> None:
    """Enter every movement that is not in the ledger yet, in the transaction of the commit; again is a no-op."""
    for dispute in state.disputes:
        occasion = payment_keys.occasion_of_dispute(state.order.order, dispute.dispute)
        for number, booking in enumerate(dispute.bookings, start=1):
            key = payment_keys.ledger_entry(booking.step, payment_keys.dispute_booking(occasion, number))
            if await first_row(session, journal.ENTERED, merchant=state.order.merchant, key=key):
                continue
            entry = LedgerEntry(
                merchant=state.order.merchant,
                order=state.order.order,
                key=key,
                kind=booking.step,
                at=now,
                cause=occasion,
            )
            await journal.post_entry(session, entry, _postings(state, dispute, booking))


def _postings(state: JourneyState, dispute: Dispute, booking: DisputeBooking) -> list[Posting]:
    """The two accounts of a step; a step back has them the other way round."""
    order = state.order.order
    held = journal.dispute(order, dispute.dispute)
    cash = journal.cash(_holder(state, dispute))
    debit, credit = {
        "hold_dispute": (held, cash),
        "release_dispute": (held, cash),
        "charge_dispute_fee": (journal.fees(order), cash),
        "return_dispute_fee": (journal.fees(order), cash),
        "write_off_dispute": (journal.written_off(order), held),
        "recover_dispute": (journal.written_off(order), held),
    }[booking.step]
    if booking.step in _BACK:
        debit, credit = credit, debit
    return [debit_posting(debit, booking.amount), credit_posting(credit, booking.amount)]


def _holder(state: JourneyState, dispute: Dispute) -> str:
    """Who holds the money, as its capture was entered."""
    tender = state.order.tender(dispute.tender_id)
    return (tender.provider or tender.kind) if tender else dispute.provider
