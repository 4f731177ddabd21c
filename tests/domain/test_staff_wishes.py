"""What staff may do with an order: only what no rule would refuse, what answers a question first, each as its own command."""

import pytest

from domain.journey.close_question import CloseQuestion
from domain.journey.staff_wishes import ABOUT, WITHOUT_REASON, StaffWish, command_of, offered_wishes
from domain.model.override import ALLOWED_ROLES
from domain.orders.commands.override_order import OverrideOrder
from domain.returns.commands.override_return import OverrideReturn
from tests.builders import a_parcel, a_state
from tests.domain.state_driver import AGENT, SENIOR, StateDriver

ENVELOPE = {"command_id": "w1", "actor": AGENT, "now": None}


def deeds(driver: StateDriver, actor: object = AGENT) -> list[str]:
    return [wish.deed for wish in offered_wishes(driver.state, actor, driver.now)]  # type: ignore[arg-type]


def test_a_new_order_can_be_cancelled_noted_and_written_about_and_no_more() -> None:
    driver = StateDriver(a_state())
    assert deeds(driver) == ["cancel", "extend_window", "note", "reply"]


def test_a_lost_parcel_is_for_seniors() -> None:
    driver = StateDriver(a_state())
    a_parcel(driver.state)
    assert "mark_lost" not in deeds(driver)
    assert {"mark_lost", "mark_delivered"} <= {*deeds(driver, SENIOR)}


def test_what_answers_an_open_question_is_offered_first(delivered: StateDriver, opened: str) -> None:
    delivered.override_return(opened, "hold")
    assert deeds(delivered)[0] in ("release", "extend_code")
    assert "release" in deeds(delivered)
    assert "hold" not in deeds(delivered)


def test_every_deed_makes_its_command() -> None:
    overrides = {"cancel_return": "cancel"}
    for deed, about in ABOUT.items():
        command = command_of(StaffWish(deed=deed, subject="resend/p1"), "sealed text", ENVELOPE)
        if isinstance(command, OverrideOrder | OverrideReturn):
            assert command.request.override == overrides.get(deed, deed)
            assert command.request.override in ALLOWED_ROLES
        if isinstance(command, CloseQuestion):
            assert (about, command.question, command.subject) == ("question", "resend", "p1")
    assert {*ABOUT} >= WITHOUT_REASON
    with pytest.raises(KeyError):
        command_of(StaffWish(deed="drop_table"), "sealed text", ENVELOPE)
