"""Goodwill: store credit that a customer earns when an order arrives late (DLY-6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import payment_keys
from domain.actors import SYSTEM
from domain.base import Frozen
from domain.clock import local_day
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.delay_terms import GoodwillTerms
from domain.model.parcel import Parcel
from domain.model.quote import TenderShare
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement, legs_for
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments.extras import shipping_left
from domain.payments.refundable import value_of
from domain.units import without

GOODWILL_TENDER = "goodwill"  # instead of a tender of the order: nothing was paid on it


def goodwill_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The goodwill to issue, when the whole order has arrived and a part of it was late (DLY-6)."""
    if compensation_due(state) is not None:
        at = max(parcel.delivered_at for parcel in state.parcels if parcel.delivered_at)
        yield ScheduledAction(at=at, owner="system", action=IssueGoodwill(), reason="promise_broken")


class IssueGoodwill(Change):
    """Plan the credit for a late order. The customer is notified of it and of the reason when it is paid."""

    kind: ClassVar = "issue_goodwill"

    def apply(self, state: JourneyState, now: datetime) -> None:
        owed = compensation_due(state)
        if owed is None:
            return
        occasion = payment_keys.occasion_of_lateness(state.order.order)
        share = TenderShare(tender_id=GOODWILL_TENDER, kind="store_credit", amount=zero(state.order.currency))
        legs = legs_for(occasion, "goodwill", [share], now, [owed.amount]) if owed.amount else []
        if not owed.amount:
            state.open_question("no_goodwill_limit", state.order.order, now)
        state.plan(Settlement(occasion=occasion, purpose="goodwill", units={}, legs=legs), now)
        state.audit(now, SYSTEM, "goodwill_issued", owed.parcel, amount=owed.amount.minor, days=owed.days)


class Compensation(Frozen):
    """The credit that is owed, for the parcel that arrived latest.

    parcel: id of that parcel.
    days: how many days after the promised day it arrived.
    amount: zero if the policy has no limits in the order's currency, so that a person has to say.
    """

    parcel: str
    days: int
    amount: Money


def compensation_due(state: JourneyState) -> Compensation | None:
    """The credit for the whole order, once, when all of it has arrived. None when nothing is owed."""
    policy = state.terms.policy.goodwill
    if policy is None or state.cancelled_at or not all_arrived(state) or goodwill_issued(state):
        return None
    cap, least = policy.cap.get(state.order.currency), _smallest_order(policy, state.order.currency)
    if state.order.captured.minor < (least or 0):
        return None
    days, parcel = latest_parcel(state)
    tiers = [tier for tier in policy.tiers if tier.days <= days]
    tier = max(tiers, key=lambda tier: tier.days, default=None)
    if tier is None or parcel is None:
        return None
    kept = without(parcel.units, state.unavailable_units())
    amount = value_of(state, kept).rate(tier.goods) + shipping_left(state).rate(tier.shipping)
    if not amount or cap == 0:
        return None
    limited = cap is not None and least is not None
    capped = min(amount, Money(minor=cap if limited and cap else 0, currency=amount.currency))
    return Compensation(parcel=parcel.parcel_id, days=days, amount=capped)


def _smallest_order(policy: GoodwillTerms, currency: str) -> int | None:
    """The smallest order that earns goodwill, in minor units; None if the policy does not say it in that currency."""
    return 0 if policy.min_order is None else policy.min_order.get(currency)


def all_arrived(state: JourneyState) -> bool:
    """Whether every parcel has arrived of which an arrival can be known, and no unit waits to be shipped."""
    known = [p for p in state.parcels if p.tracked and p.unfollowed_at is None and not (p.void or p.resent)]
    return bool(known) and all(parcel.delivered_at for parcel in known) and not state.unshipped()


def latest_parcel(state: JourneyState) -> tuple[int, Parcel | None]:
    """How many days late the latest of the parcels that count arrived, and that parcel; 0 and None without one."""
    counting = [(lateness(state, parcel), parcel) for parcel in state.parcels if _counts(state, parcel)]
    return max(counting, key=lambda pair: (pair[0], pair[1].parcel_id), default=(0, None))


def lateness(state: JourneyState, parcel: Parcel) -> int:
    """Calendar days at the destination from the promised day to the delivery; 0 when the promise was kept."""
    arrived = parcel.delivered_at
    if arrived is None or arrived < parcel.due:
        return 0
    promised = local_day(parcel.due - timedelta(microseconds=1), state.zone)
    return max(1, (local_day(arrived, state.zone) - promised).days)


def _counts(state: JourneyState, parcel: Parcel) -> bool:
    """Whether the parcel earns goodwill: it arrived late, was not refunded, and has no excluded fault.

    What only the shop reports has no time that could be late: a fulfilment is edited long after its delivery.

    An excluded fault is a cause of the delay that earns no goodwill, as one of the receiver. A failed attempt in time, of
    which no sender names a fault, counts as the receiver's: the parcel was at the door by the promised date.
    """
    policy = state.terms.policy.goodwill
    assert policy is not None
    faults = {scan.reason.fault for scan in parcel.scans if scan.reason}
    if _was_at_the_door(parcel):
        faults.add("customer")
    not_excluded = faults.isdisjoint(policy.excluded_faults)
    known = parcel.carrier_scanned and parcel.lost_at is None
    return known and lateness(state, parcel) > 0 and not_excluded


def _was_at_the_door(parcel: Parcel) -> bool:
    """Whether the carrier tried to deliver before the promise broke, and no sender names another reason than the receiver."""
    return any(
        scan.status is ParcelStatus.ATTEMPT_FAILED
        and scan.at < parcel.due
        and (scan.reason is None or scan.reason.fault == "unknown")
        for scan in parcel.scans
    )


def goodwill_issued(state: JourneyState) -> bool:
    """Whether goodwill for the order is planned or paid."""
    return any(
        one.purpose == "goodwill" and not payment_keys.is_late_money(one.occasion)
        for one in state.settlements
    )
