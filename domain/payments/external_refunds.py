"""Refunds made in the storefront: the money has moved, so it is entered in the ledger and never paid again."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from domain import keys
from domain.actors import Actor, Role
from domain.model.quote import TenderShare
from domain.model.settlement import Settlement, legs_for, take_up_to
from domain.model.shipment import ExternalRefund, ExternalRefundRecord, RefundedLine
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.external_allocation import allocate_tenders, allocate_units, less
from domain.payments.refundable import value_of
from domain.units import UnitsByLine, both, units_in, without

MAX_EXTERNAL_REFUNDS = 200  # of one order


def apply_external_refund(state: JourneyState, refund: ExternalRefund, now: datetime) -> bool:
    """Enter the refund once. False when nothing is new, also when the refund is one of our own.

    A storefront reports a refund again while its payments go on. A refund counts as soon as its amount is not zero.
    When a refund that counted is reported with another amount, it failed later or grew, and finance gets a question.
    """
    amount = total([part.amount for part in refund.parts], state.order.currency)
    earlier = next((record for record in state.external_refunds if record.refund == refund.refund), None)
    ours = any(leg.reference == refund.refund for leg in state.legs())
    if ours or (earlier and earlier.reported_minor == amount.minor):
        return False
    actor = Actor(role=Role.STOREFRONT, name=refund.storefront)
    state.audit(now, actor, "external_refund", refund.refund, amount=amount.minor)
    if earlier is None and len(state.external_refunds) >= MAX_EXTERNAL_REFUNDS:
        state.open_question("refund_mismatch", refund.refund, now)
        return True
    counted = bool(earlier and earlier.counted)
    _record_refund(state, refund.refund, amount.minor, counted or bool(amount))
    if counted:
        state.open_question("refund_mismatch", refund.refund, now)
        return True
    units = allocate_units(state, refund)
    if earlier is None:
        for line in refund.lines:
            if line.removed:
                _remove_unshipped(state, line, units, now)
    if amount:
        _apply_amount(state, refund, units, amount, now)
    return True


def _record_refund(state: JourneyState, refund: str, reported_minor: int, counted: bool) -> None:
    record = ExternalRefundRecord(refund=refund, reported_minor=reported_minor, counted=counted)
    others = [other for other in state.external_refunds if other.refund != refund]
    state.external_refunds = [*others, record]


def _apply_amount(
    state: JourneyState, refund: ExternalRefund, units: UnitsByLine, amount: Money, now: datetime
) -> None:
    """Plan settlements of the money that moved. Finance gets a question about money that exceeds the tenders."""
    moved = allocate_tenders(state, refund)
    excess = amount - total([share.amount for share in moved], amount.currency)
    if _skip_failed_legs(state, excess, units):
        moved = allocate_tenders(state, refund)
        excess = amount - total([share.amount for share in moved], amount.currency)
    for part in _parts(state, units, moved):
        state.plan(_settlement(state, refund, part, now), now)
    if excess:
        state.open_question("refund_mismatch", refund.refund, now)


def _skip_failed_legs(state: JourneyState, excess: Money, units: UnitsByLine) -> bool:
    """Skip payments that our provider refused and that the refund replaces. True when there is one.

    A refund replaces a payment for the same units. A refund that names no units replaces a payment of the same amount.
    """
    any_skipped = False
    for settlement in state.settlements:
        same_units = not units_in([units]).isdisjoint(units_in([settlement.units]))
        for leg in settlement.legs if settlement.purpose in ("refund", "store_credit") else ():
            replaced = leg.principal <= excess if same_units else not units and leg.principal == excess
            if leg.status == "failed" and leg.principal and replaced:
                leg.skip()
                excess, any_skipped = excess - leg.principal, True
                state.settle_question("payment_failed", leg.key)
    return any_skipped


class _Part(NamedTuple):
    """The part of a refund that settles one return, or the order itself."""

    return_id: str | None
    units: UnitsByLine
    shares: list[TenderShare]


def _parts(state: JourneyState, units: UnitsByLine, moved: list[TenderShare]) -> Iterator[_Part]:
    """A part for each return that has some of the units, at most their value; the rest is for the order itself."""
    for case in [case for case in state.returns if case.live]:
        of_case = both(units, case.units)
        if of_case:
            taken = take_up_to(moved, value_of(state, of_case))
            moved, units = less(moved, taken), without(units, units_in([of_case]))
            yield _Part(case.return_id, of_case, taken)
    if units or moved:
        yield _Part(None, units, moved)


def _settlement(state: JourneyState, refund: ExternalRefund, part: _Part, now: datetime) -> Settlement:
    occasion = keys.next_part(
        keys.occasion_of_external_refund(state.order.order, refund.refund),
        [settlement.occasion for settlement in state.settlements],
    )
    legs = legs_for(occasion, "external", part.shares, now)
    return Settlement(
        occasion=occasion, return_id=part.return_id, purpose="external", units=part.units, legs=legs
    )


def _remove_unshipped(state: JourneyState, line: RefundedLine, units: UnitsByLine, now: datetime) -> None:
    """Record units that were removed from the order before they shipped, so the order does not wait for them."""
    unshipped = both({line.line_id: units.get(line.line_id, [])}, state.unshipped())
    for line_id, removed in unshipped.items():
        state.removed_units.setdefault(line_id, []).extend(removed)
        state.removed_at = now
        state.settle_questions_about_shipping()
