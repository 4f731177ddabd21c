"""The result of a payment step, entered in the state; the customer is notified when a settlement is paid."""

from datetime import datetime
from typing import Literal

from domain import keys
from domain.actors import SYSTEM
from domain.model.leg import Leg
from domain.model.payment import PaymentResult
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import total
from domain.payments import goodwill
from domain.payments.bonuses import bonus_expiry
from domain.payments.legs import open_payment_question


def record_payment_result(state: JourneyState, result: PaymentResult, now: datetime) -> None:
    """Enter the result. A result for an earlier epoch, or for a leg that is settled, changes nothing (S-76)."""
    found = state.find_leg(result.leg)
    if found is not None and found[1].open:
        _record(state, *found, result, now)


def _record(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult, now: datetime
) -> None:
    state.settle_question("payment_failed", leg.key)
    state.settle_question("payment_unknown", leg.key)
    state.audit(now, SYSTEM, f"payment_{result.outcome}", leg.key, amount=leg.principal.minor)
    match result.outcome:
        case "settled":
            leg.settle(result.reference, now, result.bonus)
            notify_if_paid(state, settlement, now)
        case "declined" if _holds_less_than_guessed(state, settlement, leg, result):
            assert result.left is not None, "it was compared with the principal"
            leg.fail(result.decline)
            leg.reduce_to(result.left, now)
            state.open_question("refund_mismatch", settlement.return_id or state.order.order, now)
        case "declined":
            leg.fail(result.decline)
            open_payment_question(state, "payment_failed", leg, now)
        case "pending":
            leg.mark_pending(result.reference)
        case "unknown":
            leg.lose_track()
            open_payment_question(state, "payment_unknown", leg, now)


def _holds_less_than_guessed(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult
) -> bool:
    """Whether the payment holds a part of the principal, on a tender whose amount the storefront did not state.

    That part is certain and is paid; finance is asked for the rest.
    """
    is_guess = leg.tender_id in state.order.guessed_tenders and settlement.purpose == "refund"
    return is_guess and result.left is not None and 0 < result.left.minor < leg.principal.minor


def notify_if_paid(state: JourneyState, settlement: Settlement, now: datetime) -> None:
    """Notify the customer once no leg of the settlement is open, if a leg was paid and we paid it."""
    paid = [leg for leg in settlement.legs if leg.status == "settled"]
    if not paid or any(leg.open for leg in settlement.legs) or settlement.purpose == "external":
        return
    if settlement.purpose == "goodwill":
        notify_goodwill(state, settlement, now)
        return
    currency = state.order.currency
    details: dict[str, str | int] = {
        "amount": total([leg.principal for leg in paid], currency).minor,
        "credit": total([leg.principal for leg in paid if leg.to == "credit"], currency).minor,
        "bonus": total([leg.bonus for leg in paid], currency).minor,
        "currency": currency,
    }
    details |= expiry_details(state, paid)
    if _for_lost_goods(state, settlement):
        details["unprompted"] = 1
    kind: Literal["refunded", "credit_reversed"] = "credit_reversed" if settlement.takes_back else "refunded"
    state.notify(now, keys.notice(settlement.occasion, kind, 1), kind, settlement.occasion, **details)


def _for_lost_goods(state: JourneyState, settlement: Settlement) -> bool:
    """Whether it pays for a parcel that never arrived: another notice explains it and waits for the end of the night."""
    occasions = (keys.occasion_of_undelivered(state.order.order, one.parcel_id) for one in state.parcels)
    return any(keys.is_part_of(settlement.occasion, occasion) for occasion in occasions)


def notify_goodwill(state: JourneyState, settlement: Settlement, now: datetime) -> None:
    """Notify the customer of the credit for a late delivery, and of how late it was."""
    amount = total([leg.bonus for leg in settlement.legs], state.order.currency)
    days, _ = goodwill.latest_parcel(state)
    details: dict[str, str | int] = {
        "amount": amount.minor,
        "currency": amount.currency,
        "lateness_days": days,
        "as": "store_credit",
        **expiry_details(state, settlement.legs),
    }
    key = keys.notice(settlement.occasion, "goodwill_issued", 1)
    state.notify(now, key, "goodwill_issued", settlement.occasion, **details)


def expiry_details(state: JourneyState, paid: list[Leg]) -> dict[str, str | int]:
    """`expires`: when the bonus of these legs ends, for a letter; nothing without a bonus."""
    expiry = bonus_expiry(state, paid)
    return {} if expiry is None else {"expires": expiry.isoformat()}
