"""When letters about money are true, and whether a letter may say that money is still to come."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from domain import payment_keys
from domain.model.leg import Leg
from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.payment import MOVED_OUTSIDE
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import total
from domain.notifications.date_truth import day_of_promise
from domain.notifications.facts import Details, Facts, Stale
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.payment_results import amounts_paid, expiry_details, goodwill_ground
from domain.payments.returned_refunds import choice_deadline
from domain.units import units_in

Payment = Literal["due", "paid", "return", "none"]


def payment_of(settlements: Iterable[Settlement]) -> Payment:
    """`due`: some of it is still to be paid by us. `paid`: all that we pay is paid. `none`: we pay nothing of it.

    Nothing is to be paid of what the customer has not paid either.
    """
    legs = [
        leg
        for one in settlements
        if one.purpose not in MOVED_OUTSIDE
        for leg in one.legs
        if leg.status != "skipped" and not (leg.waits and leg.awaits == "capture")
    ]
    if any(leg.open for leg in legs):
        return "due"
    return "paid" if legs else "none"


def undelivered(state: JourneyState, parcel_id: str) -> list[Settlement]:
    """The settlements of units in a parcel that never arrived."""
    occasion = payment_keys.occasion_of_undelivered(state.order.order, parcel_id)
    return [one for one in state.settlements if payment_keys.is_part_of(one.occasion, occasion)]


def payment_of_contents(state: JourneyState, parcel: Parcel) -> Payment:
    """The payment of what was in the parcel. `return`: it is on a return and is paid with that."""
    payment = payment_of(undelivered(state, parcel.parcel_id))
    returned = units_in(case.units for case in state.returns if case.live)
    return "return" if payment == "none" and returned & units_in([parcel.units]) else payment


def refunded(notice: Notice, facts: Facts) -> Details | Stale:
    """The amounts that have left or are paid, while none of the credit was taken back and nothing came back."""
    settlement = _settlement(facts.state, notice.subject)
    told = settlement.legs_of_letter(int(notice.details.get("letter", 1))) if settlement else []
    if settlement is None or not told:
        return Stale(reason="not_paid")
    if settlement.return_id and _reversed(facts.state, settlement.return_id):
        return Stale(reason="credit_reversed")
    kept = {name: detail for name, detail in notice.details.items() if name in ("letter", "unprompted")}
    return amounts_paid(facts.state, told) | kept


def refund_late(notice: Notice, facts: Facts) -> Details | Stale:
    """The amount, while the provider has accepted it and not finished."""
    found = facts.state.find_leg(notice.subject)
    if found is None or found[1].status != "accepted":
        return Stale(reason="not_late")
    return {"amount": found[1].principal.minor, "currency": facts.state.order.currency}


def refund_to_choose(notice: Notice, facts: Facts) -> Details | Stale:
    """Of a refund that was refused or came back: the amount, and by when finance decides, until it is decided how it is paid."""
    found = facts.state.find_leg(notice.subject)
    if found is None or choice_deadline(facts.state, found[1]) is None:
        return Stale(reason="decided")
    leg, deadline = found[1], day_of_promise(facts, "refund_decision", notice.subject)
    details: Details = {"amount": leg.principal.minor, "currency": facts.state.order.currency}
    return details | ({"deadline": deadline} if deadline else {})


def refund_held(notice: Notice, facts: Facts) -> Details | Stale:
    """The amount, while it waits for the bank."""
    found = facts.state.find_leg(notice.subject)
    if found is None or dispute_that_holds(facts.state, *found) is None:
        return Stale(reason="not_held")
    return {"amount": found[1].principal.minor, "currency": facts.state.order.currency}


def credit_reversed(notice: Notice, facts: Facts) -> Details | Stale:
    """The credit that was taken back."""
    settlement = _settlement(facts.state, notice.subject)
    if settlement is None or not _paid(settlement):
        return Stale(reason="not_reversed")
    return amounts_paid(facts.state, _paid(settlement))


def goodwill_issued(notice: Notice, facts: Facts) -> Details | Stale:
    """The credit as it was paid, and how late the order was by what the carrier reports now, or that money was."""
    settlement = _settlement(facts.state, notice.subject)
    if settlement is None or not _paid(settlement):
        return Stale(reason="not_paid")
    amount = total([leg.bonus for leg in _paid(settlement)], facts.state.order.currency)
    return {
        "amount": amount.minor, "currency": amount.currency, "as": "store_credit",
        **goodwill_ground(facts.state, settlement), **expiry_details(facts.state, _paid(settlement)),
    }  # fmt: skip


def credit_expiring(notice: Notice, facts: Facts) -> Details | Stale:
    """What is left of the credit, while something is left and its day is still to come."""
    if not facts.credit:
        return Stale(reason="nothing_left")
    expires = facts.coming(datetime.fromisoformat(str(notice.details["expires"])))
    if expires is None:
        return Stale(reason="expired")
    return {"amount": facts.credit.minor, "currency": facts.credit.currency, "expires": expires}


def order_cancelled(notice: Notice, facts: Facts) -> Details | Stale:
    """`left`: some of it is on its way all the same. `payment`, and `rest` where a part was paid back before."""
    state = facts.state
    if state.cancelled_at is None:
        return Stale(reason="not_cancelled")
    occasion = payment_keys.occasion_of_cancel(state.order.order)
    ours = [one for one in state.settlements if payment_keys.is_part_of(one.occasion, occasion)]
    others = any(one not in ours and _paid(one) for one in state.settlements)
    left = any(parcel.tracking.moved_at or parcel.delivered_at for parcel in state.parcels)
    details: Details = {"payment": payment_of(ours)}
    return details | ({"rest": 1} if others else {}) | ({"left": 1} if left else {})


def rest_cancelled(notice: Notice, facts: Facts) -> Details | Stale:
    """`under_way`: some of the order still comes. `some`: other units that have not left the shop are not cancelled."""
    settlement = _settlement(facts.state, notice.subject)
    if settlement is None or facts.state.rest_cancelled_at is None:
        return Stale(reason="not_cancelled")
    comes = any(parcel.under_way for parcel in facts.state.parcels)
    details: Details = {"payment": payment_of([settlement])}
    some = bool(facts.state.unshipped() or facts.state.uncollected())
    return details | ({"under_way": 1} if comes else {}) | ({"some": 1} if some else {})


def _settlement(state: JourneyState, occasion: str) -> Settlement | None:
    return next((one for one in state.settlements if one.occasion == occasion), None)


def _paid(settlement: Settlement) -> list[Leg]:
    return [leg for leg in settlement.legs if leg.status == "settled"]


def _reversed(state: JourneyState, return_id: str) -> bool:
    return any(one.purpose == "reversal" and _paid(one) for one in state.settlements_of(return_id))
