"""What a person of the shop may do with an order: one list, each with what it is about, and the command that does it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from domain.actors import Actor
from domain.base import Frozen
from domain.journey.close_question import CloseQuestion
from domain.model.attention import AttentionKind
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
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

About = Literal["order", "return", "parcel", "leg", "question", "claim", "consent"]

_ORDER_TARGETS: Mapping[OrderOverrideKind, About] = {
    "extend_window": "order", "mark_delivered": "parcel", "mark_lost": "parcel", "set_contents": "parcel", "skip_step": "leg",
    "retry_step": "leg", "paid_by_hand": "leg", "look_up": "leg", "confirm_paid": "leg", "confirm_unpaid": "leg",
    "cancel": "order", "note": "order",
}  # fmt: skip
_RETURN_DEEDS: Mapping[str, ReturnOverrideKind] = {
    "approve": "approve", "refuse": "refuse", "hold": "hold", "release": "release", "extend_code": "extend_code",
    "change_resolution": "change_resolution", "end_exchange": "end_exchange", "accept_goods": "accept_goods",
    "cancel_return": "cancel", "reopen": "reopen",
}  # fmt: skip
_CLAIM_DEEDS: Mapping[str, ClawBackDecision] = {f"claim_{one}": one for one in get_args(ClawBackDecision)}
_PARCEL_CHOICES: Mapping[str, LostParcelChoice] = {"send_again": "resend", "pay_back": "refund"}
_CONSENT_ANSWERS: Mapping[str, ConsentDecision] = {"agree_to_wait": "wait", "cancel_unshipped": "cancel"}
ABOUT: Mapping[str, About] = {
    **dict.fromkeys(_RETURN_DEEDS, "return"),
    **{str(kind): about for kind, about in _ORDER_TARGETS.items() if kind != "set_contents"},
    **dict.fromkeys(_PARCEL_CHOICES, "parcel"),
    **dict.fromkeys(_CLAIM_DEEDS, "claim"),
    **dict.fromkeys(_CONSENT_ANSWERS, "consent"),
    "close": "question",
    "reply": "order",
}
"""By what a person may do: what it is about. What a parcel holds is said by `POST /v1/orders/{order}/overrides` alone."""
WITH_DAYS: Mapping[str, int] = {"hold": 7, "extend_code": 7, "extend_window": 14}
"""What needs a number of days, and what is proposed."""
WITHOUT_REASON = frozenset({*_PARCEL_CHOICES, *_CONSENT_ANSWERS})
"""Commands that hold no reason: it is kept as a note."""


class StaffWish(Frozen):
    """What a person wants done."""

    deed: Annotated[str, Field(max_length=64)]
    """One of `ABOUT`."""
    subject: Annotated[str, Field(max_length=200)] = ""
    """What it is done to: a return, parcel, payment, claim or consent; of a question, its kind, a slash and its subject."""
    days: Annotated[int, Field(ge=1, le=365)] | None = None
    """For `hold`, `extend_code` and `extend_window`."""
    resolution: Resolution | None = None
    """For `change_resolution` and `end_exchange`."""
    expected_seq: int | None = None
    """The version of the order that the person saw."""


def command_of(wish: StaffWish, reason: str, envelope: Mapping[str, Any]) -> Command:
    """The command that does it. `reason`: sealed, or any text for a preview. Raises KeyError for an unknown deed."""
    if wish.deed not in ABOUT:
        raise KeyError(wish.deed)
    if wish.deed in _RETURN_DEEDS:
        return OverrideReturn(**envelope, return_id=wish.subject, request=_return_request(wish, reason))
    if wish.deed in _CLAIM_DEEDS:
        decision = _CLAIM_DEEDS[wish.deed]
        return DecideClawBack(**envelope, claim=wish.subject, decision=decision, reason=reason)
    if wish.deed in _PARCEL_CHOICES:
        return ResolveLostParcel(**envelope, parcel=wish.subject, choice=_PARCEL_CHOICES[wish.deed])
    if wish.deed in _CONSENT_ANSWERS:
        answer = _CONSENT_ANSWERS[wish.deed]
        return RespondToDelayConsent(**envelope, consent_id=wish.subject, answer=answer)
    if wish.deed == "close":
        kind, _, subject = wish.subject.partition("/")
        question: AttentionKind = kind  # type: ignore[assignment]  # pydantic compares it with the kinds
        return CloseQuestion(**envelope, question=question, subject=subject, reason=reason)
    if wish.deed == "reply":
        return SendReply(**envelope, text=reason)
    return OverrideOrder(**envelope, request=_order_request(wish, reason))


def _return_request(wish: StaffWish, reason: str) -> ReturnOverrideRequest:
    return ReturnOverrideRequest(
        override=_RETURN_DEEDS[wish.deed],
        reason=reason,
        resolution=wish.resolution,
        days=wish.days or WITH_DAYS.get(wish.deed, 7),
        expected_seq=wish.expected_seq,
    )


def _order_request(wish: StaffWish, reason: str) -> OrderOverrideRequest:
    about = ABOUT[wish.deed]
    return OrderOverrideRequest.model_validate(
        {
            "override": wish.deed,
            "reason": reason,
            "parcel": wish.subject if about == "parcel" else "",
            "leg": wish.subject if about == "leg" else "",
            "days": wish.days or WITH_DAYS.get(wish.deed, 14),
            "expected_seq": wish.expected_seq,
        }
    )


MAX_RETURNS = 8  # of an order, the newest, whose commands are offered
_REASON = "offered"
_ENVELOPE_ID = "offer"


def offered_wishes(state: JourneyState, actor: Actor, now: datetime) -> list[StaffWish]:
    """What that person could do now, by the rules: nothing that would be refused. What answers a question comes first."""
    envelope = {"command_id": _ENVELOPE_ID, "actor": actor, "now": None}
    fitting = [
        wish for wish in _candidates(state) if not command_of(wish, _REASON, envelope).violations(state, now)
    ]
    asked = {item.subject for item in state.attention}
    return sorted(fitting, key=lambda wish: (wish.subject not in asked, wish.deed in ("note", "reply")))


def _candidates(state: JourneyState) -> Iterator[StaffWish]:
    for case in state.returns[-MAX_RETURNS:]:
        for deed in _RETURN_DEEDS:
            yield from _with_resolutions(StaffWish(deed=deed, subject=case.return_id))
    for parcel in state.parcels:
        for deed in ("mark_delivered", "mark_lost", *_PARCEL_CHOICES):
            yield StaffWish(deed=deed, subject=parcel.parcel_id)
    for leg in state.legs():
        for deed in (one for one, about in ABOUT.items() if about == "leg"):
            yield StaffWish(deed=deed, subject=leg.key)
    for claim in state.claw_backs:
        yield from (StaffWish(deed=deed, subject=claim.claim) for deed in _CLAIM_DEEDS)
    for consent in state.consents[-1:]:
        yield from (StaffWish(deed=deed, subject=consent.consent_id) for deed in _CONSENT_ANSWERS)
    yield from (StaffWish(deed="close", subject=item.id) for item in state.attention)
    yield from (StaffWish(deed=deed) for deed in ("cancel", "extend_window", "note", "reply"))


def _with_resolutions(wish: StaffWish) -> Iterator[StaffWish]:
    if wish.deed not in ("change_resolution", "end_exchange"):
        yield wish
        return
    for resolution in ("refund", "store_credit"):
        yield wish.model_copy(update={"resolution": resolution})
