"""I5 for disputes: what banks took and gave back is in the ledger once, and what is left on a dispute's account is explained."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import get_args

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.model.dispute import Dispute, DisputeStep
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money
from store.tables.all import LedgerPosting, SnapshotRow

_ACCOUNTS = "dispute/"  # what the names of these accounts begin with
_SIGNS: dict[str, int] = {
    "hold_dispute": 1, "release_dispute": -1, "write_off_dispute": -1, "recover_dispute": 1,
}  # fmt: skip
"""How a step changes the account of the dispute."""


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Every movement of the state is one entry, and every entry is one of the state; a dispute that goes on is asked about."""
    if records.state is None:
        return
    booked = {entry.key for entry in records.entries if entry.kind in get_args(DisputeStep)}
    wanted = {key for dispute in records.state.disputes for key in _keys(records.id, dispute)}
    for key in sorted(wanted - booked):
        yield _broken(key, f"entry {key} of a dispute is not in the ledger")
    for key in sorted(booked - wanted):
        yield _broken(key, f"entry {key} is in the ledger, but in no dispute of order {records.id}")
    for dispute in records.state.disputes:
        if context.quiesced and not dispute.ended and not records.state.has_open("dispute", dispute.dispute):
            yield _broken(
                dispute.dispute, f"dispute {dispute.dispute} goes on but no question about it is open"
            )


def _keys(order: str, dispute: Dispute) -> list[str]:
    occasion = payment_keys.occasion_of_dispute(order, dispute.dispute)
    return [
        payment_keys.ledger_entry(booking.step, payment_keys.dispute_booking(occasion, number))
        for number, booking in enumerate(dispute.bookings, start=1)
    ]


async def accounts(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """What a dispute's account holds is what the bank has, less what was settled by it and written off."""
    of_disputes = col(LedgerPosting.account).startswith(_ACCOUNTS)
    columns = (LedgerPosting.merchant, LedgerPosting.account, LedgerPosting.currency)
    query = select(*columns, func.sum(col(LedgerPosting.minor))).where(of_disputes).group_by(*columns)
    for merchant, account, currency, minor in (await session.exec(query)).all():
        order, name = payment_keys.parts_of_dispute(account)
        snapshot = await session.get(SnapshotRow, order)
        state = JourneyState.model_validate_json(snapshot.state) if snapshot else None
        dispute = next((one for one in state.disputes if one.dispute == name), None) if state else None
        due = _expected(state, dispute)[currency] if state and dispute else 0
        if int(minor) != due:
            has, should = money(int(minor), currency), money(due, currency)
            yield _broken(
                account, f"account {account} of {merchant} holds {has}, its dispute explains {should}"
            )


def _expected(state: JourneyState, dispute: Dispute) -> Counter[str]:
    left: Counter[str] = Counter()
    for booking in dispute.bookings:
        left[booking.amount.currency] += _SIGNS.get(booking.step, 0) * booking.amount.minor
    occasion = payment_keys.occasion_of_dispute(state.order.order, dispute.dispute)
    for settlement in state.settlements:
        for leg in settlement.legs:
            if payment_keys.is_part_of(settlement.occasion, occasion) and leg.status == "settled":
                paid = leg.principal
                left[paid.currency] -= paid.minor
    return left


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I5", subject=subject, message=message)
