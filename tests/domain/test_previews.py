"""Previews: what a command would change is what it changes, and looking changes nothing."""

from datetime import timedelta

from domain.journey.order_view import order_view
from domain.journey.preview import CommandPreview, order_sums, preview
from domain.model.command import Command
from domain.model.override import OrderOverrideRequest, ReturnOverrideRequest
from domain.model.state import JourneyState
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.returns.commands.override_return import OverrideReturn
from tests.builders import a_parcel, a_state, gbp
from tests.domain.state_driver import AGENT, SENIOR, StateDriver

WHY = "the reason"


def preview_of(driver: StateDriver, command: Command) -> CommandPreview:
    before = driver.state.model_dump_json()
    result, found = preview(driver.state, command, driver.now)
    assert driver.state.model_dump_json() == before, "a preview changed the state"
    assert found is not None, result
    return found


def test_a_cancellation_shows_its_money_its_letter_and_the_order_cancelled() -> None:
    driver = StateDriver(a_state())
    command = CancelOrder(command_id="c1", actor=AGENT)
    found = preview_of(driver, command)
    assert [(one.what, one.before, one.after) for one in found.statuses] == [("order", "placed", "cancelled")]
    sums = {one.what: (one.before, one.after) for one in found.sums}
    assert sums == {"owed": (gbp(0), gbp(6800)), "kept": (gbp(6800), gbp(0))}
    assert found.pays
    assert found.amount == gbp(6800)
    assert {(one.to, one.principal) for one in found.payments} == {
        (leg.to, leg.principal) for leg in executed(driver, command).legs()
    }
    assert [letter.kind for letter in found.letters] == driver.notice_kinds()
    assert [wait.action for wait in found.waits_begun] == ["pay_leg", "pay_leg"]


def test_what_is_previewed_is_what_happens() -> None:
    driver = StateDriver(a_state())
    a_parcel(driver.state)
    driver.advance(days=1)
    request = OrderOverrideRequest(override="mark_lost", reason=WHY, parcel="p1")
    command = OverrideOrder(command_id="c1", actor=SENIOR, request=request)
    found, before = preview_of(driver, command), order_sums(driver.state)
    after = order_sums(executed(driver, command))
    assert {one.what: one.after for one in found.sums} == {
        what: after[what] for what in after if after[what] != before[what]
    }
    units = {line.line_id: line.units for line in order_view(driver.state, driver.now).lines}
    assert found.goods
    assert all(getattr(units[one.line_id], one.place) == one.after for one in found.goods)


def test_a_held_return_shows_that_its_money_waits(delivered: StateDriver, opened: str) -> None:
    request = ReturnOverrideRequest(override="hold", reason=WHY, days=3)
    found = preview_of(
        delivered, OverrideReturn(command_id="c1", actor=AGENT, return_id=opened, request=request)
    )
    assert [item.kind for item in found.questions_opened] == ["hold"]
    assert found.questions_opened[0].deadline == delivered.now + timedelta(days=3)
    assert not found.pays
    assert not found.statuses


def test_a_refused_command_has_its_reasons_and_no_preview(delivered: StateDriver, opened: str) -> None:
    command = CancelOrder(command_id="c1", actor=AGENT)
    result, found = preview(delivered.state, command, delivered.now)
    assert found is None
    assert "return_under_way" in {one.code for one in result.reasons}


def executed(driver: StateDriver, command: Command) -> JourneyState:
    driver.sent.clear()
    assert driver.execute(command).verdict == "accepted"
    return driver.state
