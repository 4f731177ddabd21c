"""By when the money of a return has to leave: whose date counts, who is told when, and what leaves by itself (MON-12)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.clock import end_of_day, local_day
from domain.model.order import Destination
from domain.model.received_goods import ReceivedLine
from domain.model.refund_deadlines import RefundDeadlineTerms
from domain.model.terms import Policy
from domain.returns.commands.report_sent import ReportSent
from domain.returns.deadlines import refund_limit
from tests.builders import a_state, an_order
from tests.domain.state_driver import PARTNER, StateDriver

UK = Destination(country="GB", zone="Europe/London")
US = Destination(country="US", zone="America/New_York")
JP = Destination(country="JP", zone="Asia/Tokyo")
OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_journey(destination: Destination = UK, pay_on: str = "receipt", **policy: object) -> StateDriver:
    """An order that was delivered when it was placed, whose returns are paid on receipt."""
    terms = {"pay_on": pay_on, "code_days": 60, "window": 200, "goods_days": 90, **policy}
    order = an_order(destination=destination)
    journey = StateDriver(a_state(order, Policy.model_validate(terms)))
    journey.deliver()
    return journey


def prove(journey: StateDriver, return_id: str) -> None:
    journey.execute(ReportSent(command_id=f"s{len(journey.written)}", actor=PARTNER, return_id=return_id))


def open_question(journey: StateDriver, return_id: str) -> tuple[str, str] | None:
    item = journey.state.open_item("refund_due", return_id)
    return (item.owner, item.default) if item else None


@pytest.mark.parametrize(
    ("destination", "deadlines", "later", "days"),
    [
        (UK, {}, 0, 14),
        (UK, {}, 14, 14),
        (UK, {}, 15, None),
        (UK, {"statutory_days": {"GB": 10}}, 0, 10),
        (UK, {"statutory_days": {"GB": 30}, "other_days": 5}, 0, 14),
        (UK, {"statutory_days": {"GB": 10}}, 15, None),
        (US, {}, 0, None),
        (US, {"other_days": 30}, 100, 30),
        (JP, {"other_days": 30, "statutory_days": {"JP": 8}}, 0, 8),
    ],
)
def test_the_date_of_the_law(
    destination: Destination, deadlines: dict[str, object], later: int, days: int | None
) -> None:
    journey = a_journey(destination, refund_deadlines=deadlines)
    journey.advance(days=later)
    case = journey.case(journey.open({"2": 1}).subject)
    day = local_day(journey.now, destination.zone) + timedelta(days=days or 0)
    assert case.statutory_at == (None if days is None else end_of_day(day, destination.zone))


def test_the_earlier_date_counts_and_that_of_the_shop_runs_from_the_hand_over() -> None:
    journey = a_journey(refund_deadlines={"promised_days": 5})
    subject = journey.open({"2": 1}).subject
    case = journey.case(subject)
    limit = refund_limit(journey.state, case)
    assert limit is not None
    assert limit.by == "law"
    journey.advance(days=2)
    journey.drop_off(subject)
    limit = refund_limit(journey.state, case)
    assert limit is not None
    assert (limit.by, limit.at) == ("promise", datetime(2026, 3, 10, tzinfo=UTC))


def test_goods_with_a_proof_are_paid_before_the_end_of_the_last_day_without_the_warehouse() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    end = datetime(2026, 3, 17, tzinfo=UTC)
    journey.jump_to(end - timedelta(hours=13))
    assert journey.legs() == []
    journey.advance(hours=1)
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]
    assert journey.case(subject).released_at == end - timedelta(hours=12)
    journey.settle_sent_legs()
    assert open_question(journey, subject) is None


@pytest.mark.parametrize("proof", ["drop_off", "sent", "received"])
def test_goods_or_a_proof_that_come_after_the_date_are_paid_at_once(proof: str) -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}, method="mail" if proof == "sent" else "drop_off").subject
    journey.advance(days=20)
    assert (journey.legs(), open_question(journey, subject)) == ([], None), (
        "nothing is there, so nobody is to act"
    )
    {"drop_off": journey.drop_off, "received": journey.receive}.get(proof, lambda it: prove(journey, it))(
        subject
    )
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]


def test_of_goods_that_came_in_part_without_a_proof_only_what_came_is_paid() -> None:
    journey = a_journey()
    subject = journey.open({"1": 2}, method="mail").subject
    journey.receive(subject, {"1": 1})
    journey.advance(days=30)
    assert sum(minor for _, minor in journey.legs()) == 1200


def test_rejected_goods_and_returns_on_hold_are_not_paid_at_the_limit() -> None:
    journey = a_journey(attention_days=60)
    rejected = journey.open({"2": 1}).subject
    journey.drop_off(rejected)
    journey.receive(rejected, None, ReceivedLine(line_id="2", quantity=1, condition="empty"))
    held = journey.open({"1": 1}).subject
    journey.drop_off(held)
    journey.override_return(held, "hold", days=40)
    journey.advance(days=30)
    assert journey.legs() == []
    assert open_question(journey, held) == ("merchant", "remind")
    assert open_question(journey, rejected) is None
    journey.override_return(held, "release")
    assert sum(minor for _, minor in journey.legs()) == 1200, "the date is over, so it leaves at once"
    assert open_question(journey, held) is None or journey.legs("sent")


def test_people_are_told_at_50_and_80_percent_and_the_merchant_at_the_limit() -> None:
    journey = a_journey(review_above={"GBP": 0}, review_hours=24 * 60, review_default="refuse")
    subject = journey.open({"2": 1}).subject
    since, end = OPENED, datetime(2026, 3, 17, tzinfo=UTC)
    seen = []
    while journey.now < end + timedelta(days=8):
        journey.advance(hours=1)
        state = (journey.case(subject).alerted, open_question(journey, subject))
        if not seen or seen[-1][1] != state:
            seen.append((journey.now, state))
    assert [state for _, state in seen] == [
        (0, None),
        (50, ("agent", "remind")),
        (80, ("agent", "remind")),
        (100, ("merchant", "remind")),
    ]
    for (at, _), percent in zip(seen[1:], (50, 80, 100), strict=True):
        assert timedelta(0) <= at - (since + (end - since) * percent / 100) < timedelta(hours=1)
    assert [line.details["percent"] for line in journey.written if line.action == "refund_alerted"][:3] == [
        50,
        80,
        100,
    ]
    assert journey.legs() == []


def test_a_review_whose_silence_is_a_yes_ends_before_the_date_if_the_goods_are_there() -> None:
    journey = a_journey(review_above={"GBP": 0}, review_hours=24 * 60)
    subject = journey.open({"2": 1}).subject
    journey.receive(subject)
    journey.advance(days=13)
    assert open_question(journey, subject) == ("agent", "refund")
    journey.advance(days=2)
    assert journey.case(subject).decision == "authorized"
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)]


def test_an_alert_ends_when_the_money_leaves() -> None:
    journey = a_journey()
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    journey.advance(days=8)
    assert open_question(journey, subject) == ("warehouse", "refund")
    journey.receive(subject)
    journey.settle_sent_legs()
    assert open_question(journey, subject) is None


def test_finance_is_told_of_a_payment_that_is_stuck_and_nothing_is_paid_twice() -> None:
    journey = a_journey(pay_on="drop_off", attention_days=30)
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    journey.settle_sent_legs("declined", "card")
    journey.settle_sent_legs()
    journey.advance(days=8)
    assert open_question(journey, subject) == ("finance", "remind")
    assert journey.legs() == [("gift", 1000), ("card", 3000)]


def test_a_return_that_pays_at_the_scan_tells_nobody_anything() -> None:
    journey = a_journey(pay_on="drop_off")
    subject = journey.open({"2": 1}).subject
    journey.drop_off(subject)
    journey.until_at_rest()
    assert journey.case(subject).alerted == 0
    assert not [line for line in journey.written if line.action in ("refund_alerted", "refund_released")]


def test_alerts_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        RefundDeadlineTerms(alerts=(80, 50))
