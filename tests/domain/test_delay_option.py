"""Where mail-order rules say so, nobody is told "later": they are asked, and what silence means is said (DLY-5, S-5, S-6)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.actors import Role
from domain.commands.answer_consent import RespondToDelayConsent
from domain.orders import Destination
from domain.parcels import ParcelStatus
from domain.terms import DelayOption, Policy
from tests.builders import a_state, an_order
from tests.domain.driving import CUSTOMER, StateDriver, reasons

LATE = datetime(2026, 3, 7, 5, tzinfo=UTC)  # midnight in New York


def american(extension: int = 14) -> StateDriver:
    order = an_order(destination=Destination(country="US", zone="America/New_York", postcode="10001"))
    return StateDriver(a_state(order, Policy(delay_option=DelayOption(extension=extension))))


def respond(life: StateDriver, consent: str, said: str) -> list[str]:
    life.commands += 1
    ask = {"command_id": f"a{life.commands}", "actor": CUSTOMER, "consent_id": consent, "answer": said}
    return reasons(life.execute(RespondToDelayConsent.model_validate(ask)))


@pytest.mark.scenario("S-5", "S-6")
def test_silence_agrees_once_and_the_second_time_it_cancels_and_pays_back() -> None:
    life = american()
    life.jump_to(LATE - timedelta(hours=48))
    assert (life.notice_kinds(), life.attention_kinds()) == (["delay_option"], ["consent"])
    facts = life.sent[-1].details
    assert (facts["due"], facts["default_answer"], facts["deadline"]) == (
        "2026-03-07T00:00:00-05:00", "wait", "2026-03-07T00:00:00-05:00",
    )  # fmt: skip
    assert facts["new_due"] == "2026-03-21T00:00:00-04:00", "two weeks more, over the change of clocks"
    life.jump_to(LATE)
    assert life.state.due == datetime(2026, 3, 21, 4, tzinfo=UTC)
    life.jump_to(life.state.due - timedelta(hours=48))
    assert (life.notice_kinds(), life.sent[-1].details["default_answer"]) == (["delay_option", "delay_option"], "cancel")
    life.jump_to(life.state.due)
    assert life.state.cancelled_at == life.now
    assert sum(principal for _, principal in life.legs()) == 6800
    life.until_at_rest()


def test_a_delay_of_more_than_thirty_days_needs_a_yes_the_first_time() -> None:
    life = american(extension=31)
    life.jump_to(LATE - timedelta(hours=48))
    assert life.sent[-1].details["default_answer"] == "cancel"
    assert respond(life, "c1", "wait") == []
    life.jump_to(LATE)
    assert life.state.cancelled_at is None


def test_what_ships_in_time_is_never_asked_about() -> None:
    life = american()
    life.ship()
    life.jump_to(LATE - timedelta(hours=20))
    assert "delay_option" not in life.notice_kinds()


def test_the_customer_cancels_with_one_answer_and_is_paid_back() -> None:
    life = american()
    life.jump_to(LATE - timedelta(hours=48))
    assert respond(life, "c1", "cancel") == []
    assert life.state.cancelled_at == life.now
    assert CUSTOMER.role is Role.CUSTOMER


def test_elsewhere_the_delay_is_told() -> None:
    life = StateDriver(a_state(policy=Policy(delay_option=DelayOption())))
    life.jump_to(datetime(2026, 3, 6, tzinfo=UTC))
    assert life.notice_kinds() == ["delayed"]


def test_a_label_that_is_voided_does_not_turn_the_first_silence_into_a_cancellation() -> None:
    life = american()
    life.jump_to(LATE - timedelta(hours=48))
    life.ship(number="T1")
    life.advance(hours=1).scan(ParcelStatus.CANCELLED, "T1")
    assert [one.details["default_answer"] for one in life.sent if one.kind == "delay_option"] == ["wait", "wait"]


def test_what_is_asked_for_late_is_counted_from_today() -> None:
    life = american()
    life.ship(number="T1")
    life.jump_to(LATE + timedelta(days=16)).scan(ParcelStatus.CANCELLED, "T1")
    asked = life.sent[-1]
    assert (asked.kind, asked.details["new_due"]) == ("delay_option", "2026-04-07T00:00:00-04:00")
