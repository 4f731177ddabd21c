"""What a provider states about a refund, in any order of its coming: the newest end counts, and nothing is booked on a doubt."""

from datetime import timedelta
from itertools import permutations
from typing import Literal

import pytest

from domain.journey import agenda
from domain.journey.external_events import apply_event
from domain.model.leg import Leg
from domain.model.payment import PaymentResult
from domain.model.provider_event import ProviderEvent, ProviderEventState, newest
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.payments import payment_results
from domain.payments.legs import send_leg
from domain.payments.refund_reports import RefundReported
from domain.payments.returned_refunds import leg_to_choose, pay_otherwise
from tests.builders import AGENT, PLACED, a_state, gbp

KEY = "return/ret_1/1"


def a_paid_state() -> tuple[JourneyState, Leg]:
    """An order with one settled refund to its card."""
    state = a_state()
    tender = state.order.tenders[0].tender_id
    leg = Leg(
        occasion=KEY, tender_id=tender, to="provider", principal=gbp(1200), bonus=gbp(0), planned_at=PLACED
    )
    state.settlements.append(Settlement(occasion=KEY, purpose="refund", units={"1": [0]}, legs=[leg]))
    leg = state.settlements[-1].legs[0]
    send_leg(state, leg.key, PLACED)
    payment_results.record_payment_result(
        state,
        PaymentResult(leg=leg.key, outcome="settled", reference="re_1", event=stated(leg, "settled", 0)),
        PLACED,
    )
    assert leg.status == "settled"
    return state, leg


def stated(of: Leg, state: ProviderEventState, hours: int, **changes: object) -> ProviderEvent:
    event = ProviderEvent(
        reference="re_1",
        leg=of.key,
        amount=gbp(1200),
        state=state,
        raw_state=state,
        at=PLACED + timedelta(hours=hours),
    )
    return event.model_copy(update=changes)


def test_in_whatever_order_they_come_the_newest_end_by_the_providers_time_counts() -> None:
    _, leg = a_paid_state()
    events = [
        stated(leg, "accepted", 9),
        stated(leg, "settled", 1),
        stated(leg, "failed", 3),
        stated(leg, "settled", 2),
    ]
    for order in permutations(events):
        assert newest(order, leg.key) == events[2]
    assert newest([stated(leg, "settled", 1), stated(leg, "failed", 1)], leg.key) == stated(leg, "failed", 1)
    assert newest([], leg.key) is None


def test_a_late_failure_is_booked_by_a_look_up_and_the_money_is_owed_again() -> None:
    state, leg = a_paid_state()
    report = RefundReported(event=stated(leg, "failed", 216, reason="account_closed"))
    now = PLACED + timedelta(days=9)
    assert apply_event(state, report, now)
    assert not apply_event(state, report, now), "the same statement again"
    assert leg.status == "settled", "until the ledger has it"
    assert any(wait.reason == "payment_lookup" and wait.at <= now for wait in agenda.scheduled_actions(state))
    request = send_leg(state, leg.key, now)
    assert (request.lookup_only, request.stated) == (True, report.event)
    result = PaymentResult(leg=leg.key, outcome="reversed", decline="account_closed", event=report.event)
    payment_results.record_payment_result(state, result, now)
    assert (leg.status, leg.open, leg.decline) == ("reversed", True, "account_closed")
    assert [notice.kind for notice in state.pending_notices][-1] == "refund_returned"
    item = state.open_item("refund_returned", leg.key)
    assert item is not None
    assert (item.owner, item.default) == ("finance", "remind")
    assert not [wait for wait in agenda.scheduled_actions(state) if wait.reason == "payment_planned"]
    payment_results.record_payment_result(state, result, now)
    assert len([notice for notice in state.pending_notices if notice.kind == "refund_returned"]) == 1

    old = leg.key
    pay_otherwise(state, old, "store_credit", AGENT, now)
    assert (leg.to, leg.status, leg.epoch, leg.replaces) == ("credit", "planned", 2, old)
    assert leg_to_choose(state, old) is None
    late = RefundReported(event=stated(leg, "settled", 300, leg=old))
    assert apply_event(state, late, now)
    assert state.has_open("refund_amount_differs", old), "paid twice?"
    assert leg.status == "planned"


@pytest.mark.parametrize("outcome", ["unknown", "accepted"])
def test_what_is_stated_while_the_payment_is_under_way_is_booked_after_it(
    outcome: Literal["unknown", "accepted"],
) -> None:
    state, leg = a_paid_state()
    leg.status, leg.settled_at, leg.events, leg.reference = "sent", None, [], ""
    report = RefundReported(event=stated(leg, "settled", 1))
    assert apply_event(state, report, PLACED)
    send_leg(state, leg.key, PLACED)  # joined by the step that is under way
    event = stated(leg, "accepted", 0) if outcome == "accepted" else None
    result = PaymentResult(leg=leg.key, outcome=outcome, reference="re_1" if event else "", event=event)
    payment_results.record_payment_result(state, result, PLACED)
    assert (leg.status, leg.lookup) == (outcome, "due")
    assert send_leg(state, leg.key, PLACED).stated == report.event
    settled = PaymentResult(leg=leg.key, outcome="settled", reference="re_1", event=report.event)
    payment_results.record_payment_result(state, settled, PLACED)
    assert (leg.status, leg.lookup) == ("settled", "none")
    assert not state.has_open("payment_unknown", leg.key)


@pytest.mark.parametrize("changes", [{"amount": gbp(1100)}, {"reference": "re_2"}])
def test_another_amount_or_another_refund_books_nothing_and_finance_is_asked(
    changes: dict[str, object],
) -> None:
    state, leg = a_paid_state()
    assert apply_event(state, RefundReported(event=stated(leg, "failed", 5, **changes)), PLACED)
    assert state.has_open("refund_amount_differs", leg.key)
    assert (leg.status, leg.lookup, leg.news) == ("settled", "none", None)


def test_a_statement_about_no_leg_of_the_order_changes_nothing() -> None:
    state, leg = a_paid_state()
    assert not apply_event(
        state, RefundReported(event=stated(leg, "failed", 5, leg="return/ret_9/1/x/1")), PLACED
    )


def test_a_failure_of_what_was_only_accepted_is_told_too() -> None:
    state, leg = a_paid_state()
    leg.status, leg.accepted_at, leg.settled_at = "accepted", PLACED, None
    event = stated(leg, "failed", 8)
    payment_results.record_payment_result(
        state, PaymentResult(leg=leg.key, outcome="declined", decline="closed", event=event), PLACED
    )
    assert leg.status == "failed"
    assert state.has_open("refund_returned", leg.key)
    assert not state.has_open("payment_failed", leg.key)
