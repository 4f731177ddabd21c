"""By when the money of a return has to leave, and what of it is still with the shop (MON-12)."""

from datetime import datetime, timedelta
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.leg import Leg
from domain.model.payment import MOVED_OUTSIDE
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.disputes.holds import dispute_that_holds
from domain.returns.withdrawal import promised_end
from domain.units import UnitsByLine, units_in, without


class RefundLimit(Frozen):
    """The date that counts: the earlier one of the law's and the shop's own."""

    by: Literal["law", "promise"]
    """Whose date it is."""
    since: Instant
    """From when its time counts: the opening, or for a promise the hand-over."""
    at: Instant
    """The end of its last day."""

    def after(self, percent: int) -> datetime:
        """When so much of the time is over."""
        return self.since + (self.at - self.since) * percent / 100


def refund_limit(state: JourneyState, case: ReturnCase) -> RefundLimit | None:
    """The limit of that return; None while it has none, as an exchange has."""
    limits = []
    if case.resolution == "exchange":
        return None  # its goods are owed, not money
    if case.statutory_at is not None:
        limits.append(RefundLimit(by="law", since=case.announced_at, at=case.statutory_at))
    handed_over = case.handed_over_at
    promised = promised_end(state, handed_over) if handed_over else None
    if handed_over and promised:
        limits.append(RefundLimit(by="promise", since=handed_over, at=promised))
    return min(limits, key=lambda limit: limit.at, default=None)


def releasable_units(state: JourneyState, case: ReturnCase) -> UnitsByLine:
    """Units without a payment whose money may not be kept back: they arrived, or it is proved that they were sent.

    Not those that arrived in another condition than announced: a person decides about them.
    """
    there = case.units if case.left_customer else case.received
    settled = (s.units for s in state.settlements_of(case.return_id))
    return without(there, units_in([case.disputed, *settled]))


def releases_at(state: JourneyState, case: ReturnCase) -> datetime | None:
    """When the money leaves by itself, whatever it waits for; None where nothing may, or need.

    Never while an agent holds the return, and not without an agent where the storefront may have paid it.
    """
    limit = refund_limit(state, case)
    if limit is None or case.held_until is not None or case.released_at is not None:
        return None
    if not (_may_be_released(state, case) and releasable_units(state, case)) or state.payable_units(case):
        return None
    ahead = timedelta(hours=state.terms.policy.refund_deadlines.pay_ahead)
    handed_over = case.handed_over_at or case.opened_at
    return max(limit.at - ahead, handed_over)


def _may_be_released(state: JourneyState, case: ReturnCase) -> bool:
    if case.decision == "in_review":
        review = state.open_item("review", case.return_id)
        return review is not None and review.default == "approve"
    return case.decision == "authorized"


def money_is_owed(state: JourneyState, case: ReturnCase) -> bool:
    """Whether people of the shop have to act for the money to leave: an agent, finance, or the warehouse.

    Not while a payment is only under way.
    """
    if not case.live or not case.quote.refund:
        return False
    waits = releasable_units(state, case) and not state.payable_units(case)
    return bool(case.decision == "in_review" or waits or stuck_legs(state, case))


def stuck_legs(state: JourneyState, case: ReturnCase) -> list[Leg]:
    """Payments of the return that do not leave without a person: refused, without an answer, by hand, or on hold."""
    on_hold = case.held_until is not None
    return [
        leg
        for leg in unsent_legs(state, case)
        if leg.status in ("failed", "unknown") or (leg.status == "planned" and (leg.waits or on_hold))
    ]


def unsent_legs(state: JourneyState, case: ReturnCase) -> list[Leg]:
    """Payments of the return that have not left.

    Not those that came back, and not those that a dispute or the customer's own payment holds up.
    """
    return [
        leg
        for settlement in state.settlements_of(case.return_id)
        if not settlement.takes_back and settlement.purpose not in MOVED_OUTSIDE
        for leg in settlement.legs
        if leg.open
        and not leg.on_its_way
        and leg.returned_at is None
        and leg.awaits != "capture"
        and dispute_that_holds(state, settlement, leg) is None
    ]
