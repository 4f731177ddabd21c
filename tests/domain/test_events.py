"""What merchants are told: the differences between two versions of an order, and nothing else."""

import json
from datetime import timedelta

from domain.attention import Attention
from domain.commands.override_return import OverrideReturn
from domain.delays import Delay
from domain.events import LARGEST, TYPES, Event, changes, notice_sent
from domain.journey import JourneyState
from domain.overrides import OverrideOfReturn
from domain.parcels import ParcelStatus
from domain.returns import DropOff
from domain.settlements import Leg, Settlement
from domain.telling import tell_delay
from domain.views import OrderView, order_view
from tests.builders import AGENT, PLACED, a_delivered_state, a_parcel, a_return, a_scan, a_state, gbp

LATER = PLACED + timedelta(days=3)


def seen(state: JourneyState) -> OrderView:
    return order_view(state, state.clock or PLACED)


def told(before: OrderView | None, state: JourneyState) -> list[tuple[str, str]]:
    return [(event.type, event.subject) for event in changes(before, seen(state))]


def test_a_new_order_is_placed() -> None:
    assert told(None, a_state()) == [("order.placed", "ord_one")]


def test_nothing_changed_is_nothing_told() -> None:
    state = a_delivered_state()
    a_return(state)
    assert told(seen(state), state) == []


def test_a_parcel_s_life_is_told_and_the_order_s_after_it() -> None:
    state = a_state()
    before = seen(state)
    parcel = a_parcel(state)
    assert told(before, state) == [("parcel.registered", "p1")]
    before = seen(state)
    parcel.hear([a_scan(ParcelStatus.IN_TRANSIT, LATER)], None)
    assert told(before, state) == [("parcel.updated", "p1"), ("order.shipped", "ord_one")]
    before = seen(state)
    parcel.hear([a_scan(ParcelStatus.DELIVERED, LATER + timedelta(hours=1))], None)
    assert told(before, state) == [("parcel.updated", "p1"), ("order.delivered", "ord_one")]


def test_what_was_written_together_is_told_together() -> None:
    state = a_state()
    parcel = a_parcel(state)
    before = seen(state)
    at = LATER + timedelta(hours=1)
    parcel.hear([a_scan(ParcelStatus.IN_TRANSIT, LATER), a_scan(ParcelStatus.DELIVERED, at)], None)
    parcels = [one for one in changes(before, seen(state)) if one.type == "parcel.updated"]
    assert [one.detail["parcel"]["status"] for one in parcels] == ["delivered"]


def test_another_scan_of_the_same_status_is_no_news() -> None:
    state = a_delivered_state()
    before = seen(state)
    state.parcels[0].hear([a_scan(ParcelStatus.DELIVERED, LATER)], None)
    assert told(before, state) == []


def test_a_parcel_given_up_is_told_once() -> None:
    state = a_state()
    parcel = a_parcel(state)
    before = seen(state)
    parcel.lost_at = LATER
    assert told(before, state) == [("parcel.given_up", "p1")]
    assert told(seen(state), state) == []


def test_a_delay_is_told_per_revision() -> None:
    state = a_state()
    a_parcel(state)
    before = seen(state)
    delay = Delay(subject="p1", reason="no_movement", since=LATER, due=state.order.due(), expected=None)
    tell_delay(state, delay, LATER)
    assert told(before, state) == [("delay.told", "p1/1")]
    before = seen(state)
    tell_delay(state, delay, LATER)
    assert told(before, state) == [("delay.told", "p1/2")]


def test_a_return_tells_each_status_it_reaches() -> None:
    state = a_delivered_state()
    before = seen(state)
    case = a_return(state)
    assert told(before, state) == [("return.opened", "ret_1")]
    before = seen(state)
    case.dropped_off = DropOff(at=LATER, point="bar", nonce="1")
    assert told(before, state) == [("return.dropped_off", "ret_1")]
    before = seen(state)
    case.decision = "cancelled"
    assert told(before, state) == [("return.cancelled", "ret_1")]


def test_what_an_agent_changes_of_a_return_is_an_update() -> None:
    state = a_delivered_state()
    a_return(state)
    before = seen(state)
    ask = OverrideOfReturn(override="extend_code", because="as agreed by phone")
    OverrideReturn(command_id="c1", actor=AGENT, return_id="ret_1", ask=ask).carry_out(state, LATER)
    assert told(before, state) == [("return.updated", "ret_1")]


def test_a_payment_is_told_when_it_is_settled_fails_or_is_unknown() -> None:
    state = a_delivered_state()
    leg = Leg(
        occasion="cancel/ord_one", tender_id="card", to="provider", payment="pay_1", principal=gbp(100),
        bonus=gbp(0), planned_at=LATER,
    )  # fmt: skip
    before = seen(state)
    state.settlements.append(Settlement(occasion="cancel/ord_one", purpose="refund", units={}, legs=[leg]))
    assert told(before, state) == []  # only planned
    for status in ("failed", "unknown", "settled"):
        before = seen(state)
        leg.status = status
        assert told(before, state) == [(f"payment.{status}", leg.key)]


def test_a_question_is_told_when_it_is_raised_and_when_it_is_settled() -> None:
    state = a_delivered_state()
    before = seen(state)
    question = Attention(
        kind="presumed_lost", subject="p1", owner="agent", since=LATER, deadline=LATER, default="pay_back"
    )
    state.ask_for_attention(question)
    assert told(before, state) == [("attention.raised", "presumed_lost/p1")]
    before = seen(state)
    state.settle_attention(question.id)
    assert told(before, state) == [("attention.settled", "presumed_lost/p1")]


def test_an_order_that_ends_and_is_looked_at_again() -> None:
    state = a_delivered_state()
    before = seen(state)
    state.closed_at = LATER
    assert told(before, state) == [("order.closed", "ord_one")]
    before = seen(state)
    state.closed_at = None
    assert told(before, state) == [("order.reopened", "ord_one")]


def test_every_event_has_an_id_of_its_own_that_never_changes() -> None:
    state = a_state(seq=7)
    a_parcel(state)
    first = changes(None, seen(state))
    again = changes(None, seen(state))
    ids = [event.id("acme") for event in first]
    assert ids == [event.id("acme") for event in again]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("evt_") and "." not in one for one in ids)
    assert ids[0] != first[0].id("other")


def test_a_body_names_the_order_its_version_and_what_changed_and_no_person() -> None:
    state = a_delivered_state(seq=4)
    a_return(state)
    for event in changes(None, seen(state)):
        body = json.loads(event.body())
        assert list(body) == ["type", "timestamp", "data"]
        assert (body["data"]["order"], body["data"]["order_id"], body["data"]["seq"]) == (
            "ord_one",
            "#1001",
            4,
        )
        for sealed in (state.order.customer.name.box, state.order.customer.customer, "N1 9GU"):
            assert sealed not in event.body()


def test_a_body_is_never_too_large_for_a_receiver() -> None:
    event = Event(
        type="payment.failed", order="ord_one", order_id="中" * 64, seq=1, stage="placed", at=PLACED,
        subject="leg", detail={"payment": {"decline": "中" * LARGEST}},
    )  # fmt: skip
    body = event.body()
    assert len(body.encode()) <= LARGEST
    assert "payment" not in json.loads(body)["data"]


def test_a_notice_that_left_is_told_in_line_with_the_order() -> None:
    state = a_state(seq=3)
    event = notice_sent(seen(state), LATER, "ord_one/p1/late/1", "delayed", "p1")
    assert (event.type, event.seq, event.at) == ("notice.sent", 3, LATER)
    assert event.detail["notice"] == {"kind": "delayed", "subject": "p1", "sent_at": "2026-03-05T09:00:00Z"}


def test_every_status_of_a_return_has_a_type() -> None:
    from typing import get_args

    from domain.views import ReturnStatus

    assert {f"return.{status}" for status in get_args(ReturnStatus)} <= set(TYPES)
