"""A return's steps: code, drop-off, receipt, cancellation, and rest."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.actors import Actor, Role
from domain.journey import agenda
from domain.model.state import MAX_COMMAND_RESULTS, JourneyState
from domain.model.terms import Policy
from domain.orders.commands.override_order import OverrideOrder
from domain.reasons import accepted
from tests.builders import a_state
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, StateDriver, reasons

# The code


@pytest.mark.scenario("S-48")
def test_an_unused_drop_off_code_expires_and_frees_its_units(delivered: StateDriver, opened: str) -> None:
    delivered.advance(days=14)
    assert delivered.case(opened).decision == "expired"
    assert delivered.notice_kinds()[-1] == "return_expired"
    assert delivered.violations({"1": 2}) == []
    assert reasons(delivered.drop_off(opened)) == ["code_expired"]


@pytest.mark.scenario("S-48")
def test_a_code_works_to_its_last_second(delivered: StateDriver, opened: str) -> None:
    delivered.jump_to(delivered.case(opened).code_expires_at - timedelta(seconds=1))
    assert delivered.drop_off(opened).verdict == "accepted"


@pytest.mark.scenario("S-48")
def test_the_same_scan_again_is_the_same_receipt_and_any_other_is_refused(
    delivered: StateDriver, opened: str
) -> None:
    delivered.drop_off(opened, nonce="n1")
    first = delivered.case(opened).dropped_off
    delivered.advance(hours=1)
    assert delivered.drop_off(opened, nonce="n1").verdict == "accepted"
    assert delivered.case(opened).dropped_off == first
    assert reasons(delivered.drop_off(opened, nonce="n2")) == ["code_used"]
    assert reasons(delivered.drop_off(opened, nonce="n1", location_id="bar 8")) == ["code_used"]
    another = Actor(role=Role.PARTNER, name="partner-2")
    assert reasons(delivered.drop_off(opened, nonce="n1", by=another)) == ["code_used"], (
        "whose receipt it is not"
    )
    delivered.settle_sent_legs()
    assert len(delivered.state.settlements) == 1


@pytest.mark.scenario("S-48")
def test_a_revoked_code_is_refused(delivered: StateDriver, opened: str) -> None:
    delivered.cancel_return(opened)
    assert reasons(delivered.drop_off(opened)) == ["code_revoked"]
    assert reasons(delivered.drop_off("ret_nobody")) == ["return_unknown"]


def test_a_scan_made_offline_keeps_its_time_but_never_a_future_one(
    delivered: StateDriver, opened: str
) -> None:
    other = delivered.open({"2": 1}).subject
    seen = delivered.now + timedelta(hours=1)
    delivered.advance(hours=3)
    delivered.drop_off(opened, scanned_at=seen)
    delivered.drop_off(other, scanned_at=delivered.now + timedelta(days=9))
    times = [case.dropped_off.at for case in delivered.state.returns if case.dropped_off]
    assert times == [seen, delivered.now]


def test_waiting_for_our_review_does_not_shorten_the_code() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.advance(hours=47)
    journey.override_return(subject, "approve")
    assert journey.case(subject).code_expires_at == journey.now + timedelta(days=14)


# The receipt


@pytest.mark.scenario("S-51")
def test_everything_still_missing_is_received_by_default(delivered: StateDriver, opened: str) -> None:
    delivered.receive(opened, {"1": 1})
    assert delivered.case(opened).goods == "partly_received"
    delivered.receive(opened)
    assert (delivered.case(opened).goods, delivered.case(opened).received) == ("received", {"1": [0, 1]})


@pytest.mark.scenario("S-54")
def test_goods_beyond_those_announced_are_recorded_and_raise_a_question_but_are_not_paid(
    delivered: StateDriver, opened: str
) -> None:
    assert delivered.receive(opened, {"1": 5}).verdict == "accepted"
    assert delivered.attention_kinds() == ["unexpected_goods"]
    assert sum(principal for _, principal in delivered.legs()) == 2400
    assert 5 in [entry.details.get("units") for entry in delivered.written]
    delivered.until_at_rest()


@pytest.mark.scenario("S-57")
@pytest.mark.parametrize("over", ["expired", "cancelled"])
def test_goods_of_a_return_that_is_over_are_received_and_raise_a_question_but_are_not_paid(
    delivered: StateDriver, opened: str, over: str
) -> None:
    if over == "cancelled":
        delivered.cancel_return(opened)
    delivered.advance(days=14)
    assert delivered.receive(opened, {"1": 1}).verdict == "accepted"
    assert delivered.case(opened).received == {"1": [0]}
    (question,) = delivered.state.attention
    assert (question.kind, question.owner, question.default) == ("unexpected_goods", "agent", "dismiss")
    assert [entry.details for entry in delivered.written if entry.action == "goods_received"] == [
        {"units": 1}
    ]
    assert delivered.receive(opened).verdict == "accepted"
    assert reasons(delivered.receive(opened)) == ["not_expected"]
    assert delivered.legs() == []
    assert delivered.override_return(opened, "reopen").verdict == "accepted", "so an agent may pay it"
    assert delivered.attention_kinds() == []
    assert sum(principal for _, principal in delivered.legs("sent")) == 2400
    delivered.until_at_rest()


@pytest.mark.scenario("S-57", "S-60")
def test_a_second_receipt_of_the_same_goods_is_paid_once(delivered: StateDriver, opened: str) -> None:
    delivered.receive(opened, {"1": 2})
    assert reasons(delivered.receive(opened)) == ["not_expected"], "nothing is missing, and it names no goods"
    assert delivered.receive(opened, {"1": 2}).verdict == "accepted"
    assert delivered.attention_kinds() == ["unexpected_goods"]
    assert sum(principal for _, principal in delivered.legs()) == 2400


@pytest.mark.scenario("S-59")
def test_a_return_received_or_handed_over_cannot_be_cancelled(delivered: StateDriver, opened: str) -> None:
    other = delivered.open({"2": 1}).subject
    delivered.receive(opened, {"1": 1})
    assert reasons(delivered.cancel_return(opened, SENIOR)) == ["return_under_way"]
    delivered.drop_off(other)
    assert reasons(delivered.cancel_return(other, CUSTOMER)) == ["return_under_way"]


# Rest, and remembered results


@pytest.mark.scenario("S-1")
def test_a_completed_order_rests_when_its_return_window_closes(delivered: StateDriver) -> None:
    assert delivered.state.stage == "delivered"
    waiting = agenda.next_action(delivered.state)
    assert waiting is not None
    assert (waiting.action.kind, waiting.owner) == ("close", "customer")
    assert delivered.until_at_rest() == 1
    assert (delivered.state.stage, delivered.notice_kinds()) == ("closed", [])
    assert agenda.next_action(delivered.state) is None


@pytest.mark.scenario("S-95")
def test_an_order_at_rest_still_accepts_commands(delivered: StateDriver) -> None:
    delivered.until_at_rest()
    quote = delivered.quote({"1": 1})
    assert reasons(delivered.open(quote)) == ["outside_window"]
    assert delivered.open(quote, actor=AGENT, reason="warranty").verdict == "accepted"
    assert not delivered.state.at_rest
    delivered.until_at_rest()


@pytest.mark.scenario("S-98", "S-99")
def test_the_answers_of_the_last_commands_survive_being_stored_and_older_ones_go(
    delivered: StateDriver,
) -> None:
    for number in range(MAX_COMMAND_RESULTS + 10):
        delivered.state.record_result(f"x{number}", accepted(str(number)))
    assert len(delivered.state.command_results) == MAX_COMMAND_RESULTS
    stored = JourneyState.model_validate_json(delivered.state.model_dump_json())
    assert list(stored.command_results) == list(delivered.state.command_results)
    stored.record_result("next", accepted())
    assert "x10" not in stored.command_results
    assert "x11" in stored.command_results


@pytest.mark.scenario("S-99")
def test_a_stored_state_goes_on_where_it_was(delivered: StateDriver, opened: str) -> None:
    delivered.drop_off(opened)
    again = StateDriver(JourneyState.model_validate_json(delivered.state.model_dump_json()), delivered.now)
    assert list(agenda.scheduled_actions(again.state)) == list(agenda.scheduled_actions(delivered.state))
    delivered.until_at_rest()
    again.until_at_rest()
    assert again.state == delivered.state


def test_a_state_with_later_or_without_todays_fields_is_still_read(
    delivered: StateDriver, opened: str
) -> None:
    older = delivered.state.model_dump(mode="json")
    for case in older["returns"]:
        case.pop("revision")
        case["field_of_tomorrow"] = 1
    assert JourneyState.model_validate(older) == delivered.state


def test_a_command_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        OverrideOrder.model_validate({"command_id": "c", "actor": AGENT, "request": {}, "surprise": 1})
