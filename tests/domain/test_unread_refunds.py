"""Refunds of the storefront that nobody could read and that name no units: nothing else is paid without a person."""

from typing import Any

import pytest

from domain.journey.external_events import apply_event
from domain.model.shipment import ExternalRefund
from domain.model.terms import Policy
from tests.builders import PLACED, a_state
from tests.domain.state_driver import SENIOR, StateDriver, reasons


def delivered(**policy: Any) -> StateDriver:
    journey = StateDriver(a_state(policy=Policy(**policy)))
    journey.deliver()
    return journey


def unread(journey: StateDriver, refund: str = "r1", **more: Any) -> None:
    event = ExternalRefund(
        storefront="shopify", refund=refund, at=PLACED, parts=(), amount_unknown=not more, **more
    )
    assert apply_event(journey.state, event, journey.now)
    journey.apply_due()


@pytest.mark.parametrize("default", ["approve", "refuse"])
def test_a_later_return_waits_for_a_person_and_is_refused_without_an_answer(default: str) -> None:
    journey = delivered(review_default=default)
    unread(journey)
    answer = journey.open({"1": 1})
    assert (answer.verdict, reasons(answer)) == ("needs_agent", ["refund_amount_unknown"])
    journey.advance(days=30)
    assert (journey.state.returns[0].decision, journey.legs()) == ("refused", [])


def test_a_person_may_approve_it_and_then_it_is_paid_without_a_second_question() -> None:
    journey = delivered()
    unread(journey)
    return_id = journey.open({"1": 1}).subject
    assert journey.override_return(return_id, "approve").verdict == "accepted"
    journey.drop_off(return_id)
    assert sum(amount for _, amount in journey.legs()) == 1200
    assert journey.state.case(return_id).decision == "authorized"  # type: ignore[union-attr]


def test_a_return_that_was_authorized_before_is_reviewed_before_it_pays() -> None:
    journey = delivered()
    return_id = journey.open({"1": 1}).subject
    unread(journey)
    assert journey.case(return_id).decision == "in_review"
    assert journey.notice_kinds()[-2:] == ["return_authorized", "return_in_review"]
    journey.receive(return_id, {"1": 1})
    journey.advance(days=30)
    assert (journey.case(return_id).decision, journey.legs()) == ("refused", [])


def test_a_return_that_is_paid_stays_as_it_is() -> None:
    journey = delivered()
    return_id = journey.open({"1": 1}).subject
    journey.drop_off(return_id)
    journey.receive(return_id, {"1": 1})
    journey.settle_sent_legs()
    unread(journey)
    assert journey.case(return_id).decision == "authorized"


def test_a_second_unread_refund_is_another_question_for_a_return_that_was_approved() -> None:
    journey = delivered()
    unread(journey)
    return_id = journey.open({"1": 1}).subject
    journey.override_return(return_id, "approve")
    unread(journey, "r2")
    assert journey.case(return_id).decision == "in_review"
    assert journey.duplicate_notices() == []


def test_a_review_whose_default_was_to_approve_is_refused_without_an_answer() -> None:
    journey = delivered(review_above={"GBP": 100}, review_default="approve")
    return_id = journey.open({"1": 1}).subject
    unread(journey)
    [item] = [item for item in journey.state.attention if item.kind == "review"]
    assert (item.default, item.subject) == ("refuse", return_id)


def test_a_lost_parcel_is_not_paid_by_itself_and_is_by_a_person() -> None:
    for by_person in (False, True):
        journey = StateDriver(a_state())
        parcel = journey.ship().subject
        unread(journey)
        if by_person:
            journey.override("mark_lost", actor=SENIOR, parcel=parcel)
        else:
            journey.advance(days=60)
        assert bool(journey.legs()) is by_person
