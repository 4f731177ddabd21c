"""I4b for goodwill: its amount is what the lateness earned, neither more nor less."""

import json
from collections.abc import Iterator
from datetime import datetime

from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import total
from domain.payments import goodwill
from domain.payments.late_money import goodwill_for_late_money, is_for_late_money
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Each goodwill of the order against the facts at the time when it was planned."""
    state = records.state
    if state is None:
        return
    for index, settlement in enumerate(state.settlements):
        if settlement.purpose != "goodwill" or not settlement.legs:
            continue
        if is_for_late_money(settlement):
            yield from _for_a_broken_date(state, settlement)
            continue
        given = total([leg.bonus for leg in settlement.legs], state.order.currency).minor
        least, most = _earned(state, index)
        if not least <= given <= most and not _facts_changed(records, state):
            amount, ground = money(given, state.order.currency), money(most, state.order.currency)
            message = (
                f"goodwill {settlement.occasion} of order {records.id} is {amount}, but the lateness earned {ground}; "
                "compare the order's parcels with its promise, and correct the customer's credit by hand"
            )
            yield BrokenInvariant(invariant="I4b", subject=settlement.occasion, message=message)


def _for_a_broken_date(state: JourneyState, settlement: Settlement) -> Iterator[BrokenInvariant]:
    """Goodwill for money that was late is what the terms say, and a date was broken."""
    given, owed = (
        total([leg.bonus for leg in settlement.legs], state.order.currency),
        goodwill_for_late_money(state),
    )
    if given != owed or not any(one.outcome == "broken" for one in state.date_promises):
        amount = money(given.minor, state.order.currency)
        message = f"goodwill {settlement.occasion} is {amount}, and no broken date earned that; correct the credit by hand"
        yield BrokenInvariant(invariant="I4b", subject=settlement.occasion, message=message)


def _earned(state: JourneyState, index: int) -> tuple[int, int]:
    """The least and the most that it can have been: a return that was open then may have been given up since."""
    planned_at = _planned_at(state.settlements[index])
    open_then = [case for case in state.returns if case.opened_at <= planned_at]
    amounts = []
    for returns in (open_then, []):
        before = {"settlements": state.settlements[:index], "returns": returns, "cancelled_at": None}
        owed = goodwill.compensation_due(state.model_copy(update=before))
        amounts.append(owed.amount.minor if owed else 0)
    return min(amounts), max(amounts)


def _planned_at(settlement: Settlement) -> datetime:
    return min(leg.planned_at for leg in settlement.legs)


def _facts_changed(records: OrderRecords, state: JourneyState) -> bool:
    """Whether a delivery became known later that changes which parcel was how late, and the earlier one is still there."""
    for line in records.audit:
        if line.action != "goodwill_issued":
            continue
        parcel, days = state.parcel(line.subject), json.loads(line.details).get("days")
        if parcel is not None and goodwill.latest_parcel(state) != (days, parcel):
            return days in _possible_lateness(state, parcel)
    return False


def _possible_lateness(state: JourneyState, parcel: Parcel) -> set[int]:
    """How late the parcel was by each of its delivering scans alone."""
    delivering = [scan for scan in parcel.scans if scan.status is ParcelStatus.DELIVERED]
    return {
        goodwill.lateness(state, parcel.model_copy(update={"scans": [scan], "declared_at": None}))
        for scan in delivering
    }
