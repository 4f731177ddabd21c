"""A receipt is never refused: what was announced is taken in, and all else becomes a case for a person, unpaid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.received_goods import MAX_RECEIPTS, MAX_UNEXPECTED, GoodsCondition, ReceivedLine
from domain.model.terms import Policy
from domain.returns.views import return_view
from tests.builders import a_state
from tests.domain.state_driver import AGENT, CUSTOMER, StateDriver, reasons

CONDITIONS: tuple[GoodsCondition, ...] = ("damaged", "used", "wrong_item", "empty", "missing_parts")


def paid_on_receipt(**policy: Any) -> tuple[StateDriver, str]:
    """A return of two mugs that is paid when the goods are received."""
    journey = StateDriver(a_state(policy=Policy.model_validate({"pay_on": "receipt", **policy})))
    journey.deliver()
    return journey, journey.open({"1": 2}).subject


def paid(journey: StateDriver) -> int:
    return sum(principal for _, principal in journey.legs())


def unexpected(journey: StateDriver, return_id: str) -> list[tuple[str | None, str | None, int, str]]:
    goods = return_view(journey.state, journey.case(return_id)).unexpected
    return [(one.line_id, one.sku, one.quantity, one.condition) for one in goods]


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        (ReceivedLine(line_id="2", quantity=1), ("2", None, 1, "good")),
        (ReceivedLine(line_id="of another order", quantity=3), ("of another order", None, 3, "good")),
        (ReceivedLine(sku="BRICK", quantity=1, condition="wrong_item"), (None, "BRICK", 1, "wrong_item")),
        (ReceivedLine(quantity=1), (None, None, 1, "good")),
    ],
)
def test_goods_that_were_not_announced_do_not_keep_the_announced_ones_out(
    other: ReceivedLine, kept: tuple[str | None, str | None, int, str]
) -> None:
    journey, subject = paid_on_receipt()
    assert journey.receive(subject, {"1": 2}, other).verdict == "accepted"
    assert (journey.case(subject).goods, paid(journey)) == ("received", 2400)
    assert unexpected(journey, subject) == [kept]
    (item,) = journey.state.attention
    assert (item.kind, item.owner, item.default) == ("unexpected_goods", "agent", "dismiss")
    assert "unexpected_goods" in [entry.action for entry in journey.written]
    journey.until_at_rest()
    assert paid(journey) == 2400


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_unit_in_another_condition_is_not_paid_until_an_agent_accepts_it(condition: GoodsCondition) -> None:
    journey, subject = paid_on_receipt()
    bad = ReceivedLine(line_id="1", quantity=1, condition=condition)
    assert journey.receive(subject, {"1": 1}, bad).verdict == "accepted"
    assert (journey.case(subject).goods, paid(journey)) == ("received", 1200)
    (item,) = journey.state.attention
    assert (item.kind, item.owner, item.default) == ("goods_condition", "agent", "dismiss")
    assert reasons(journey.override_return(subject, "accept_goods", CUSTOMER)) == ["role_too_low"]
    assert journey.override_return(subject, "accept_goods", AGENT).verdict == "accepted"
    assert (journey.attention_kinds(), paid(journey)) == ([], 2400)
    assert reasons(journey.override_return(subject, "accept_goods", AGENT)) == ["nothing_to_override"]


def test_a_dropped_off_unit_in_another_condition_is_not_written_off_and_paid() -> None:
    journey, subject = paid_on_receipt()
    journey.drop_off(subject)
    journey.receive(subject, {}, ReceivedLine(line_id="1", quantity=1, condition="empty"))
    journey.until_at_rest()
    assert journey.case(subject).written_off_at is not None, "the other unit never came"
    assert paid(journey) == 1200
    assert "goods_condition" in [entry.subject.partition("/")[0] for entry in journey.written]


def test_nothing_of_a_line_is_a_receipt_too() -> None:
    journey, subject = paid_on_receipt()
    assert journey.receive(subject, {"1": 0}).verdict == "accepted"
    assert (journey.case(subject).goods, journey.attention_kinds()) == ("awaiting", [])


def test_goods_that_arrive_during_a_review_are_taken_in_and_paid_when_it_is_approved() -> None:
    journey, subject = paid_on_receipt(review_above={"GBP": 0})
    assert journey.receive(subject, {"1": 2}).verdict == "accepted"
    assert (paid(journey), journey.attention_kinds()) == (0, ["review"])
    journey.override_return(subject, "approve")
    assert paid(journey) == 2400
    assert "return_authorized" not in journey.notice_kinds(), "there is nothing left to hand over"


def test_goods_that_arrived_during_a_review_that_is_refused_are_a_case() -> None:
    journey, subject = paid_on_receipt(review_above={"GBP": 0})
    journey.receive(subject, {"1": 1})
    journey.override_return(subject, "refuse")
    assert (paid(journey), journey.attention_kinds()) == (0, ["unexpected_goods"])
    letter = journey.sent[-1]
    assert (letter.kind, letter.details.get("arrived")) == ("return_refused", 1), (
        "the goods are not with them"
    )


def test_a_unit_whose_name_is_not_kept_any_more_is_not_paid_however_often_it_is_sent() -> None:
    journey, subject = paid_on_receipt()
    earlier = [ReceivedLine(line_id="2", quantity=1, receipt=f"r{n}") for n in range(MAX_RECEIPTS)]
    journey.receive(subject, {}, *earlier)
    for _ in range(2):
        journey.receive(subject, {}, ReceivedLine(line_id="1", quantity=1, receipt="one more"))
    case = journey.case(subject)
    assert (case.received, case.missing, paid(journey)) == ({}, {"1": [0, 1]}, 0)
    assert unexpected(journey, subject) == [("2", None, MAX_RECEIPTS, "good"), ("1", None, 2, "good")]
    assert journey.attention_kinds() == ["unexpected_goods"]
    journey.receive(subject, {"1": 1})
    assert (journey.case(subject).received, paid(journey)) == ({"1": [0]}, 1200), "a person counted it"


LINES = st.lists(
    st.builds(
        ReceivedLine,
        line_id=st.sampled_from([None, "1", "2", "9"]) | st.uuids().map(str),
        sku=st.sampled_from([None, "X"]),
        quantity=st.integers(0, 4),
        condition=st.sampled_from(["good", "good", *CONDITIONS]),
    ),
    min_size=1,
    max_size=90,
)


@given(LINES, st.booleans())
def test_whatever_is_received_nothing_is_lost_and_only_announced_good_units_are_paid(
    lines: list[ReceivedLine], dropped: bool
) -> None:
    journey, subject = paid_on_receipt()
    if dropped:
        journey.drop_off(subject)
    assert journey.receive(subject, {}, *lines).verdict == "accepted"
    case = journey.case(subject)
    taken = len(case.received.get("1", []))
    assert set(case.received) <= {"1"}
    assert paid(journey) == 1200 * taken
    assert taken + sum(goods.quantity for goods in case.unexpected) == sum(line.quantity for line in lines)
    assert len(case.unexpected) <= MAX_UNEXPECTED + 6
    assert bool(case.unexpected) == bool(journey.state.attention)
