"""Automatic steps about the dates that customers were told: each is kept, broken and made good, or withdrawn and told (NEW-5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from domain import notice_keys
from domain.model.actions import Change
from domain.model.attention import AttentionKind
from domain.model.date_promise import DateKind, DatePromise
from domain.model.deadlines import ScheduledAction
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.payments.date_promises import end_date, end_of_that_day, promise_date
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.late_money import plan_goodwill
from domain.payments.returned_refunds import choice_deadline
from domain.returns.deadlines import refund_limit, releasable_units, releases_at, unsent_legs
from domain.units import units_in, without

_LONGEST_WAIT = timedelta(days=365)
_QUESTIONS: dict[DateKind, AttentionKind] = {
    "money_leaves": "refund_due",
    "money_arrives": "refund_late",
    "refund_decision": "refund_returned",
    "review_decision": "review",
}
"""The question to staff on which each kind of date depends."""


def money_dates_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Dates to tell: the goods are handed over, their money waits for more, and it has a date by which it leaves."""
    for case in state.returns:
        waits = case.decision == "authorized" and releases_at(state, case) is not None
        told = any((one.kind, one.subject) == ("money_leaves", case.return_id) for one in state.date_promises)
        if waits and not told:
            action = PromiseMoneyDate(return_id=case.return_id)
            yield ScheduledAction(
                at=case.opened_at, owner="system", action=action, reason="goods_handed_over"
            )


class PromiseMoneyDate(Change):
    """Tell the customer by when their money leaves. From then on it is a promise."""

    kind: ClassVar = "promise_money_date"
    return_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        case = state.require_case(self.return_id)
        limit = refund_limit(state, case)
        if limit is None or limit.at <= now or releases_at(state, case) is None:
            return  # an action that was due at the same time has paid it
        made = promise_date(state, "money_leaves", self.return_id, limit.at, now)
        state.notify(
            now, _key(made, "money_promised"), "money_promised", self.return_id, due=made.due.isoformat()
        )


def date_ends_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The end of each open date: at once when it is decided, else when its day is over."""
    for promise in state.date_promises:
        if promise.outcome == "open":
            at = promise.due if _decided(state, promise) is None else promise.promised_at
            action = EndDate(promise=promise.id)
            yield ScheduledAction(at=at, owner="system", action=action, reason="date_promised")


class EndDate(Change):
    """Write down what became of a date. A broken one is told with the next one, and made good as the policy says."""

    kind: ClassVar = "end_date"
    promise: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        promise = next((one for one in state.date_promises if one.id == self.promise), None)
        if promise is None or promise.outcome != "open":
            return
        decided = _decided(state, promise)
        if decided is not None:
            end_date(state, promise, decided, now)
            if decided == "withdrawn" and _goods_are_disputed(state, promise):
                self._notify(state, promise, now, withdrawn=1)
        elif now >= promise.due:
            end_date(state, promise, "broken", now)
            plan_goodwill(state, promise.subject, now)
            following = promise_date(
                state, promise.kind, promise.subject, _next_due(state, promise, now), now
            )
            self._notify(state, promise, now, due=following.due.isoformat())

    def _notify(self, state: JourneyState, promise: DatePromise, now: datetime, **details: str | int) -> None:
        told: dict[str, str | int] = {"about": promise.kind, "promised": promise.due.isoformat()}
        state.notify(now, _key(promise, "date_broken"), "date_broken", promise.subject, **told, **details)


def _key(promise: DatePromise, kind: str) -> str:
    return notice_keys.notice(promise.id, kind, promise.number)


def _decided(state: JourneyState, promise: DatePromise) -> Literal["kept", "withdrawn"] | None:
    """What became of it by the facts; None while that is open."""
    match promise.kind:
        case "money_leaves":
            return _money_has_left(state, promise)
        case "money_arrives":
            found = state.find_leg(promise.subject)
            if found is None or not found[1].on_its_way:
                return "withdrawn"  # it came back, and the letter about that says so
            return "kept" if found[1].status == "settled" else None
        case "refund_decision":
            return "kept" if _decision_by(state, promise) is None else None
        case "review_decision":
            decision = state.require_case(promise.subject).decision
            if decision == "in_review":
                return None
            return "withdrawn" if decision == "cancelled" else "kept"


def _money_has_left(state: JourneyState, promise: DatePromise) -> Literal["kept", "withdrawn"] | None:
    case = state.require_case(promise.subject)
    if case.decision == "in_review":
        return None
    if not case.live or _goods_are_disputed(state, promise) or _bank_decides(state, case):
        return "withdrawn"
    return None if releasable_units(state, case) or unsent_legs(state, case) else "kept"


def _bank_decides(state: JourneyState, case: ReturnCase) -> bool:
    """Whether a payment of it waits for a dispute, of which the customer has a letter."""
    settlements = state.settlements_of(case.return_id)
    return any(dispute_that_holds(state, one, leg) is not None for one in settlements for leg in one.legs)


def _goods_are_disputed(state: JourneyState, promise: DatePromise) -> bool:
    """Whether goods of it arrived in another condition than announced and are not paid, and no other goods wait for money."""
    case = state.case(promise.subject)
    if case is None or not case.live or releasable_units(state, case) or unsent_legs(state, case):
        return False
    return bool(without(case.disputed, units_in(s.units for s in state.settlements_of(case.return_id))))


def _next_due(state: JourneyState, promise: DatePromise, now: datetime) -> datetime:
    """The next date: when the question to staff ends that it depends on; without one after the time staff has, ever longer."""
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    wait = now + min(max(usual, now - promise.promised_at), _LONGEST_WAIT)
    item = state.open_item(_QUESTIONS[promise.kind], promise.subject)
    deadline = (item.deadline if item else None) or _decision_by(state, promise)
    return end_of_that_day(state, deadline if deadline and deadline > now else wait)


def _decision_by(state: JourneyState, promise: DatePromise) -> datetime | None:
    """By when finance decides about a payment whose way failed; None once that is decided."""
    found = state.find_leg(promise.subject)
    return choice_deadline(state, found[1]) if found else None
