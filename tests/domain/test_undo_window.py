"""The undo window: until its time has come a planned command has done nothing, and can be taken back once (AGT-7)."""

from datetime import timedelta

import pytest

from domain.journey.answer_planned import AnswerPlanned
from domain.journey.order_view import order_view
from domain.journey.plan_command import MAX_PLANNED, PlanCommand
from domain.journey.plannable import plannable_name
from domain.model.command import Command
from domain.model.override import OrderOverrideRequest
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.reasons import CommandResult
from tests.builders import a_parcel, a_state
from tests.domain.state_driver import AGENT, PARTNER, SENIOR, StateDriver, reasons

WINDOW = 30


def planned(driver: StateDriver, command: Command, plan: str = "plan-1") -> CommandResult:
    name = plannable_name(command)
    assert name is not None
    waits = PlanCommand(
        command_id=plan, actor=command.actor, command=name, body=command.model_dump_json(), seconds=WINDOW
    )
    return driver.execute(waits)


def cancellation(number: int = 1, seq: int | None = None) -> OverrideOrder:
    request = OrderOverrideRequest(override="cancel", reason="asked by phone", expected_seq=seq)
    return OverrideOrder(command_id=f"c{number}", actor=AGENT, request=request)


def undo(driver: StateDriver, plan: str = "plan-1", number: int = 1) -> CommandResult:
    return driver.execute(AnswerPlanned(command_id=f"u{number}", actor=SENIOR, plan=plan))


@pytest.fixture
def driver() -> StateDriver:
    return StateDriver(a_state())


def test_a_planned_cancellation_does_nothing_until_its_time_and_then_pays(driver: StateDriver) -> None:
    assert planned(driver, cancellation(seq=driver.state.seq)).verdict == "accepted"
    [view] = order_view(driver.state, driver.now).planned
    assert (view.command, view.name, view.due_at) == (
        "cancel", AGENT.name, driver.now + timedelta(seconds=WINDOW),
    )  # fmt: skip
    driver.advance(seconds=WINDOW - 1)
    assert (driver.state.stage, driver.state.legs(), driver.notice_kinds()) == ("placed", [], [])
    driver.advance(seconds=1)
    assert (driver.state.stage, len(driver.state.legs()), driver.state.planned_commands) == (
        "cancelled",
        2,
        [],
    )


def test_what_was_taken_back_never_happens_and_is_taken_back_once(driver: StateDriver) -> None:
    planned(driver, cancellation())
    assert undo(driver).verdict == "accepted"
    assert reasons(undo(driver, number=2)) == ["nothing_to_undo"]
    driver.advance(days=1)
    assert (driver.state.stage, driver.state.legs()) == ("placed", [])
    assert [line.action for line in driver.written if line.action.startswith("command_")] == [
        "command_planned", "command_undone",
    ]  # fmt: skip


def test_once_its_time_has_come_it_cannot_be_taken_back(driver: StateDriver) -> None:
    planned(driver, cancellation())
    driver.now += timedelta(seconds=WINDOW)  # the timer has fired, and the journey has not run yet
    assert reasons(undo(driver)) == ["nothing_to_undo"]
    driver.advance(seconds=0)
    assert driver.state.stage == "cancelled"


def test_it_is_done_at_once_when_asked_for(driver: StateDriver) -> None:
    planned(driver, cancellation())
    answer = AnswerPlanned(command_id="n1", actor=AGENT, plan="plan-1", answer="at_once")
    assert driver.execute(answer).verdict == "accepted"
    assert (driver.state.stage, driver.state.planned_commands) == ("cancelled", [])


def test_what_no_longer_fits_at_its_time_is_refused_and_the_audit_has_why(driver: StateDriver) -> None:
    planned(driver, cancellation())
    driver.execute(CancelOrder(command_id="other", actor=AGENT))
    legs = len(driver.state.legs())
    driver.advance(seconds=WINDOW)
    assert len(driver.state.legs()) == legs, "nothing is paid twice"
    [line] = [line for line in driver.written if line.action == "planned_command_refused"]
    assert line.details == {"command": "cancel", "reasons": "order_cancelled"}


def test_the_same_is_not_planned_twice_and_not_more_than_a_few(driver: StateDriver) -> None:
    planned(driver, cancellation())
    assert reasons(planned(driver, cancellation(2), "plan-2")) == ["already_planned"]
    for number in range(MAX_PLANNED):
        parcel = a_parcel(driver.state, f"T{number}", units={})
        request = OrderOverrideRequest(override="mark_delivered", reason="seen", parcel=parcel.parcel_id)
        result = planned(
            driver, OverrideOrder(command_id=f"m{number}", actor=AGENT, request=request), f"p{number}"
        )
    assert reasons(result) == ["too_many_planned"]


def test_what_would_be_refused_is_not_planned_and_a_partner_takes_nothing_back(driver: StateDriver) -> None:
    stale = planned(driver, cancellation(seq=driver.state.seq - 1))
    assert reasons(stale) == ["state_changed"]
    planned(driver, cancellation())
    answer = AnswerPlanned(command_id="u1", actor=PARTNER, plan="plan-1")
    assert reasons(driver.execute(answer)) == ["role_too_low"]


def test_an_order_with_a_planned_command_does_not_come_to_rest(driver: StateDriver) -> None:
    driver.execute(CancelOrder(command_id="c", actor=AGENT))
    driver.settle_sent_legs()
    request = OrderOverrideRequest(override="extend_window", reason="asked", days=3)
    planned(driver, OverrideOrder(command_id="e", actor=AGENT, request=request))
    assert not driver.state.at_rest
    driver.advance(seconds=WINDOW)
    assert driver.state.at_rest
