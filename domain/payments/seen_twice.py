"""One refund that is reported by two: by the storefront and by the provider that held the money. It is entered once.

A report is matched by our own note, by amount and time, and by the lines that it names. Where that is not clear both are
entered, so that nothing is paid twice, and finance is asked.
"""

from datetime import datetime, timedelta
from typing import Final

from domain import payment_keys
from domain.model.leg import Leg
from domain.model.settlement import Settlement
from domain.model.shipment import ExternalRefund, ExternalRefundRecord
from domain.model.state import JourneyState
from domain.money import Money, total

WINDOW: Final = timedelta(days=7)
"""How far apart two reports of one refund may be: a provider's message or the shop's own row may come days later."""


def is_record(state: JourneyState, refund: ExternalRefund, amount: Money) -> bool:
    """Whether the refund is the row by which a payment of ours was recorded in the shop. A copy of its note is not."""
    merchant, key = payment_keys.leg_of_provider_refund(refund.records)
    if not refund.records or merchant != state.order.merchant:
        return False
    if any(one.records == refund.records for one in state.external_refunds):
        return False
    return any(key in leg.all_keys and leg.principal == amount for leg in state.legs())


def may_be_under_way(state: JourneyState, storefront: str, refund: ExternalRefund) -> bool:
    """Whether a refund of that amount is on its way from here to that storefront, and has no answer: it may be this one.

    A refund with our note is known by it.
    """
    names = {refund.refund, *refund.transactions}
    legs = [leg for leg in state.legs() if leg.to == "provider"]
    if refund.key or refund.records or not refund.parts or any(leg.reference in names for leg in legs):
        return False
    amount = total([part.amount for part in refund.parts], refund.parts[0].amount.currency)
    return any(
        leg.status in ("planned", "sent")
        and not (leg.reference or leg.waits)
        and leg.principal == amount
        and _provider(state, leg) == storefront
        for leg in legs
    )


def _provider(state: JourneyState, leg: Leg) -> str:
    tender = state.order.tender(leg.tender_id)
    return (tender.provider if tender else None) or ""


def twin_of(state: JourneyState, refund: ExternalRefund, amount: Money) -> str:
    """The refund or the payment that this is a second report of, the nearest in time; empty where it is the first."""
    taken = {(one.source, one.same_as) for one in state.external_refunds if one.same_as}
    near = [
        (abs(refund.at - one.at), one.refund)
        for one in state.external_refunds
        if one.at is not None and _is_other(one, refund) and one.reported_minor == amount.minor
    ]
    near += [
        (abs(refund.at - at), leg.key)
        for settlement in state.settlements
        for leg in settlement.legs
        if (at := _paid_elsewhere(state, settlement, leg, refund)) is not None and leg.principal == amount
    ]
    free = [(gap, name) for gap, name in near if gap <= WINDOW and (refund.storefront, name) not in taken]
    return min(free)[1] if free else ""


def _is_other(one: ExternalRefundRecord, refund: ExternalRefund) -> bool:
    return one.counted and one.source not in ("", refund.storefront)


def _paid_elsewhere(
    state: JourneyState, settlement: Settlement, leg: Leg, refund: ExternalRefund
) -> datetime | None:
    """When a payment of ours was made through another provider than the reporter, for lines that the report may be about."""
    if leg.to != "provider" or not leg.on_its_way or _provider(state, leg) == refund.storefront:
        return None
    named = {line.line_id for line in refund.lines}
    if named and named.isdisjoint(settlement.units):
        return None
    return leg.accepted_at or leg.settled_at


def check_unmatched(state: JourneyState, now: datetime) -> None:
    """Ask finance while refunds of two reporters are both entered and neither is matched."""
    matched = {one.same_as for one in state.external_refunds if one.same_as}
    alone = [
        one for one in state.external_refunds if one.counted and one.source and one.refund not in matched
    ]
    unclear = any(one.source != other.source and _may_be_one(one, other) for one in alone for other in alone)
    asked = state.has_open("refund_seen_twice", state.order.order)
    if unclear and not asked:
        state.open_question("refund_seen_twice", state.order.order, now)
    elif asked and not unclear:
        state.settle_question("refund_seen_twice", state.order.order)


def _may_be_one(one: ExternalRefundRecord, other: ExternalRefundRecord) -> bool:
    if one.reported_minor == other.reported_minor:
        return True
    return one.at is not None and other.at is not None and abs(one.at - other.at) <= WINDOW
