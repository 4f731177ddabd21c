"""Where mail-order rules require it, customers are asked for consent to a delay, with what silence means (DLY-5, S-5, S-6)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.actors import Role
from domain.model.delay_terms import DelayOption
from domain.model.order import Destination
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from tests.builders import a_state, an_order
from tests.domain.state_driver import CUSTOMER, StateDriver, reasons

LATE = datetime(2026, 3, 7, 5, tzinfo=UTC)  # midnight in New York


def american(extension: int = 14) -> StateDriver:
    order = an_order(destination=Destination(country="US", zone="America/New_York", postcode="10001"))
    return StateDriver(a_state(order, Policy(delay_option=DelayOption(extension=extension))))


def respond(journey: StateDriver, consent: str, answer: str) -> list[str]:
    journey.commands += 1
    command = {
        "command_id": f"a{journey.commands}",
        "actor": CUSTOMER,
        "consent_id": consent,
        "answer": answer,
    }
    return reasons(journey.execute(RespondToDelayConsent.model_validate(command)))


@pytest.mark.scenario("S-5", "S-6")
def test_silence_counts_as_consent_once_and_the_second_time_cancels_and_refunds() -> None:
    journey = american()
    journey.jump_to(LATE - timedelta(hours=48))
    assert (journey.notice_kinds(), journey.attention_kinds()) == (["delay_option"], ["consent"])
    facts = journey.sent[-1].details
    assert (facts["due"], facts["default_answer"], facts["deadline"]) == (
        "2026-03-07T00:00:00-05:00", "wait", "2026-03-07T00:00:00-05:00",
    )  # fmt: skip
    assert facts["new_due"] == "2026-03-21T00:00:00-04:00", "two weeks more, over the change of clocks"
    journey.jump_to(LATE)
    assert journey.state.due == datetime(2026, 3, 21, 4, tzinfo=UTC)
    journey.jump_to(journey.state.due - timedelta(hours=48))
    assert (journey.notice_kinds(), journey.sent[-1].details["default_answer"]) == (
        ["delay_option", "delay_option"],
        "cancel",
    )
    journey.jump_to(journey.state.due)
    assert journey.state.cancelled_at == journey.now
    assert sum(principal for _, principal in journey.legs()) == 6800
    journey.until_at_rest()


def test_the_first_delay_of_more_than_thirty_days_needs_consent() -> None:
    journey = american(extension=31)
    journey.jump_to(LATE - timedelta(hours=48))
    assert journey.sent[-1].details["default_answer"] == "cancel"
    assert respond(journey, "c1", "wait") == []
    journey.jump_to(LATE)
    assert journey.state.cancelled_at is None


def test_goods_that_ship_in_time_need_no_consent() -> None:
    journey = american()
    journey.ship()
    journey.jump_to(LATE - timedelta(hours=20))
    assert "delay_option" not in journey.notice_kinds()


def test_the_customer_cancels_with_one_answer_and_is_paid_back() -> None:
    journey = american()
    journey.jump_to(LATE - timedelta(hours=48))
    assert respond(journey, "c1", "cancel") == []
    assert journey.state.cancelled_at == journey.now
    assert CUSTOMER.role is Role.CUSTOMER


def test_in_other_countries_the_delay_is_notified() -> None:
    journey = StateDriver(a_state(policy=Policy(delay_option=DelayOption())))
    journey.jump_to(datetime(2026, 3, 6, tzinfo=UTC))
    assert journey.notice_kinds() == ["delayed"]


def test_a_label_that_is_voided_does_not_turn_the_first_silence_into_a_cancellation() -> None:
    journey = american()
    journey.jump_to(LATE - timedelta(hours=48))
    journey.ship(number="T1")
    journey.advance(hours=1).scan(ParcelStatus.CANCELLED, "T1")
    assert [one.details["default_answer"] for one in journey.sent if one.kind == "delay_option"] == [
        "wait",
        "wait",
    ]


def test_a_late_consent_request_counts_from_today() -> None:
    journey = american()
    journey.ship(number="T1")
    journey.jump_to(LATE + timedelta(days=16)).scan(ParcelStatus.CANCELLED, "T1")
    notice = journey.sent[-1]
    assert (notice.kind, notice.details["new_due"]) == ("delay_option", "2026-04-07T00:00:00-04:00")
