"""The result of a payment step, entered in the state; the customer is notified when a settlement is paid."""

from datetime import datetime
from typing import Literal

from domain import notice_keys, payment_keys
from domain.actors import SYSTEM
from domain.clock import end_of_day
from domain.model.attention import AttentionKind
from domain.model.leg import Leg
from domain.model.payment import MOVED_OUTSIDE, Outcome, PaymentResult
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import total
from domain.payments import goodwill
from domain.payments.bonuses import bonus_expiry
from domain.payments.date_promises import promise_arrival
from domain.payments.disputes.holds import DISPUTED
from domain.payments.disputes.statements import record_refusal_as_dispute
from domain.payments.late_money import is_for_late_money
from domain.payments.legs import open_payment_question
from domain.payments.returned_refunds import offer_other_way, open_returned_question
from domain.payments.statement_days import on_statement_by


def record_payment_result(state: JourneyState, result: PaymentResult, now: datetime) -> None:
    """Enter the result. One for an earlier epoch, or that says what the leg says already, changes nothing (S-76)."""
    found = state.find_leg(result.leg)
    if found is None:
        return
    settlement, leg = found
    leg.end_lookup()
    if result.event is not None:
        leg.note(result.event)
    if result.outcome == "amount_differs":
        _record_difference(state, leg, now)
    elif result.outcome == "reversed" and leg.status == "settled":
        _close_questions(state, leg, "reversed", now)
        leg.reverse(result.decline, now)
        open_returned_question(state, settlement, leg, now)
    elif result.outcome not in ("reversed", "unchanged") and leg.open:
        _record(state, settlement, leg, result, now)
    if leg.news is not None and leg.news != result.event:
        leg.request_lookup(now)  # what the provider stated while this step ran is booked by the next one


def _record(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult, now: datetime
) -> None:
    if result.outcome == "unknown" and leg.status in ("accepted", "reversed"):
        return  # a look-up without an answer takes nothing back
    if result.outcome != "accepted" or leg.status != "accepted":
        _close_questions(state, leg, result.outcome, now)
    match result.outcome:
        case "settled":
            leg.settle(result.reference, now, result.bonus)
            _expect(state, leg, now)
            notify_if_paid(state, settlement, now)
        case "accepted":
            leg.accept(result.reference, now)
            _expect(state, leg, now)
            notify_if_paid(state, settlement, now)
        case "declined":
            _record_refusal(state, settlement, leg, result, now)
        case "unknown":
            leg.lose_track()
            open_payment_question(state, "payment_unknown", leg, now)


def _close_questions(state: JourneyState, leg: Leg, outcome: Outcome, now: datetime) -> None:
    kinds: tuple[AttentionKind, ...] = ("payment_failed", "payment_unknown", "refund_late", "refund_returned")
    for kind in kinds:
        state.settle_question(kind, leg.key)
    facts = {"reference": leg.reference} if leg.reference else {}
    state.audit(now, SYSTEM, f"payment_{outcome}", leg.key, amount=leg.principal.minor, **facts)


def _record_refusal(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult, now: datetime
) -> None:
    """Enter that nothing was paid. Who was told already that the money is on its way is told that it is not."""
    if _holds_less_than_guessed(state, settlement, leg, result):
        assert result.left is not None, "it was compared with the principal"
        leg.fail(result.decline)
        leg.reduce_to(result.left, now)
        state.open_question("refund_mismatch", settlement.return_id or state.order.order, now)
        return
    if result.decline in DISPUTED:
        _wait_for_dispute(state, leg, now)
        return
    was_accepted = leg.accepted_at is not None
    leg.fail(result.decline)
    if was_accepted:
        open_returned_question(state, settlement, leg, now)
    else:
        open_payment_question(state, "payment_failed", leg, now)
        offer_other_way(state, settlement, leg, result, now)


def _wait_for_dispute(state: JourneyState, leg: Leg, now: datetime) -> None:
    """The bank has the payment: nothing is tried again before the dispute has ended, and nothing by itself afterwards.

    In the seconds in which an inquiry becomes a chargeback nothing holds the payment yet: a person tries it again.
    """
    known = [one for one in state.disputes if one.is_of(leg)]
    if known and not any(one.holds for one in known):
        leg.fail("charge_disputed")
        state.open_question("payment_failed", leg.key, now, default="remind")
        return
    leg.wait_for_dispute(now)
    record_refusal_as_dispute(state, leg, now)


def _record_difference(state: JourneyState, leg: Leg, now: datetime) -> None:
    """Another amount than was asked for: nothing is booked, and finance is asked."""
    if leg.status == "sent":
        leg.lose_track()
        open_payment_question(state, "payment_unknown", leg, now)
    state.open_question("refund_amount_differs", leg.key, now)


def _expect(state: JourneyState, leg: Leg, now: datetime) -> None:
    if leg.to == "provider":
        leg.expect(on_statement_by(state, leg, now))


def _holds_less_than_guessed(
    state: JourneyState, settlement: Settlement, leg: Leg, result: PaymentResult
) -> bool:
    """Whether the payment holds a part of the principal, on a tender whose amount the storefront did not state.

    That part is certain and is paid; finance is asked for the rest.
    """
    is_guess = leg.tender_id in state.order.guessed_tenders and settlement.purpose == "refund"
    return is_guess and result.left is not None and 0 < result.left.minor < leg.principal.minor


def notify_if_paid(state: JourneyState, settlement: Settlement, now: datetime) -> None:
    """Notify the customer once every leg of the settlement has left or is paid, of the legs that no letter told of yet."""
    left = [leg for leg in settlement.legs if leg.on_its_way]
    waiting = any(leg.open and not leg.on_its_way for leg in settlement.legs)
    untold = [leg for leg in left if leg.key not in settlement.letters]
    if not untold or waiting or settlement.purpose in MOVED_OUTSIDE:
        return
    if settlement.purpose == "goodwill":
        notify_goodwill(state, settlement, now)
        return
    letter = 1 + max(settlement.letters.values(), default=0)
    settlement.letters = settlement.letters | {leg.key: letter for leg in untold}
    for leg in untold:
        promise_arrival(state, leg, now)
    details: dict[str, str | int] = {"letter": letter, **amounts_paid(state, untold)}
    if _for_lost_goods(state, settlement):
        details["unprompted"] = 1
    kind: Literal["refunded", "credit_reversed"] = "credit_reversed" if settlement.takes_back else "refunded"
    state.notify(
        now, notice_keys.notice(settlement.occasion, kind, letter), kind, settlement.occasion, **details
    )


def amounts_paid(state: JourneyState, legs: list[Leg]) -> dict[str, str | int]:
    """The amounts of these legs for a letter. `accepted`: what of it the provider has not finished yet.

    `statement_by`: the day by which the statement shows what goes back the way it was paid.
    """
    currency = state.order.currency
    accepted = total([leg.principal for leg in legs if leg.status == "accepted"], currency)
    expected = [end_of_day(leg.expected_by, state.zone) for leg in legs if leg.expected_by is not None]
    return {
        "amount": total([leg.principal for leg in legs], currency).minor,
        "credit": total([leg.principal for leg in legs if leg.to == "credit"], currency).minor,
        "bonus": total([leg.bonus for leg in legs], currency).minor,
        "currency": currency,
        **({"accepted": accepted.minor} if accepted else {}),
        **({"statement_by": max(expected).isoformat()} if expected else {}),
        **expiry_details(state, legs),
    }


def _for_lost_goods(state: JourneyState, settlement: Settlement) -> bool:
    """Whether it pays for a parcel that never arrived: another notice explains it and waits for the end of the night."""
    occasions = (
        payment_keys.occasion_of_undelivered(state.order.order, one.parcel_id) for one in state.parcels
    )
    return any(payment_keys.is_part_of(settlement.occasion, occasion) for occasion in occasions)


def notify_goodwill(state: JourneyState, settlement: Settlement, now: datetime) -> None:
    """Notify the customer of the credit for a late delivery or late money."""
    amount = total([leg.bonus for leg in settlement.legs], state.order.currency)
    details: dict[str, str | int] = {
        "amount": amount.minor,
        "currency": amount.currency,
        "as": "store_credit",
        **goodwill_ground(state, settlement),
        **expiry_details(state, settlement.legs),
    }
    key = notice_keys.notice(settlement.occasion, "goodwill_issued", 1)
    state.notify(now, key, "goodwill_issued", settlement.occasion, **details)


def goodwill_ground(state: JourneyState, settlement: Settlement) -> dict[str, str | int]:
    """Why it is given, for a letter: `money` came late, or by how many days the order did, by its newest scans."""
    if is_for_late_money(settlement):
        return {"money": 1}
    days, _ = goodwill.latest_parcel(state)
    return {"lateness_days": days}


def expiry_details(state: JourneyState, paid: list[Leg]) -> dict[str, str | int]:
    """`expires`: when the bonus of these legs ends, for a letter; nothing without a bonus."""
    expiry = bonus_expiry(state, paid)
    return {} if expiry is None else {"expires": expiry.isoformat()}
