"""Changes of a return that commands, overrides and automatic steps share."""

from datetime import datetime, timedelta
from typing import Literal

from domain import notice_keys
from domain.actors import SYSTEM, Actor
from domain.model.attention import AttentionItem
from domain.model.notice import NoticeKind
from domain.model.parcel import Parcel
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.payments.bonuses import quoted_bonus
from domain.payments.date_promises import end_of_that_day, promise_date
from domain.payments.fast_return import authorize
from domain.units import units_in


def open_review(state: JourneyState, case: ReturnCase, now: datetime, *, maybe_paid: bool) -> None:
    """Have an agent decide. Where the storefront may have paid already, the return is refused unless a person approves it."""
    known = state.has_open("review", case.return_id)
    case.decision = "in_review"
    if maybe_paid:
        state.open_question("review", case.return_id, now, default="refuse")
    else:
        state.open_question("review", case.return_id, now)
    if not known:
        item = state.open_item("review", case.return_id)
        assert item is not None, "it was just opened"
        due = end_of_that_day(state, item.deadline)
        told = promise_date(state, "review_decision", case.return_id, due, now)
        notify_return(state, case, "return_in_review", now, deadline=told.due.isoformat())


def decide_review(state: JourneyState, case: ReturnCase, approved: bool, now: datetime) -> None:
    """End a review. The drop-off code is valid for its full time from now: the customer did not cause the wait.

    Goods may have arrived during the review. If all have, there is nothing left to hand over, and the next notice is of the
    money. If the return is refused, an agent gets a question about them.
    """
    policy = state.terms.policy
    case.decision, case.decided_at = "authorized" if approved else "refused", now
    if approved:
        authorize(state, case, now)
    case.code_expires_at = now + timedelta(days=policy.code_days)
    kind: Literal["return_authorized", "return_refused"] = (
        "return_authorized" if approved else "return_refused"
    )
    written = {"text": case.customer_text} if case.customer_text and not approved else {}
    if case.arrived and not approved:
        state.open_question("unexpected_goods", case.return_id, now)
        notify_return(state, case, kind, now, arrived=1, **written)
    elif case.missing or not approved:
        notify_return(state, case, kind, now, **written)


def decide_review_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    decide_review(state, state.require_case(item.subject), item.default == "approve", now)


def release_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    state.require_case(item.subject).held_until = None


def cancel_return(state: JourneyState, case: ReturnCase, actor: Actor, reason: str, now: datetime) -> None:
    """Cancel a return and notify the customer. Its units are free again."""
    case.decision, case.held_until = "cancelled", None
    state.settle_question("review", case.return_id)
    state.settle_question("hold", case.return_id)
    state.audit(now, actor, "return_cancelled", case.return_id, override_reason=reason)
    given_up = {"reason": reason} if actor == SYSTEM else {}
    notify_return(state, case, "return_cancelled", now, **given_up)


def cancel_idle_returns(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """Cancel the returns of units in a lost parcel that were not handed over.

    The customer cannot send back what will not arrive, and an open return keeps its units from being paid.
    A return on hold stays, as no money may be paid for it; its units are planned when it has ended.
    """
    for case in idle_returns(state, parcel):
        cancel_return(state, case, SYSTEM, "parcel_lost", now)


def idle_returns(state: JourneyState, parcel: Parcel) -> list[ReturnCase]:
    """Returns of units in the parcel whose goods the customer has not handed over and that are not on hold."""
    inside = units_in([parcel.units])
    idle = [
        live_case
        for live_case in state.returns
        if live_case.live and live_case.goods == "awaiting" and live_case.held_until is None
    ]
    return [case for case in idle if not inside.isdisjoint(units_in([case.units]))]


def change_resolution(state: JourneyState, case: ReturnCase, resolution: Resolution) -> None:
    """Pay the return in another way. The bonus is at most what other returns have left of the order's cap meanwhile."""
    case.resolution = "refund"  # so that its own bonus does not count
    bonus = min(case.quote.credit_bonus, quoted_bonus(state, list(case.quote.shares)))
    case.quote = case.quote.model_copy(update={"credit_bonus": bonus})
    case.resolution = resolution


def notify_return(
    state: JourneyState, case: ReturnCase, kind: NoticeKind, now: datetime, **details: str | int
) -> None:
    """Notify the customer of the status of the return, once per revision.

    A later revision replaces the notice as long as it has not been sent.
    """
    key = notice_keys.notice(case.return_id, kind, case.revision)
    state.notify(now, key, kind, case.return_id, revision=case.revision, **details)
