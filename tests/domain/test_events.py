"""The webhook events of merchants: the differences between two versions of an order, and nothing else."""

import json
from datetime import timedelta

from domain.delays.delay_notices import SendDelayNotice
from domain.journey.order_view import OrderView, order_view
from domain.model.attention import AttentionItem
from domain.model.delay import Delay
from domain.model.leg import Leg
from domain.model.override import ReturnOverrideRequest
from domain.model.return_case import DropOff
from domain.model.scan import ParcelStatus
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.returns.commands.override_return import OverrideReturn
from domain.webhooks.events import MAX_BODY_BYTES, TYPES, Event, events_between, notice_sent
from tests.builders import (
    AGENT,
    PLACED,
    a_delivered_state,
    a_parcel,
    a_return,
    a_scan,
    a_state,
    add_question,
    gbp,
)

LATER = PLACED + timedelta(days=3)


def view_of(state: JourneyState) -> OrderView:
    return order_view(state, state.clock or PLACED)


def events_since(before: OrderView | None, state: JourneyState) -> list[tuple[str, str]]:
    return [(event.type, event.subject) for event in events_between(before, view_of(state))]


def test_a_new_order_is_placed() -> None:
    assert events_since(None, a_state()) == [("order.placed", "ord_one")]


def test_no_change_is_no_event() -> None:
    state = a_delivered_state()
    a_return(state)
    assert events_since(view_of(state), state) == []


def test_parcel_events_come_before_the_orders_events() -> None:
    state = a_state()
    before = view_of(state)
    parcel = a_parcel(state)
    assert events_since(before, state) == [("parcel.registered", "p1")]
    before = view_of(state)
    parcel.apply_update([a_scan(ParcelStatus.IN_TRANSIT, LATER)], None)
    assert events_since(before, state) == [("parcel.updated", "p1"), ("order.shipped", "ord_one")]
    before = view_of(state)
    parcel.apply_update([a_scan(ParcelStatus.DELIVERED, LATER + timedelta(hours=1))], None)
    assert events_since(before, state) == [("parcel.updated", "p1"), ("order.delivered", "ord_one")]


def test_notices_committed_together_are_sent_together() -> None:
    state = a_state()
    parcel = a_parcel(state)
    before = view_of(state)
    at = LATER + timedelta(hours=1)
    parcel.apply_update([a_scan(ParcelStatus.IN_TRANSIT, LATER), a_scan(ParcelStatus.DELIVERED, at)], None)
    parcels = [one for one in events_between(before, view_of(state)) if one.type == "parcel.updated"]
    assert [one.detail["parcel"]["status"] for one in parcels] == ["delivered"]


def test_another_scan_of_the_same_status_is_no_news() -> None:
    state = a_delivered_state()
    before = view_of(state)
    state.parcels[0].apply_update([a_scan(ParcelStatus.DELIVERED, LATER)], None)
    assert events_since(before, state) == []


def test_a_lost_parcel_is_one_event() -> None:
    state = a_state()
    parcel = a_parcel(state)
    before = view_of(state)
    parcel.lost_at = LATER
    assert events_since(before, state) == [("parcel.lost", "p1")]
    assert events_since(view_of(state), state) == []


def test_a_delay_is_one_event_per_revision() -> None:
    state = a_state()
    a_parcel(state)
    before = view_of(state)
    delay = Delay(subject="p1", reason="no_movement", since=LATER, due=state.order.due(), expected=None)
    SendDelayNotice(delay=delay).apply(state, LATER)
    assert events_since(before, state) == [("delay.detected", "p1/1")]
    before = view_of(state)
    SendDelayNotice(delay=delay).apply(state, LATER)
    assert events_since(before, state) == [("delay.detected", "p1/2")]


def test_a_return_has_an_event_for_each_status_it_reaches() -> None:
    state = a_delivered_state()
    before = view_of(state)
    case = a_return(state)
    assert events_since(before, state) == [("return.opened", "ret_1")]
    before = view_of(state)
    case.dropped_off = DropOff(at=LATER, location_id="bar", nonce="1")
    assert events_since(before, state) == [("return.dropped_off", "ret_1")]
    before = view_of(state)
    case.decision = "cancelled"
    assert events_since(before, state) == [("return.cancelled", "ret_1")]


def test_an_agents_change_of_a_return_is_an_update_event() -> None:
    state = a_delivered_state()
    a_return(state)
    before = view_of(state)
    request = ReturnOverrideRequest(override="extend_code", reason="as agreed by phone")
    OverrideReturn(command_id="c1", actor=AGENT, return_id="ret_1", request=request).execute(state, LATER)
    assert events_since(before, state) == [("return.updated", "ret_1")]


def test_a_payment_has_an_event_when_it_is_settled_fails_or_is_unknown() -> None:
    state = a_delivered_state()
    leg = Leg(
        occasion="cancel/ord_one", tender_id="card", to="provider", payment="pay_1", principal=gbp(100),
        bonus=gbp(0), planned_at=LATER,
    )  # fmt: skip
    before = view_of(state)
    state.settlements.append(Settlement(occasion="cancel/ord_one", purpose="refund", units={}, legs=[leg]))
    assert events_since(before, state) == []  # only planned
    for status in ("failed", "unknown", "settled"):
        before = view_of(state)
        leg.status = status
        assert events_since(before, state) == [(f"payment.{status}", leg.key)]


def test_an_attention_item_has_an_event_when_it_is_raised_and_when_it_is_resolved() -> None:
    state = a_delivered_state()
    before = view_of(state)
    question = AttentionItem(
        kind="presumed_lost", subject="p1", owner="agent", opened_at=LATER, deadline=LATER, default="refund"
    )
    add_question(state, question)
    assert events_since(before, state) == [("attention.opened", "presumed_lost/p1")]
    before = view_of(state)
    state.settle_question(question.kind, question.subject)
    assert events_since(before, state) == [("attention.settled", "presumed_lost/p1")]


def test_an_order_that_closes_and_is_reopened() -> None:
    state = a_delivered_state()
    before = view_of(state)
    state.closed_at = LATER
    assert events_since(before, state) == [("order.closed", "ord_one")]
    before = view_of(state)
    state.closed_at = None
    assert events_since(before, state) == [("order.reopened", "ord_one")]


def test_every_event_has_an_id_of_its_own_that_never_changes() -> None:
    state = a_state(seq=7)
    a_parcel(state)
    first = events_between(None, view_of(state))
    again = events_between(None, view_of(state))
    ids = [event.id("acme") for event in first]
    assert ids == [event.id("acme") for event in again]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("evt_") and "." not in one for one in ids)
    assert ids[0] != first[0].id("other")


def test_a_body_names_the_order_its_version_and_what_changed_and_no_person() -> None:
    state = a_delivered_state(seq=4)
    a_return(state)
    for event in events_between(None, view_of(state)):
        body = json.loads(event.body())
        assert list(body) == ["type", "timestamp", "data"]
        assert (body["data"]["order"], body["data"]["order_id"], body["data"]["seq"]) == (
            "ord_one",
            "#1001",
            4,
        )
        for sealed in (state.order.customer.name.ciphertext, state.order.customer.customer, "N1 9GU"):
            assert sealed not in event.body()


def test_a_body_is_never_too_large_for_a_receiver() -> None:
    event = Event(
        type="payment.failed", order="ord_one", order_id="中" * 64, seq=1, stage="placed", at=PLACED,
        subject="leg", detail={"payment": {"decline": "中" * MAX_BODY_BYTES}},
    )  # fmt: skip
    body = event.body()
    assert len(body.encode()) <= MAX_BODY_BYTES
    assert "payment" not in json.loads(body)["data"]


def test_a_sent_notice_is_an_event_in_the_sequence_of_the_order() -> None:
    state = a_state(seq=3)
    event = notice_sent(view_of(state), LATER, "ord_one/p1/late/1", "delayed", "p1")
    assert (event.type, event.seq, event.at) == ("notice.sent", 3, LATER)
    assert event.detail["notice"] == {"kind": "delayed", "subject": "p1", "sent_at": "2026-03-05T09:00:00Z"}


def test_every_status_of_a_return_has_a_type() -> None:
    from typing import get_args

    from domain.returns.views import ReturnStatus

    assert {f"return.{status}" for status in get_args(ReturnStatus)} <= set(TYPES)


def test_each_alert_about_money_that_has_not_left_is_an_event_with_its_deadline() -> None:
    state = a_delivered_state()
    case = a_return(state, statutory_at=PLACED + timedelta(days=16))
    before = view_of(state)
    case.alerted = 50
    assert events_since(before, state) == [("return.refund_due", case.return_id)]
    [event] = events_between(before, view_of(state))
    assert event.detail["return"]["deadline"]["alerted"] == 50
