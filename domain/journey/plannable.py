"""The commands that people may plan: those that pay money, close questions or end returns."""

from collections.abc import Mapping
from typing import get_args

from domain.journey.close_question import CloseQuestion
from domain.model.command import Command
from domain.model.planned_command import PlannableName, PlannedCommand
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.commands.remove_units import RemoveUnits
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.commands.decide_claw_back import DecideClawBack
from domain.returns.commands.cancel_return import CancelReturn
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.override_return import OverrideReturn
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

PLANNABLE: Mapping[PlannableName, type[Command]] = {
    "override_order": OverrideOrder,
    "override_return": OverrideReturn,
    "close_question": CloseQuestion,
    "cancel_order": CancelOrder,
    "cancel_return": CancelReturn,
    "decide_claw_back": DecideClawBack,
    "resolve_lost_parcel": ResolveLostParcel,
    "respond_to_delay_consent": RespondToDelayConsent,
    "remove_units": RemoveUnits,
    "choose_refund": ChooseRefund,
    "open_return": OpenReturn,
}
assert set(PLANNABLE) == set(get_args(PlannableName))


def plannable_name(command: Command) -> PlannableName | None:
    """The name under which the command may be planned; None where it may not."""
    return next((name for name, kind in PLANNABLE.items() if kind is type(command)), None)


def read_command(name: PlannableName, body: str) -> Command:
    """The command in its JSON form. Raises ValidationError."""
    return PLANNABLE[name].model_validate_json(body)


def same_effect(one: PlannedCommand, name: PlannableName, body: str) -> bool:
    """Whether both do the same to the same: only their ids, times, actors and reasons differ."""
    return one.command == name and same_action(read_command(name, one.body), read_command(name, body))


def same_action(one: Command, other: Command) -> bool:
    """Whether both do the same to the same, without ids, times, actors and reasons."""
    return type(one) is type(other) and _core(one) == _core(other)


def without_expectations(command: Command) -> Command:
    """The command without the version that its person saw: it was compared when the command was planned."""
    if isinstance(command, OverrideOrder):
        return command.model_copy(
            update={"request": command.request.model_copy(update={"expected_seq": None})}
        )
    if isinstance(command, OverrideReturn):
        seen = {"expected_seq": None, "expected_version": None}
        return command.model_copy(update={"request": command.request.model_copy(update=seen)})
    return command


def subject_of(command: Command) -> str:
    """What the command is about: a return, a parcel, a payment or a question; empty for the order as a whole."""
    match command:
        case OverrideReturn() | CancelReturn() | OpenReturn():
            return command.return_id
        case OverrideOrder():
            return command.request.parcel or command.request.leg
        case CloseQuestion():
            return command.subject
        case ResolveLostParcel():
            return command.parcel
        case DecideClawBack():
            return command.claim
        case RespondToDelayConsent():
            return command.consent_id
        case ChooseRefund():
            return command.leg
        case _:
            return ""


def command_name(command: Command) -> str:
    """What the command does, in one code: the override, or the command's own name."""
    if isinstance(command, OverrideOrder | OverrideReturn):
        return command.request.override
    return str(plannable_name(command))


def _core(command: Command) -> dict[str, object]:
    if isinstance(command, OpenReturn):  # each try makes an id, a number and a quote of its own
        items = [(one.line_id, one.units, one.reason) for one in command.quote.items]
        chosen = (command.resolution, command.fallback, command.method)
        return {"items": items, "chosen": chosen, "pays": (command.quote.refund, command.quote.exchange)}
    fields = command.model_dump(mode="json", exclude={"command_id", "actor", "now", "reason"})
    request = fields.get("request")
    if isinstance(request, dict):
        for name in ("reason", "customer_text", "expected_seq", "expected_version"):
            request.pop(name, None)
    return fields
