"""Every question has an owner, a deadline and a default, and the default is a promise that is kept (NEW-10)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, get_args

import pytest

from domain.actors import Actor, Role
from domain.journey import agenda
from domain.journey.attention import CLOSINGS, DEFAULTS, CloseUnanswered
from domain.journey.close_question import CloseQuestion
from domain.journey.commands import COMMANDS
from domain.model.attention import AttentionItem, AttentionKind, GivenTerms
from domain.model.claw_back import ClawBackStage
from domain.model.claw_back_terms import ClawBackTerms
from domain.model.delay_terms import TraceTerms
from domain.model.dispute import Dispute
from domain.model.exchange import Exchange, ExchangeStep
from domain.model.leg import Leg
from domain.model.override import ALLOWED_ROLES
from domain.model.promise import Promise
from domain.model.questions import QUESTIONS
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.orders.consent import request_consent
from domain.payments.claw_backs import steps
from domain.payments.refund_plan import plan_cancellation
from domain.reasons import Reason
from domain.tracking.resends import resend
from domain.tracking.traces import open_trace
from tests import questions_table
from tests.builders import AGENT, PLACED, a_delivered_state, a_parcel, a_return, a_state, gbp

DAY = timedelta(days=1)
NOW = PLACED + 20 * DAY


def test_every_kind_of_question_has_a_row_and_a_default_that_is_registered() -> None:
    assert set(QUESTIONS) == set(DEFAULTS) == set(get_args(AttentionKind))


def test_the_page_of_questions_is_current() -> None:
    assert questions_table.PAGE.read_text() == questions_table.table(), "run: python -m tests.questions_table"


class Case(NamedTuple):
    """`ask` makes the state and names the subject; `kept` is true once the default has happened."""

    kind: AttentionKind
    default: str
    owner: str
    ask: Callable[[JourneyState], str]
    kept: Callable[[JourneyState], Any]
    policy: Policy = Policy()


def _return(state: JourneyState, **changed: Any) -> str:
    return a_return(state, **changed).return_id


def _late_return(state: JourneyState) -> str:
    subject = _return(state)
    state.open_question("refund_due", subject, NOW, deadline=NOW + DAY, default="remind")
    return subject


def _parcel(state: JourneyState) -> str:
    return state.parcels[0].parcel_id


def _resend(state: JourneyState) -> str:
    resend(state, state.parcels[0], AGENT, NOW)
    return _parcel(state)


def _trace(state: JourneyState) -> str:
    open_trace(state, state.parcels[0], AGENT, NOW)
    return _parcel(state)


def _failed_leg(state: JourneyState, status: str) -> str:
    state.plan(plan_cancellation(state, NOW), NOW)
    leg = state.legs()[0]
    leg.status = status  # type: ignore[assignment]
    return leg.key


def _waiting_leg(state: JourneyState, awaits: str) -> str:
    key = _failed_leg(state, "planned")
    state.settlements[0].legs = state.legs()[:1]
    state.legs()[0].awaits = awaits  # type: ignore[assignment]
    return key


def _claim(state: JourneyState, stage: ClawBackStage) -> str:
    return_id = _return(state)
    steps.begin(state, steps.Missed("incomplete", {"1": [0]}, gbp(1200), return_id), NOW)
    claim = state.claw_backs[0]
    leg = Leg(
        occasion="return/ret/1", tender_id="card", to="provider", principal=claim.amount, bonus=gbp(0), planned_at=NOW,
        status="settled",
    )  # fmt: skip
    state.settlements.append(
        Settlement(
            occasion=leg.occasion, return_id=claim.return_id, purpose="refund", units=claim.units, legs=[leg]
        )
    )
    if stage != "notice":
        steps.settle_questions(state, claim)
        claim.stage = stage
    if stage == "payable":
        claim.receivable = gbp(1200)
    return claim.claim


def _consent(state: JourneyState, silence: Any) -> str:
    state.parcels.clear()
    later = Promise(day=(NOW + 10 * DAY).date())
    return request_consent(state, AGENT, later, NOW + DAY, silence, NOW).consent_id


def _refunded(state: JourneyState) -> bool:
    planned = {line: units for one in state.settlements for line, units in one.units.items()}
    return planned == {line.line_id: [*range(line.quantity)] for line in state.order.lines}


def _nothing_planned(state: JourneyState) -> bool:
    return state.settlements == [] and state.untracked_at is None and state.parcels[0].lost_at is None


def _not_followed(state: JourneyState) -> bool:
    said = state.pending_notices[-1]
    told = said.kind == "parcel_inquiry" and said.details["unanswered"] == 1
    return told and bool(state.parcels[0].unfollowed_at) and _nothing_planned(state)


def _disputed(state: JourneyState) -> str:
    dispute = Dispute(dispute="dsp_1", provider="sandbox", reference="dp_1", tender_id="card", opened_at=NOW)
    state.disputes.append(dispute)
    a_parcel(state)
    return dispute.dispute


def _unanswered_exchange(state: JourneyState) -> str:
    goods = Exchange(fallback="refund", hold_until=NOW + 90 * DAY, to_pay=gbp(0))
    goods.plan(ExchangeStep(key="send", kind="send", reservation="r", status="unanswered", planned_at=NOW))
    a_return(state, exchange=goods, resolution="exchange")
    return "send"


REVIEW, LOST = Policy(review_default="refuse"), Policy(trace=TraceTerms(default="dismiss"))
CLAIMED = Policy(claw_back=ClawBackTerms(answer_days=1))
CASES = [
    Case("review", "approve", "agent", lambda s: _return(s, decision="in_review"),
         lambda s: s.returns[0].decision == "authorized"),
    Case("review", "refuse", "agent", lambda s: _return(s, decision="in_review"),
         lambda s: s.returns[0].decision == "refused", REVIEW),
    Case("hold", "release", "agent", lambda s: _return(s, held_until=NOW + DAY), lambda s: s.returns[0].held_until is None),
    Case("presumed_lost", "refund", "agent", _parcel, _refunded),
    Case("returned_to_sender", "refund", "agent", _parcel, _refunded),
    Case("never_scanned", "dismiss", "agent", _parcel, _not_followed),
    Case("contents_unknown", "dismiss", "agent", _parcel, _not_followed),
    Case("not_collected", "dismiss", "merchant", lambda s: s.order.order, lambda s: s.uncollected_at and not s.settlements),
    Case("not_received", "refund", "agent", _trace, _refunded),
    Case("not_received", "dismiss", "agent", _trace,
         lambda s: s.pending_notices[-1].details["outcome"] == "dismissed" and _nothing_planned(s), LOST),
    Case("resend", "refund", "merchant", _resend, lambda s: _refunded(s) and s.parcels[0].choice == "refund"),
    Case("parcel_found", "dismiss", "agent", _parcel, _nothing_planned),
    Case("shipped_after_cancel", "dismiss", "merchant", _parcel, _nothing_planned),
    Case("carrier_claim", "dismiss", "merchant", _parcel, _nothing_planned),
    Case("address_bounced", "dismiss", "agent", lambda s: s.order.order, _nothing_planned),
    Case("tracker_ended", "dismiss", "agent", _parcel, _nothing_planned),
    Case("not_shipped", "dismiss", "merchant", lambda s: s.order.order, lambda s: s.untracked_at and not s.settlements),
    Case("consent", "wait", "customer", lambda s: _consent(s, "wait"), lambda s: s.consents[0].answer == "wait"),
    Case("consent", "cancel", "customer", lambda s: _consent(s, "cancel"),
         lambda s: s.consents[0].answer == "cancel" and s.cancelled_at),
    Case("unexpected_goods", "dismiss", "agent", _return, _nothing_planned),
    Case("goods_unscanned", "dismiss", "warehouse", _return, _nothing_planned),
    Case("goods_condition", "dismiss", "agent", _return, _nothing_planned),
    Case("payment_failed", "retry", "finance", lambda s: _failed_leg(s, "failed"),
         lambda s: (s.legs()[0].status, s.legs()[0].epoch) == ("planned", 2)),
    Case("payment_unknown", "retry", "finance", lambda s: _failed_leg(s, "unknown"),
         lambda s: (s.legs()[0].status, s.legs()[0].epoch) == ("planned", 1)),
    Case("exchange_unanswered", "retry", "merchant", _unanswered_exchange,
         lambda s: s.returns[0].exchange.steps[0].status == "planned" and _nothing_planned(s)),
    Case("exchange_to_stop", "dismiss", "merchant", lambda s: "exchange/ret_1/send/1", _nothing_planned),
    Case("address_changed", "dismiss", "agent", lambda s: s.order.order, _nothing_planned),
    Case("payment_not_captured", "dismiss", "finance", lambda s: _waiting_leg(s, "capture"),
         lambda s: [leg.status for leg in s.legs()] == ["skipped"]),
    Case("refund_by_hand", "remind", "finance", lambda s: _waiting_leg(s, "person"),
         lambda s: [leg.status for leg in s.legs()] == ["planned"]),
    Case("refund_returned", "remind", "finance", lambda s: _failed_leg(s, "reversed"),
         lambda s: s.legs()[0].status == "reversed"),
    Case("refund_late", "remind", "finance", lambda s: _failed_leg(s, "accepted"),
         lambda s: s.legs()[0].status == "accepted"),
    Case("refund_due", "remind", "agent", _late_return, _nothing_planned),
    Case("refund_amount_differs", "dismiss", "finance", _return, _nothing_planned),
    Case("claw_back", "collect", "customer", lambda s: _claim(s, "notice"),
         lambda s: [one.kind for one in s.claw_backs[0].work] == ["collect"] and len(s.settlements) == 1, CLAIMED),
    Case("claw_back_answer", "waive", "agent", lambda s: _claim(s, "answered"),
         lambda s: (s.claw_backs[0].end, s.claw_backs[0].work) == ("waived", []), CLAIMED),
    Case("claw_back_unpaid", "write_off", "customer", lambda s: _claim(s, "payable"),
         lambda s: [one.kind for one in s.claw_backs[0].work] == ["write_off"], CLAIMED),
    Case("action_stuck", "retry", "agent", _return, _nothing_planned),
    Case("no_goodwill_limit", "dismiss", "merchant", lambda s: s.order.order, _nothing_planned),
    Case("refund_mismatch", "dismiss", "finance", _return, _nothing_planned),
    Case("dispute", "remind", "finance", _disputed, lambda s: not s.disputes[0].ended and _nothing_planned(s)),
    Case("dispute_refunded", "dismiss", "finance", _return, _nothing_planned),
    Case("dispute_units", "remind", "finance", _disputed, _nothing_planned),
    Case("dispute_outcome_changed", "dismiss", "finance", _return, _nothing_planned),
    Case("refund_failed", "dismiss", "finance", _return, _nothing_planned),
    Case("refund_amount_unknown", "dismiss", "finance", _return, _nothing_planned),
    Case("refund_seen_twice", "dismiss", "finance", lambda s: s.order.order, _nothing_planned),
    Case("bad_feedback", "dismiss", "agent", lambda s: s.order.order, _nothing_planned),
    Case("storefront_behind", "dismiss", "agent", lambda s: s.order.order, _nothing_planned),
    Case("customer_message", "remind", "agent", lambda s: s.order.order,
         lambda s: [one.owner for one in s.attention if one.kind == "customer_message"] == ["merchant"]),
]  # fmt: skip


def test_every_kind_is_in_the_table() -> None:
    about_no_order = {
        "unknown_parcel",
        "payment_difference",
        "privacy_request",
        "unknown_goods",
        "withdrawal",
    }  # opened and closed by the inbox, the comparison, the requests of persons and their statements
    assert {case.kind for case in CASES} == set(QUESTIONS) - about_no_order


def _state(case: Case) -> JourneyState:
    """Delivered where the question is about a delivery or what follows, else under way."""
    if case.kind in (
        "presumed_lost",
        "returned_to_sender",
        "resend",
        "tracker_ended",
        "never_scanned",
        "contents_unknown",
    ):
        state = a_state(policy=case.policy)
        a_parcel(state)
        return state
    return a_delivered_state(policy=case.policy)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.default}")
def test_a_question_without_an_answer_has_the_default_that_was_announced(case: Case) -> None:
    state = _state(case)
    subject = case.ask(state)
    item = state.open_item(case.kind, subject)
    if item is None:
        given = {} if QUESTIONS[case.kind].time else {"deadline": NOW + DAY}
        item = state.open_question(case.kind, subject, NOW, **given)  # type: ignore[arg-type]
    assert (item.owner, item.default) == (case.owner, case.default)
    time = QUESTIONS[case.kind].time
    assert item.deadline == NOW + (time.of(state.terms.policy) if time else DAY)
    close = CloseUnanswered(question=case.kind, subject=subject)
    waits = [wait for wait in agenda.scheduled_actions(state) if wait.action == close]
    assert [(wait.at, wait.owner) for wait in waits] == [(item.deadline, case.owner)]
    close.apply(state, item.deadline)
    assert item not in state.attention
    assert ("default_applied", item.id) in [(entry.action, entry.subject) for entry in state.audit_log]
    assert case.kept(state)


# Closing by hand

_ANSWERS = {
    *ALLOWED_ROLES,
    *COMMANDS,
    "dismiss_unknown_parcel",
    "close_unknown_goods",
    "close_payment_difference",
    "approve_privacy_request",
    "refuse_privacy_request",
    "assign_withdrawal",
    "close_withdrawal",
}


def _opened(state: JourneyState, kind: AttentionKind, subject: str) -> AttentionItem:
    given: GivenTerms = {} if QUESTIONS[kind].time else {"deadline": NOW + DAY}
    if QUESTIONS[kind].default is None:
        given["default"] = "wait"
    return state.open_item(kind, subject) or state.open_question(kind, subject, NOW, **given)


def _close(item: AttentionItem, actor: Actor = AGENT) -> CloseQuestion:
    return CloseQuestion(
        command_id="k", actor=actor, question=item.kind, subject=item.subject, reason="sealed/k/c"
    )


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_kind_is_closed_by_a_person_either_with_a_reason_or_by_an_answer(kind: AttentionKind) -> None:
    row = QUESTIONS[kind]
    assert row.closing or row.answers, "no person could close it"
    assert set(row.answers) <= _ANSWERS


@pytest.mark.parametrize(
    "case", [case for case in CASES if QUESTIONS[case.kind].closing], ids=lambda case: case.kind
)
def test_closing_has_the_effect_that_its_row_names_and_records_who_and_why(case: Case) -> None:
    state = _state(case)
    item = _opened(state, case.kind, case.ask(state))
    command = _close(item)
    assert command.violations(state, NOW) == []
    command.execute(state, NOW)
    assert not state.has_open(case.kind, item.subject)
    [entry] = [entry for entry in state.audit_log if entry.action == "question_closed"]
    assert (entry.subject, entry.name) == (item.id, AGENT.name)
    assert entry.details == {"override_reason": "sealed/k/c"}
    assert case.kept(state) or CLOSINGS[case.kind] is not DEFAULTS[case.kind]


@pytest.mark.parametrize(
    "case", [case for case in CASES if not QUESTIONS[case.kind].closing], ids=lambda case: case.kind
)
def test_a_question_on_whose_answer_money_or_goods_depend_is_not_closed_without_it(case: Case) -> None:
    state = _state(case)
    item = _opened(state, case.kind, case.ask(state))
    [violation] = _close(item).violations(state, NOW)
    assert violation.code == Reason.QUESTION_NEEDS_ANSWER
    assert violation.details["answers"] == ", ".join(QUESTIONS[case.kind].answers)


def test_only_staff_or_the_owner_closes_a_question_and_only_an_open_one() -> None:
    state = a_delivered_state()
    item = state.open_question("refund_mismatch", state.order.order, NOW)
    finance, warehouse = Actor(role=Role.FINANCE), Actor(role=Role.WAREHOUSE)
    assert _close(item, finance).violations(state, NOW) == []
    assert [one.code for one in _close(item, warehouse).violations(state, NOW)] == [Reason.ROLE_TOO_LOW]
    other = item.model_copy(update={"subject": "ord_other"})
    assert [one.code for one in _close(other).violations(state, NOW)] == [Reason.QUESTION_UNKNOWN]


def test_an_unshipped_order_waits_for_the_merchant_and_not_for_a_carrier() -> None:
    state = a_state()
    waiting = agenda.next_visible_action(state)
    assert waiting is not None
    assert (waiting.reason, waiting.owner) == ("not_shipped", "merchant")
