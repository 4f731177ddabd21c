"""The commands that staff may give to an order: each with what it is about, and how it is made."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from domain.actors import Actor
from domain.base import Frozen
from domain.journey.close_question import CloseQuestion
from domain.model.command import Command
from domain.model.consent import ConsentDecision
from domain.model.override import (
    OrderOverrideKind,
    OrderOverrideRequest,
    ReturnOverrideKind,
    ReturnOverrideRequest,
)
from domain.model.parcel import LostParcelChoice
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from domain.orders.commands.send_reply import SendReply
from domain.payments.commands.decide_claw_back import ClawBackDecision, DecideClawBack
from domain.returns.commands.override_return import OverrideReturn
from domain.returns.views import status_of
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from domain.units import units_in

About = Literal["order", "return", "parcel", "leg", "question", "claim", "consent"]

_ORDER_TARGETS: Mapping[OrderOverrideKind, About] = {
    "extend_window": "order", "mark_delivered": "parcel", "mark_lost": "parcel", "set_contents": "parcel", "skip_step": "leg",
    "retry_step": "leg", "paid_by_hand": "leg", "look_up": "leg", "confirm_paid": "leg", "confirm_unpaid": "leg",
    "cancel": "order", "note": "order",
}  # fmt: skip
_RETURN_COMMANDS: Mapping[str, ReturnOverrideKind] = {
    "approve": "approve", "refuse": "refuse", "hold": "hold", "release": "release", "extend_code": "extend_code",
    "change_resolution": "change_resolution", "end_exchange": "end_exchange", "accept_goods": "accept_goods",
    "cancel_return": "cancel", "reopen": "reopen",
}  # fmt: skip
_CLAIM_COMMANDS: Mapping[str, ClawBackDecision] = {f"claim_{one}": one for one in get_args(ClawBackDecision)}
_PARCEL_CHOICES: Mapping[str, LostParcelChoice] = {"send_again": "resend", "pay_back": "refund"}
_CONSENT_ANSWERS: Mapping[str, ConsentDecision] = {"agree_to_wait": "wait", "cancel_unshipped": "cancel"}
ABOUT: Mapping[str, About] = {
    **dict.fromkeys(_RETURN_COMMANDS, "return"),
    **{str(kind): about for kind, about in _ORDER_TARGETS.items() if kind != "set_contents"},
    **dict.fromkeys(_PARCEL_CHOICES, "parcel"),
    **dict.fromkeys(_CLAIM_COMMANDS, "claim"),
    **dict.fromkeys(_CONSENT_ANSWERS, "consent"),
    "close": "question",
    "reply": "order",
}
"""By name of the command: what it is about. What a parcel holds is said by `POST /v1/orders/{order}/overrides` alone."""
WITH_DAYS: Mapping[str, int] = {"hold": 7, "extend_code": 7, "extend_window": 14}
"""What needs a number of days, and what is proposed."""
WITHOUT_REASON = frozenset({*_PARCEL_CHOICES, *_CONSENT_ANSWERS})
"""Commands that hold no reason: it is kept as a note."""


class CommandChoice(Frozen):
    """A command by its name, as staff choose it or may choose it, and what it is about."""

    command: Annotated[str, Field(max_length=64)]
    """One of `ABOUT`."""
    subject: Annotated[str, Field(max_length=200)] = ""
    """What it is done to: a return, parcel, payment, claim or consent; of a question, its kind, a slash and its subject."""
    days: Annotated[int, Field(ge=1, le=365)] | None = None
    """For `hold`, `extend_code` and `extend_window`."""
    resolution: Resolution | None = None
    """For `change_resolution` and `end_exchange`."""
    expected_seq: int | None = None
    """The version of the order that the person saw."""


def command_of(
    choice: CommandChoice, reason: str, envelope: Mapping[str, Any], customer_text: str = ""
) -> Command:
    """The command that does it. Raises KeyError for an unknown command.

    reason: sealed, or any text for a preview. customer_text: of `refuse`, what the customer is told, sealed as well.
    """
    if choice.command not in ABOUT:
        raise KeyError(choice.command)
    if choice.command in _RETURN_COMMANDS:
        request = _return_request(choice, reason).model_copy(update={"customer_text": customer_text})
        return OverrideReturn(**envelope, return_id=choice.subject, request=request)
    if choice.command in _CLAIM_COMMANDS:
        decision = _CLAIM_COMMANDS[choice.command]
        return DecideClawBack(**envelope, claim=choice.subject, decision=decision, reason=reason)
    if choice.command in _PARCEL_CHOICES:
        return ResolveLostParcel(**envelope, parcel=choice.subject, choice=_PARCEL_CHOICES[choice.command])
    if choice.command in _CONSENT_ANSWERS:
        answer = _CONSENT_ANSWERS[choice.command]
        return RespondToDelayConsent(**envelope, consent_id=choice.subject, answer=answer)
    if choice.command == "close":
        kind, _, subject = choice.subject.partition("/")
        return CloseQuestion.model_validate(
            {**envelope, "question": kind, "subject": subject, "reason": reason}
        )
    if choice.command == "reply":
        return SendReply(**envelope, text=reason)
    return OverrideOrder(**envelope, request=_order_request(choice, reason))


def _return_request(choice: CommandChoice, reason: str) -> ReturnOverrideRequest:
    return ReturnOverrideRequest(
        override=_RETURN_COMMANDS[choice.command],
        reason=reason,
        resolution=choice.resolution,
        days=choice.days or WITH_DAYS.get(choice.command, 7),
        expected_seq=choice.expected_seq,
    )


def _order_request(choice: CommandChoice, reason: str) -> OrderOverrideRequest:
    about = ABOUT[choice.command]
    return OrderOverrideRequest.model_validate(
        {
            "override": choice.command,
            "reason": reason,
            "parcel": choice.subject if about == "parcel" else "",
            "leg": choice.subject if about == "leg" else "",
            "days": choice.days or WITH_DAYS.get(choice.command, 14),
            "expected_seq": choice.expected_seq,
        }
    )


MAX_RETURNS = 8  # of an order, the newest, whose commands are offered
_REASON = "offered"
_ENVELOPE_ID = "offer"


def offered_commands(state: JourneyState, actor: Actor, now: datetime) -> list[CommandChoice]:
    """What that person could do now, by the rules: nothing that would be refused. What answers a question comes first."""
    envelope = {"command_id": _ENVELOPE_ID, "actor": actor, "now": None}
    fitting = [
        choice
        for choice in _candidates(state)
        if not command_of(choice, _REASON, envelope).violations(state, now)
    ]
    asked = {item.subject for item in state.attention}
    return sorted(
        fitting, key=lambda choice: (choice.subject not in asked, choice.command in ("note", "reply"))
    )


def _candidates(state: JourneyState) -> Iterator[CommandChoice]:
    for case in state.returns[-MAX_RETURNS:]:
        settled = status_of(state, case) == "settled"
        for command in _RETURN_COMMANDS:
            if not (settled and command == "hold"):  # its money has left
                yield from _with_resolutions(
                    CommandChoice(command=command, subject=case.return_id), case.resolution
                )
    for parcel in state.parcels:
        for command in ("mark_delivered", "mark_lost", *_PARCEL_CHOICES):
            yield CommandChoice(command=command, subject=parcel.parcel_id)
    for leg in state.legs():
        for command in (one for one, about in ABOUT.items() if about == "leg"):
            yield CommandChoice(command=command, subject=leg.key)
    for claim in state.claw_backs:
        yield from (CommandChoice(command=command, subject=claim.claim) for command in _CLAIM_COMMANDS)
    for consent in state.consents[-1:]:
        yield from (
            CommandChoice(command=command, subject=consent.consent_id) for command in _CONSENT_ANSWERS
        )
    yield from (CommandChoice(command="close", subject=item.id) for item in state.attention)
    yield CommandChoice(command="cancel")
    if _may_come_back(state):
        yield CommandChoice(command="extend_window")
    yield from (CommandChoice(command=command) for command in ("note", "reply"))


def _may_come_back(state: JourneyState) -> bool:
    """Whether a longer window could change anything: a unit may be returned by its customer, and was not paid back."""
    if state.cancelled_at is not None:
        return False
    kept = state.terms.staying
    gone = units_in(s.units for s in state.settlements if not s.takes_back)
    gone |= units_in(
        [state.removed_units, *(one.units for one in state.parcels if one.lost_at and not one.resent)]
    )
    return any(
        (line.line_id, unit) not in gone
        for line in state.order.lines
        if line.line_id not in kept
        for unit in range(line.quantity)
    )


def _with_resolutions(choice: CommandChoice, present: Resolution) -> Iterator[CommandChoice]:
    """A change to what it is already would change nothing."""
    if choice.command not in ("change_resolution", "end_exchange"):
        yield choice
        return
    for resolution in ("refund", "store_credit"):
        if choice.command == "end_exchange" or resolution != present:
            yield choice.model_copy(update={"resolution": resolution})
