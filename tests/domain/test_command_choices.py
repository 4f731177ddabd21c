"""What staff may do with an order: only what no rule would refuse, what answers a question first, each as its own command."""

import pytest

from domain.actors import Actor
from domain.journey.close_question import CloseQuestion
from domain.journey.command_choices import ABOUT, WITHOUT_REASON, CommandChoice, command_of, offered_commands
from domain.model.override import ALLOWED_ROLES
from domain.orders.commands.override_order import OverrideOrder
from domain.returns.commands.override_return import OverrideReturn
from tests.builders import a_parcel, a_state, an_order
from tests.domain.state_driver import AGENT, SENIOR, StateDriver

ENVELOPE = {"command_id": "w1", "actor": AGENT, "now": None}


def names_of_commands(driver: StateDriver, actor: Actor = AGENT) -> list[str]:
    return [choice.command for choice in offered_commands(driver.state, actor, driver.now)]


def test_a_new_order_can_be_cancelled_noted_and_written_about_and_no_more() -> None:
    driver = StateDriver(a_state())
    assert names_of_commands(driver) == ["cancel", "extend_window", "note", "reply"]


def test_nothing_is_offered_for_goods_that_cannot_come_back() -> None:
    cancelled = StateDriver(a_state())
    cancelled.cancel_order(AGENT)
    assert names_of_commands(cancelled) == ["note", "reply"]
    order = an_order()
    final = order.model_copy(
        update={"lines": tuple(line.model_copy(update={"final_sale": True}) for line in order.lines)}
    )
    assert "extend_window" not in names_of_commands(StateDriver(a_state(final)))


def test_a_lost_parcel_is_for_seniors() -> None:
    driver = StateDriver(a_state())
    a_parcel(driver.state)
    assert "mark_lost" not in names_of_commands(driver)
    assert {"mark_lost", "mark_delivered"} <= {*names_of_commands(driver, SENIOR)}


def test_what_answers_an_open_question_is_offered_first(delivered: StateDriver, opened: str) -> None:
    delivered.override_return(opened, "hold")
    assert names_of_commands(delivered)[0] in ("release", "extend_code")
    assert "release" in names_of_commands(delivered)
    assert "hold" not in names_of_commands(delivered)
    offered = offered_commands(delivered.state, AGENT, delivered.now)
    assert "refund" not in {one.resolution for one in offered if one.command == "change_resolution"}, (
        "it is one"
    )


def test_every_choice_makes_its_command() -> None:
    overrides = {"cancel_return": "cancel"}
    for name, about in ABOUT.items():
        command = command_of(CommandChoice(command=name, subject="resend/p1"), "sealed text", ENVELOPE)
        if isinstance(command, OverrideOrder | OverrideReturn):
            assert command.request.override == overrides.get(name, name)
            assert command.request.override in ALLOWED_ROLES
        if isinstance(command, CloseQuestion):
            assert (about, command.question, command.subject) == ("question", "resend", "p1")
    assert {*ABOUT} >= WITHOUT_REASON
    with pytest.raises(KeyError):
        command_of(CommandChoice(command="drop_table"), "sealed text", ENVELOPE)
