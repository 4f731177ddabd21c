"""A letter's question as its page shows it: open with what the order would accept, or ended, by whom and when."""

from datetime import date, timedelta

import pytest

from domain.journey.customer_questions import (
    CustomerQuestion,
    QuestionStatus,
    answer_command,
    question_of,
    question_status,
)
from domain.model.command import Command
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from tests.domain.letters import last
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, SHOP, StateDriver

S = ParcelStatus
DAY = timedelta(days=1)


def status(journey: StateDriver, question: CustomerQuestion) -> QuestionStatus:
    found = question_status(question, journey.state, journey.now)
    assert found is not None
    return found


def asked(journey: StateDriver, kind: str) -> CustomerQuestion:
    question = question_of(last(journey, kind), journey.state)
    assert question is not None
    return question


def answer(journey: StateDriver, question: CustomerQuestion, given: str, actor: object = CUSTOMER) -> str:
    journey.commands += 1
    command: Command = answer_command(question, given, f"a{journey.commands}", actor, journey.now)  # type: ignore[arg-type]
    return journey.execute(command).verdict


@pytest.fixture
def consent(journey: StateDriver) -> CustomerQuestion:
    later = Promise(day=date(2026, 3, 20))
    journey.execute(
        RequestDelayConsent(
            command_id="ask", actor=SHOP, now=journey.now, promise=later, deadline=journey.now + 2 * DAY, default_answer="cancel"
        )
    )  # fmt: skip
    return asked(journey, "consent_requested")


@pytest.fixture
def lost(journey: StateDriver) -> CustomerQuestion:
    """A parcel that has been silent for long."""
    journey.ship()
    journey.scan(S.IN_TRANSIT)
    journey.advance(days=16)
    return asked(journey, "presumed_lost")


def test_a_consent_is_open_until_it_is_answered_and_then_says_by_whom(
    journey: StateDriver, consent: CustomerQuestion
) -> None:
    open_ = status(journey, consent)
    assert (open_.answers, open_.default) == (("wait", "cancel"), "cancel")
    assert answer(journey, consent, "wait", AGENT) == "accepted"
    done = status(journey, consent)
    assert (done.answers, done.end, done.answer, done.decider, done.at) == (
        (), "answered", "wait", "shop", journey.now
    )  # fmt: skip
    assert answer(journey, consent, "cancel") == "refused"


@pytest.mark.parametrize(("event", "end"), [("ship", "shipped"), ("cancel_order", "cancelled")])
def test_a_consent_ends_with_what_it_is_about(
    journey: StateDriver, consent: CustomerQuestion, event: str, end: str
) -> None:
    getattr(journey, event)()
    assert status(journey, consent).end == end


def test_silence_is_an_answer_of_nobodys(journey: StateDriver, consent: CustomerQuestion) -> None:
    journey.advance(days=3)
    assert (status(journey, consent).answer, status(journey, consent).decider) == ("cancel", "default")


def test_a_lost_parcel_is_chosen_about_once(journey: StateDriver, lost: CustomerQuestion) -> None:
    assert status(journey, lost).answers == ("resend", "refund")
    assert answer(journey, lost, "resend") == "accepted"
    done = status(journey, lost)
    assert (done.end, done.answer, done.decider) == ("answered", "resend", "customer")
    assert answer(journey, lost, "refund") == "refused"


def test_an_agents_decision_about_a_lost_parcel_is_named(
    journey: StateDriver, lost: CustomerQuestion
) -> None:
    journey.override("mark_lost", SENIOR, parcel="p1")
    done = status(journey, lost)
    assert (done.end, done.answer, done.decider, done.payment) == ("answered", "refund", "shop", "due")


@pytest.mark.parametrize(("scan", "end"), [(S.IN_TRANSIT, "moving"), (S.DELIVERED, "arrived")])
def test_a_scan_ends_the_question_about_a_silent_parcel(
    journey: StateDriver, lost: CustomerQuestion, scan: ParcelStatus, end: str
) -> None:
    journey.advance(hours=1).scan(scan)
    assert status(journey, lost).end == end


def test_a_second_silence_is_another_question(journey: StateDriver, lost: CustomerQuestion) -> None:
    journey.advance(hours=1).scan(S.IN_TRANSIT)
    journey.advance(days=11)
    again = asked(journey, "presumed_lost")
    assert again.round > lost.round
    assert status(journey, again).answers == ("resend", "refund")
    assert (status(journey, lost).answers, status(journey, lost).end) == ((), "superseded")


def test_a_parcel_that_is_not_there_is_reported_once_and_in_time(delivered: StateDriver) -> None:
    missing = CustomerQuestion(kind="not_received", subject="p1")
    assert status(delivered, missing).answers == ("not_received",)
    assert answer(delivered, missing, "not_received") == "accepted"
    search = status(delivered, missing)
    assert (search.end, search.answer, search.at) == ("answered", "not_received", delivered.now)
    assert search.deadline is not None
    delivered.override("mark_delivered", parcel="p1")
    assert status(delivered, missing).end == "searched"


def test_a_parcel_can_be_reported_neither_before_it_came_nor_too_late(delivered: StateDriver) -> None:
    missing = CustomerQuestion(kind="not_received", subject="p1")
    delivered.advance(days=40)
    assert status(delivered, missing).end == "too_late"
    under_way = StateDriver(delivered.state.model_copy(deep=True, update={"parcels": []}))
    under_way.ship()
    assert status(under_way, missing).end == "not_arrived"


def test_what_the_order_does_not_know_has_no_status(journey: StateDriver) -> None:
    for kind in ("consent", "lost_parcel", "not_received"):
        question = CustomerQuestion.model_validate({"kind": kind, "subject": "p9"})
        assert question_status(question, journey.state, journey.now) is None
    with pytest.raises(ValueError):
        answer_command(question, "wait", "c", CUSTOMER, None)
