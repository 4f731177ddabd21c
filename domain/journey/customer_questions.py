"""Questions that a letter asks its customer: whether they are open, what answers them, and what became of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from domain import payment_keys
from domain.actors import STAFF, Actor, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.command import Command
from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.money import Money
from domain.notifications.money_truth import payment_of_contents
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from domain.payments.commands.answer_claw_back import AnswerClawBack
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.returned_refunds import choice_deadline
from domain.tracking.commands.report_not_received import ReportNotReceived
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

QuestionKind = Literal[
    "consent", "lost_parcel", "not_received", "refund_returned", "refund_declined", "claw_back"
]
Answer = Literal[
    "wait", "cancel", "resend", "refund", "not_received", "store_credit", "other_way",
    "agree", "dispute", "already_sent", "will_send",
]  # fmt: skip
Decider = Literal["customer", "shop", "default"]
End = Literal[
    "answered",
    "cancelled",
    "shipped",
    "arrived",
    "moving",
    "not_arrived",
    "too_late",
    "searched",
    "superseded",
    "paid_again",
    "claim_closed",
    "over",
]

ANSWERS: Mapping[QuestionKind, tuple[Answer, ...]] = {
    "consent": ("wait", "cancel"),
    "lost_parcel": ("resend", "refund"),
    "not_received": ("not_received",),
    "refund_returned": ("store_credit", "other_way"),
    "refund_declined": ("store_credit", "other_way"),
    "claw_back": ("already_sent", "will_send", "dispute", "agree"),
}
WITH_EVIDENCE: frozenset[Answer] = frozenset({"dispute", "already_sent"})
"""Answers to which the customer may add a text."""
_QUESTION_OF_NOTICE: Mapping[str, QuestionKind] = {
    "consent_requested": "consent",
    "delay_option": "consent",
    "presumed_lost": "lost_parcel",
    "parcel_returning": "lost_parcel",
    "delay_corrected": "not_received",
    "delivered": "not_received",
    "parcel_inquiry": "not_received",
    "refund_returned": "refund_returned",
    "refund_declined": "refund_declined",
    "claw_back_notice": "claw_back",
}

_ABOUT_REFUNDS = ("refund_returned", "refund_declined")


class CustomerQuestion(Frozen):
    """One question to the customer of an order.

    subject: the consent, parcel or payment that it is about.
    round: which time it is asked about that subject: a parcel may go silent, move, and go silent again.
    """

    kind: QuestionKind
    subject: str
    round: int = 0


class QuestionStatus(Frozen):
    """A question as it stands.

    answers: those that can be given now; empty where it has ended.
    deadline: until when it can be answered; or, of a search, by when the customer hears from us.
    default: what happens without an answer.
    due: the later date that is asked about.
    returning: the parcel is not lost but on its way back to the shop.
    end: how it ended. `answer`, `decider`, `at`: what was decided, by whom and when, as far as it is known.
    payment: of a lost parcel: whether what was in it is still to be paid back.
    amount: of a refund that was refused or came back, or of what is asked back.
    """

    answers: tuple[Answer, ...] = ()
    deadline: Instant | None = None
    default: Literal["wait", "cancel", "refund", "collect"] | None = None
    due: Instant | None = None
    returning: bool = False
    end: End | None = None
    answer: Answer | None = None
    decider: Decider | None = None
    at: Instant | None = None
    payment: Literal["due", "paid", "return", "none"] | None = None
    amount: Money | None = None


def question_of(notice: Notice, state: JourneyState) -> CustomerQuestion | None:
    """The question that a notice asks, if it is one that asks."""
    kind, parcel = _QUESTION_OF_NOTICE.get(notice.kind), state.parcel(notice.subject)
    if kind is None:
        return None
    round = parcel.trace_count if parcel and kind == "lost_parcel" else 0
    subject = payment_keys.leg_in_letters(notice.subject) if kind in _ABOUT_REFUNDS else notice.subject
    return CustomerQuestion(kind=kind, subject=subject, round=round)


def answer_command(
    question: CustomerQuestion, answer: Answer, command_id: str, actor: Actor, now: datetime | None
) -> Command:
    """The command that gives this answer. Raises ValueError for an answer to another kind of question."""
    subject = question.subject
    match question.kind, answer:
        case "consent", "wait" | "cancel":
            return RespondToDelayConsent(
                command_id=command_id, actor=actor, now=now, consent_id=subject, answer=answer
            )
        case "lost_parcel", "resend" | "refund":
            return ResolveLostParcel(
                command_id=command_id, actor=actor, now=now, parcel=subject, choice=answer
            )
        case "refund_returned" | "refund_declined", "store_credit" | "other_way":
            return ChooseRefund(command_id=command_id, actor=actor, now=now, leg=subject, choice=answer)
        case "claw_back", "agree" | "dispute" | "already_sent" | "will_send":
            return AnswerClawBack(command_id=command_id, actor=actor, now=now, claim=subject, answer=answer)
        case "not_received", "not_received":
            return ReportNotReceived(command_id=command_id, actor=actor, now=now, parcel=subject)
        case _:
            raise ValueError(f"{answer} does not answer {question.kind}")


def question_status(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    """The question as it stands; None where the order knows nothing of its subject."""
    return _STATUS[question.kind](question, state, now)


def _possible(question: CustomerQuestion, state: JourneyState, now: datetime) -> tuple[Answer, ...]:
    """The answers that the order would accept from its customer now: the commands' own rules decide."""
    customer = Actor(role=Role.CUSTOMER)
    return tuple(
        answer
        for answer in ANSWERS[question.kind]
        if not answer_command(question, answer, "", customer, now).violations(state, now)
    )


def _consent(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    consent = next((one for one in state.consents if one.consent_id == question.subject), None)
    if consent is None:
        return None
    due = consent.due
    if consent.answer is not None:
        return QuestionStatus(
            end="answered",
            answer=consent.answer,
            decider=_decider(consent.answered_by),
            at=consent.answered_at,
            due=due,
        )
    answers = _possible(question, state, now)
    if answers:
        default = consent.default_answer
        return QuestionStatus(answers=answers, deadline=consent.deadline, default=default, due=due)
    if state.cancelled_at is not None:
        return QuestionStatus(end="cancelled", at=state.cancelled_at)
    return QuestionStatus(end="over" if state.open_item("consent", question.subject) else "shipped")


def _lost_parcel(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    parcel = state.parcel(question.subject)
    if parcel is None:
        return None
    answers = _possible(question, state, now)
    if answers and question.round != parcel.trace_count:
        return QuestionStatus(end="superseded")
    if answers:
        returning = state.open_item("returned_to_sender", parcel.parcel_id)
        item = returning or state.open_item("presumed_lost", parcel.parcel_id)
        return QuestionStatus(
            answers=answers,
            deadline=item.deadline if item else None,
            default="refund",
            returning=returning is not None,
        )
    return _where_it_is(parcel, state)


def _where_it_is(parcel: Parcel, state: JourneyState) -> QuestionStatus:
    """Why nothing is to be chosen any more: it has arrived, was decided about, or its order or its silence has ended."""
    if parcel.delivered_at is not None:
        return QuestionStatus(end="arrived", at=parcel.delivered_at)
    if parcel.lost_at is not None:
        return QuestionStatus(
            end="answered",
            answer="resend" if parcel.resent else "refund",
            decider=_decider(parcel.lost_by),
            at=parcel.lost_at,
            payment=None if parcel.resent else payment_of_contents(state, parcel),
        )
    if state.cancelled_at is not None:
        return QuestionStatus(end="cancelled", at=state.cancelled_at)
    waits = state.open_item("presumed_lost", parcel.parcel_id)
    return QuestionStatus(end="over" if waits else "moving", at=None if waits else parcel.tracking.at)


def _not_received(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    parcel = state.parcel(question.subject)
    if parcel is None:
        return None
    search = state.open_item("not_received", parcel.parcel_id)
    if search is not None:
        return QuestionStatus(
            end="answered", answer="not_received", at=parcel.trace_opened_at, deadline=search.deadline
        )
    answers = _possible(question, state, now)
    if answers:
        return QuestionStatus(answers=answers)
    if parcel.lost_at is not None:
        return _where_it_is(parcel, state).model_copy(update={"end": "answered"})
    if state.cancelled_at is not None:
        return QuestionStatus(end="cancelled", at=state.cancelled_at)
    if parcel.trace_opened_at is not None:
        return QuestionStatus(end="searched", at=parcel.trace_opened_at)
    arrived = parcel.delivered_at or parcel.assumed_arrival
    return QuestionStatus(end="too_late" if arrived and arrived <= now else "not_arrived")


def _refund_choice(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    leg = next(
        (leg for leg in state.legs() if question.subject in map(payment_keys.leg_in_letters, leg.all_keys)),
        None,
    )
    if leg is None:
        return None
    answers = _possible(question, state, now)
    if answers:
        return QuestionStatus(answers=answers, deadline=choice_deadline(state, leg), amount=leg.principal)
    choice = leg.choice
    if choice is not None and payment_keys.leg_in_letters(choice.leg) == question.subject:
        return QuestionStatus(
            end="answered",
            answer=choice.answer,
            decider=_decider(choice.by),
            at=choice.at,
            amount=leg.principal,
            payment="paid" if leg.status == "settled" else "due",
        )
    return QuestionStatus(end="paid_again", amount=leg.principal)


def _claw_back(question: CustomerQuestion, state: JourneyState, now: datetime) -> QuestionStatus | None:
    claim = state.claw_back(question.subject)
    if claim is None:
        return None
    answers, item = _possible(question, state, now), state.open_item("claw_back", claim.claim)
    if answers and item is not None:
        return QuestionStatus(answers=answers, deadline=item.deadline, default="collect", amount=claim.amount)
    if claim.stage in ("closing", "closed"):
        return QuestionStatus(end="claim_closed", at=claim.ended_at, amount=claim.requested)
    if claim.reply is not None:
        return QuestionStatus(
            end="answered",
            answer=claim.reply.answer,
            decider=_decider(claim.reply.by),
            at=claim.reply.at,
            amount=claim.amount,
        )
    return QuestionStatus(end="over", amount=claim.amount)


def _decider(role: Role | None) -> Decider | None:
    """Who decided, as a customer understands it. A storefront sends what its customer chose there."""
    match role:
        case Role.CUSTOMER | Role.STOREFRONT:
            return "customer"
        case Role.SYSTEM:
            return "default"
        case None:
            return None
        case _:
            return "shop" if role in STAFF else None


_STATUS: Mapping[
    QuestionKind, Callable[[CustomerQuestion, JourneyState, datetime], QuestionStatus | None]
] = {
    "consent": _consent,
    "lost_parcel": _lost_parcel,
    "not_received": _not_received,
    "refund_returned": _refund_choice,
    "refund_declined": _refund_choice,
    "claw_back": _claw_back,
}
