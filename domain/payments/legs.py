"""Steps of one leg, found by its key: send it to the payment step, or retry it."""

from datetime import datetime, timedelta
from typing import Literal

from domain.model.attention import AttentionItem
from domain.model.leg import Leg
from domain.model.payment import PaymentRequest, ReturnedGoods
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments.disputes.holds import is_disputed
from domain.units import units_in


def send_leg(state: JourneyState, key: str, now: datetime) -> PaymentRequest:
    """Mark the leg as sent, or its look-up, and return the input of the payment step."""
    found = state.find_leg(key)
    assert found is not None, f"leg {key} is not in the state"
    settlement, leg = found
    request = leg.request(state.order, settlement.purpose, state.terms.policy.credit.days, now)
    request = request.model_copy(update={"goods": _goods(state, settlement)})
    if leg.lookup == "none" and leg.status in ("planned", "sent"):
        leg.send(now)
        return request
    leg.start_lookup(now)
    return request.model_copy(update={"lookup_only": True, "stated": leg.news})


def _goods(state: JourneyState, settlement: Settlement) -> ReturnedGoods | None:
    """The units of a return that is paid whole by one payment at a provider: two payments would each claim them.

    A payment that was refused is tried again without them.
    """
    case = state.case(settlement.return_id) if settlement.return_id else None
    at_provider = [leg for leg in settlement.legs if leg.to == "provider"]
    if case is None or settlement.purpose != "refund" or len(at_provider) != 1 or at_provider[0].epoch > 1:
        return None
    if units_in([settlement.units]) != units_in([case.units]):
        return None
    units = {line: len(numbers) for line, numbers in settlement.units.items()}
    return ReturnedGoods(return_id=case.return_id, units=units)


def retry_leg(state: JourneyState, key: str, now: datetime) -> None:
    """Plan a payment again that failed, came back or is unknown; a leg that has moved on stays as it is.

    One of which it is unknown whether it left is only looked up while its payment is disputed.
    """
    found = state.find_leg(key)
    if found is not None and found[1].status == "unknown" and is_disputed(state, found[1].tender_id):
        found[1].request_lookup(now)
        open_payment_question(state, "payment_unknown", found[1], now, reminds=True)
    elif found is not None and found[1].status in ("failed", "unknown", "reversed"):
        found[1].retry(now)
        state.settle_question("refund_returned", key)


MAX_RETRIES = 3  # without a person: a provider that declined so often will decline again
_LONGEST_REMINDER = timedelta(days=365)


def open_payment_question(
    state: JourneyState,
    kind: Literal["payment_failed", "payment_unknown"],
    leg: Leg,
    now: datetime,
    *,
    reminds: bool = False,
) -> None:
    """Ask what becomes of the payment. After `MAX_RETRIES`, or as `reminds` says, finance is asked again by default.

    Each time finance has as long as the payment has been waiting already, but at least the policy's time and a day.
    """
    if leg.retries < MAX_RETRIES and not reminds:
        state.open_question(kind, leg.key, now)
        return
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    wait = min(max(usual, now - leg.planned_at), _LONGEST_REMINDER)
    state.open_question(kind, leg.key, now, default="remind", deadline=now + wait)


def retry_or_remind(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """What happens to a payment about which finance did not decide by the deadline: a new try, or the question again."""
    found = state.find_leg(item.subject)
    if item.default == "retry" and not (found is not None and found[1].may_be_paid):
        retry_leg(state, item.subject, now)
        return
    if found is not None and found[1].status in ("failed", "unknown"):
        kind: Literal["payment_failed", "payment_unknown"] = (
            "payment_failed" if found[1].status == "failed" else "payment_unknown"
        )
        open_payment_question(state, kind, found[1], now, reminds=found[1].may_be_paid)
