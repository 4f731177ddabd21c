"""Parcels that do not arrive: presumed lost, traced, reshipped, refunded, found again (DLY-1, DLY-9, S-23)."""

from datetime import timedelta

import pytest

from domain.actors import Actor
from domain.journey import external_events
from domain.journey.order_view import order_view
from domain.model.delay_terms import TraceTerms
from domain.model.scan import ParcelStatus
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import Policy
from domain.reasons import CommandResult
from domain.tracking.commands.report_not_received import ReportNotReceived
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from tests.builders import a_state, gbp
from tests.domain.letters import stale_reason
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, StateDriver, reasons

S = ParcelStatus
DAY = timedelta(days=1)


@pytest.fixture
def lost(journey: StateDriver) -> StateDriver:
    """Scanned once and then never again; the question is open."""
    journey.ship()
    journey.scan(S.IN_TRANSIT)
    return journey.jump_to(journey.state.order.due() + 10 * DAY)


def resolve(journey: StateDriver, choice: str, parcel: str = "p1") -> CommandResult:
    command = {
        "command_id": f"choose-{choice}-{parcel}",
        "actor": CUSTOMER,
        "parcel": parcel,
        "choice": choice,
    }
    return journey.execute(ResolveLostParcel.model_validate(command))


def not_received(journey: StateDriver, actor: Actor = CUSTOMER, parcel: str = "p1") -> CommandResult:
    journey.commands += 1
    return journey.execute(ReportNotReceived(command_id=f"nr{journey.commands}", actor=actor, parcel=parcel))


@pytest.mark.scenario("S-23")
def test_the_customer_is_notified_that_a_parcel_is_presumed_lost_and_until_when_they_may_choose(
    lost: StateDriver,
) -> None:
    assert lost.attention_kinds() == ["presumed_lost"]
    notice = lost.sent[-1]
    assert (notice.kind, notice.details["next_update"]) == ("presumed_lost", (lost.now + 3 * DAY).isoformat())
    assert stale_reason(lost, notice) is None
    lost.scan(S.IN_TRANSIT)
    assert stale_reason(lost, notice) == "already_answered"


def test_without_a_choice_a_lost_parcel_is_refunded_and_claimed_from_the_carrier(lost: StateDriver) -> None:
    lost.advance(days=3)
    lost.settle_sent_legs()
    assert lost.attention_kinds() == ["carrier_claim"]
    assert lost.notice_kinds()[-2:] == ["parcel_lost", "refunded"]
    assert order_view(lost.state, lost.now).refunded == gbp(6800)
    lost.until_at_rest()
    assert lost.duplicate_notices() == []


def test_the_customer_chooses_a_refund_and_gets_it_at_once(lost: StateDriver) -> None:
    assert resolve(lost, "refund").verdict == "accepted"
    lost.settle_sent_legs()
    assert order_view(lost.state, lost.now).refunded == gbp(6800)
    assert reasons(resolve(lost, "resend")) == ["nothing_to_choose"]


def test_the_customer_chooses_a_reshipment_and_it_ships_and_arrives(lost: StateDriver) -> None:
    assert resolve(lost, "resend").verdict == "accepted"
    assert lost.attention_kinds() == ["resend", "carrier_claim"]
    assert lost.ship(number="T2").verdict == "accepted", "its units wait to be packed"
    assert lost.attention_kinds() == ["carrier_claim"]
    lost.scan(S.DELIVERED, number="T2")
    assert lost.state.delivered == "all"
    lost.until_at_rest()
    assert lost.legs() == [], "nothing is paid for what was sent again"


def test_a_merchant_who_does_not_send_again_pays_back(lost: StateDriver) -> None:
    resolve(lost, "resend")
    lost.advance(days=3)
    lost.settle_sent_legs()
    assert order_view(lost.state, lost.now).refunded == gbp(6800)
    assert "units_already_shipped" in reasons(lost.ship(number="T2"))
    lost.until_at_rest()


def test_a_lost_and_refunded_parcel_that_arrives_is_notified_once_and_no_claim_is_made(
    lost: StateDriver,
) -> None:
    resolve(lost, "refund")
    lost.settle_sent_legs()
    lost.advance(days=1).scan(S.OUT_FOR_DELIVERY)
    lost.advance(hours=2).scan(S.DELIVERED)
    lost.advance(hours=2).scan(S.DELIVERED)
    assert lost.attention_kinds() == ["parcel_found"]
    assert lost.notice_kinds().count("parcel_found") == 1
    assert order_view(lost.state, lost.now).refunded == gbp(6800), "money that moved is a fact"


@pytest.fixture
def delivered(journey: StateDriver) -> StateDriver:
    journey.deliver()
    return journey.advance(days=1)


def test_a_delivered_parcel_that_did_not_arrive_is_traced_and_refunded_when_not_found(
    delivered: StateDriver,
) -> None:
    assert not_received(delivered).verdict == "accepted"
    assert (delivered.attention_kinds(), delivered.notice_kinds()[-1]) == (["not_received"], "trace_opened")
    assert delivered.sent[-1].details["next_update"] == (delivered.now + 5 * DAY).isoformat()
    assert reasons(not_received(delivered)) == ["trace_open"]
    delivered.advance(days=5)
    delivered.settle_sent_legs()
    assert delivered.notice_kinds()[-2:] == ["trace_closed", "refunded"]
    assert delivered.sent[-2].details["outcome"] == "refunded"
    assert order_view(delivered.state, delivered.now).refunded == gbp(6800)
    delivered.until_at_rest()


def test_after_an_agent_found_it_the_customer_may_not_report_it_again_but_staff_may(
    delivered: StateDriver,
) -> None:
    not_received(delivered)
    assert delivered.override("mark_delivered", AGENT, parcel="p1").verdict == "accepted"
    assert (delivered.attention_kinds(), delivered.sent[-1].details) == ([], {"outcome": "found"})
    assert reasons(not_received(delivered)) == ["trace_closed"]
    assert not_received(delivered, AGENT).verdict == "accepted"
    delivered.until_at_rest()


def test_a_senior_agent_closes_the_trace_with_a_refund(delivered: StateDriver) -> None:
    not_received(delivered)
    assert delivered.override("mark_lost", SENIOR, parcel="p1").verdict == "accepted"
    delivered.settle_sent_legs()
    assert delivered.notice_kinds()[-2:] == ["trace_closed", "refunded"]
    assert "parcel_lost" not in delivered.notice_kinds()


def test_a_merchant_may_have_traces_close_without_a_refund() -> None:
    journey = StateDriver(a_state(policy=Policy(trace=TraceTerms(default="dismiss"))))
    journey.deliver()
    not_received(journey)
    journey.advance(days=5)
    assert (journey.notice_kinds()[-1], journey.sent[-1].details["outcome"], journey.legs()) == (
        "trace_closed",
        "dismissed",
        [],
    )
    journey.until_at_rest()


def test_a_parcel_that_did_not_arrive_or_arrived_long_ago_is_not_traced(journey: StateDriver) -> None:
    journey.ship()
    assert reasons(not_received(journey)) == ["parcel_under_way"]
    assert reasons(not_received(journey, parcel="p9")) == ["parcel_unknown"]
    journey.scan(S.DELIVERED)
    journey.advance(days=30)
    assert reasons(not_received(journey)) == ["outside_window"]


def test_units_on_their_way_back_are_not_refunded_again_by_a_trace(delivered: StateDriver) -> None:
    opened = delivered.open({"1": 2}).subject
    delivered.drop_off(opened)
    delivered.settle_sent_legs()
    not_received(delivered)
    delivered.advance(days=5)
    delivered.settle_sent_legs()
    paid = {s.occasion.split("/")[0]: s.principal for s in delivered.state.settlements}
    assert paid == {"return": gbp(2400), "undelivered": gbp(4000)}
    delivered.until_at_rest()


def test_of_a_partly_reshipped_parcel_only_the_rest_is_paid(lost: StateDriver) -> None:
    resolve(lost, "resend")
    assert lost.ship({"1": 1}, number="T2").verdict == "accepted"
    assert "resend" in lost.attention_kinds(), "a mug and the lamp still wait"
    lost.advance(days=3)
    lost.settle_sent_legs()
    assert order_view(lost.state, lost.now).refunded == gbp(5200), "one mug of 12.00 is on its way"
    lost.scan(S.DELIVERED, number="T2")
    lost.until_at_rest()
    assert order_view(lost.state, lost.now).refunded == gbp(5200)


def test_a_parcel_that_moves_before_it_was_sent_again_is_not_lost_after_all(lost: StateDriver) -> None:
    resolve(lost, "resend")
    lost.advance(hours=5).scan(S.OUT_FOR_DELIVERY)
    assert lost.attention_kinds() == []
    lost.advance(hours=5).scan(S.DELIVERED)
    lost.until_at_rest()
    assert (lost.legs(), "parcel_found" in lost.notice_kinds()) == ([], False), (
        "nothing was paid, nothing was packed"
    )
    assert lost.state.delivered == "all"


def test_a_parcel_that_moves_after_its_reshipment_raises_a_question(lost: StateDriver) -> None:
    resolve(lost, "resend")
    lost.ship(number="T2")
    lost.advance(hours=5).scan(S.OUT_FOR_DELIVERY)
    assert lost.attention_kinds() == ["parcel_found"]


def test_a_customer_who_chose_a_reshipment_is_not_notified_that_it_has_not_left(lost: StateDriver) -> None:
    before = lost.notice_kinds().count("delayed")
    resolve(lost, "resend")
    lost.advance(days=2)
    assert lost.notice_kinds().count("delayed") == before
    lost.ship(number="T2")


def test_a_scan_does_not_end_the_follow_up_of_an_open_trace(delivered: StateDriver) -> None:
    not_received(delivered)
    delivered.advance(hours=1).scan(S.DELIVERED, at=delivered.now - DAY / 2)
    assert [follow_up.open for follow_up in delivered.state.follow_ups] == [True]


def test_each_trace_has_notices_of_its_own(delivered: StateDriver) -> None:
    not_received(delivered)
    delivered.override("mark_delivered", AGENT, parcel="p1")
    not_received(delivered, AGENT)
    delivered.override("mark_delivered", AGENT, parcel="p1")
    assert (
        delivered.notice_kinds().count("trace_opened") == delivered.notice_kinds().count("trace_closed") == 2
    )
    assert delivered.duplicate_notices() == []


def test_a_new_label_that_is_voided_raises_the_question_again_and_then_pays(lost: StateDriver) -> None:
    resolve(lost, "resend")
    lost.ship(number="T2")
    lost.scan(S.CANCELLED, number="T2")
    assert "resend" in lost.attention_kinds()
    lost.advance(days=3)
    lost.settle_sent_legs()
    assert order_view(lost.state, lost.now).refunded == gbp(6800)
    lost.until_at_rest()


def test_refunded_units_cannot_be_reshipped(lost: StateDriver) -> None:
    part = RefundedPart(kind="card", amount=gbp(5800)), RefundedPart(kind="gift_card", amount=gbp(600))
    lines = RefundedLine(line_id="1", quantity=2), RefundedLine(line_id="2", quantity=1)
    fact = ExternalRefund(storefront="shopify", refund="r1", at=lost.now, parts=part, lines=lines)
    assert external_events.apply_event(lost.state, fact, lost.now)
    lost.apply_due()
    assert reasons(resolve(lost, "resend")) == ["units_unavailable"]
    assert lost.state.unshipped() == {}


def test_choosing_a_reshipment_ends_a_return_that_was_not_handed_over(delivered: StateDriver) -> None:
    returned = delivered.open({"1": 2, "2": 1}).subject
    delivered.scan(S.RETURN_TO_SENDER)
    assert resolve(delivered, "resend").verdict == "accepted"
    assert delivered.case(returned).decision == "cancelled"
    delivered.ship(number="T2")
    delivered.scan(S.DELIVERED, number="T2")
    delivered.until_at_rest()
    assert delivered.legs() == [], "the goods, and not the money as well"


def test_a_parcel_found_after_part_of_it_was_reshipped_raises_a_question_and_pays_nothing(
    lost: StateDriver,
) -> None:
    resolve(lost, "resend")
    lost.ship({"1": 1}, number="T2")
    lost.advance(hours=4).scan(S.DELIVERED)
    assert lost.attention_kinds() == ["parcel_found"]
    assert lost.state.unshipped() == {}
    lost.scan(S.DELIVERED, number="T2")
    lost.until_at_rest()
    assert lost.legs() == []


@pytest.mark.parametrize("status", [S.EXCEPTION, S.UNKNOWN])
def test_a_carrier_status_lost_does_not_count_as_found(lost: StateDriver, status: S) -> None:
    resolve(lost, "resend")
    lost.advance(hours=4).scan(status)
    assert set(lost.attention_kinds()) == {"resend", "carrier_claim"}


def test_an_older_scan_that_comes_late_does_not_count_as_found_but_an_older_delivery_does(
    lost: StateDriver,
) -> None:
    resolve(lost, "refund")
    lost.settle_sent_legs()
    lost.advance(hours=4).scan(S.IN_TRANSIT, at=lost.now - 2 * DAY)
    assert lost.attention_kinds() == ["carrier_claim"]
    lost.scan(S.DELIVERED, at=lost.now - DAY)
    assert lost.attention_kinds() == ["parcel_found"]
