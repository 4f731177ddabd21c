"""Doing: how each deed changes the state. After it the same deed is not due again."""

from datetime import datetime, timedelta
from typing import Literal, assert_never

from domain import keys
from domain.actors import SYSTEM, Actor
from domain.delays import delay_notices, follow_ups
from domain.model.actions import (
    ApplyDefault,
    Change,
    Close,
    ExpireReturn,
    IssueGoodwill,
    OfferDelayOption,
    OpenCarrierClaim,
    OpenQuestion,
    PlanReturn,
    PlanUndelivered,
    RecordLeadTimeTrial,
    SendCorrection,
    SendDelayNotice,
    SendFollowUp,
    SendPickupReminder,
    WriteOffGoods,
)
from domain.model.attention import AttentionItem
from domain.model.notice import NoticeKind
from domain.model.parcel import Parcel
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.money import total
from domain.orders import consent
from domain.payments import goodwill, refund_plan
from domain.payments.external_refunds import open_finance_question
from domain.payments.refundable import value_of
from domain.tracking import lost_parcels
from domain.units import units_in, without


def apply(state: JourneyState, action: Change, now: datetime) -> None:
    """Make the change."""
    match action:
        case SendDelayNotice():
            delay_notices.send_delay_notice(state, action.delay, now)
        case SendCorrection():
            delay_notices.send_correction(state, _parcel(state, action.subject), now)
        case RecordLeadTimeTrial():
            state.lead_time_trials.append(action.trial.model_copy(update={"since": now}))
        case SendFollowUp():
            delay_notices.send_follow_up(state, action.subject, now)
        case SendPickupReminder():
            delay_notices.send_pickup_reminder(state, _parcel(state, action.parcel_id), now)
        case OfferDelayOption():
            consent.offer_delay_option(state, now)
        case IssueGoodwill():
            goodwill.issue_goodwill(state, now)
        case OpenCarrierClaim():
            lost_parcels.open_carrier_claim(state, _parcel(state, action.parcel_id), now)
        case OpenQuestion():
            open_question(state, action.item, now)
        case ApplyDefault():
            apply_default(state, action.attention, now)
        case ExpireReturn():
            expire_return(state, action.return_id, now)
        case WriteOffGoods():
            write_off_goods(state, action.return_id, now)
        case PlanReturn():
            plan_return(state, action.return_id, now)
        case PlanUndelivered():
            plan_undelivered(state, action.parcel_id, now)
        case Close():
            state.closed_at = now
            state.audit(now, SYSTEM, "closed")
        case _:
            assert_never(action)


def open_question(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Open the question with its full time to answer, also when what raised it became known late."""
    deadline = now + (item.deadline - item.opened_at)
    if item.kind == "tracker_ended":
        _parcel(state, item.subject).tracker_end_raised_at = now
    asked = item.model_copy(update={"opened_at": now, "deadline": deadline})
    state.open_attention(asked)
    state.audit(now, SYSTEM, "attention_opened", item.id)
    if asked.kind == "presumed_lost":
        lost_parcels.notify_presumed_lost(state, _parcel(state, asked.subject), asked, now)


def expire_return(state: JourneyState, return_id: str, now: datetime) -> None:
    case = _case(state, return_id)
    case.decision, case.held_until = "expired", None
    state.settle_attention(f"hold/{return_id}")
    state.audit(now, SYSTEM, "return_expired", return_id)
    notify_return(state, case, "return_expired", now)


def write_off_goods(state: JourneyState, return_id: str, now: datetime) -> None:
    """Dropped off and never seen again: the carrier's or partner's loss, so the customer is paid all the same."""
    case = _case(state, return_id)
    case.written_off_at = now
    state.audit(now, SYSTEM, "goods_written_off", return_id, missing=sum(map(len, case.missing.values())))


def plan_return(state: JourneyState, return_id: str, now: datetime) -> None:
    settlement = refund_plan.plan_return(state, _case(state, return_id), now)
    state.plan(settlement, now)
    planned = total([leg.principal for leg in settlement.legs], state.order.currency)
    if planned < value_of(state, settlement.units):
        open_finance_question(state, return_id, now)


def refund_undelivered(state: JourneyState, parcel_id: str, now: datetime) -> None:
    """Give a parcel up and plan its money: it is lost, or on its way back to the shop."""
    parcel = _parcel(state, parcel_id)
    parcel.lost_at = now
    state.settle_questions_about(parcel_id)
    cancel_idle_returns(state, parcel, now)
    _refund_units(state, parcel_id, without(parcel.units, state.unavailable_units()), now)


def cancel_idle_returns(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """Nobody can send back what will not arrive: a return not handed over would only keep its units from being paid.

    One that is held stays, as no money may leave for it; what is left of it is planned when it has ended.
    """
    for case in idle_returns(state, parcel):
        cancel_return(state, case, SYSTEM, "parcel_lost", now)


def idle_returns(state: JourneyState, parcel: Parcel) -> list[ReturnCase]:
    """Returns of what is in the parcel that nobody has handed over, and that are not held."""
    inside = units_in([parcel.units])
    idle = [one for one in state.returns if one.live and one.goods == "awaiting" and one.held_until is None]
    return [case for case in idle if not inside.isdisjoint(units_in([case.units]))]


def cancel_return(state: JourneyState, case: ReturnCase, actor: Actor, reason: str, now: datetime) -> None:
    """End a return for good and say so; its units are free."""
    case.decision, case.held_until = "cancelled", None
    state.settle_attention(f"review/{case.return_id}", f"hold/{case.return_id}")
    state.audit(now, actor, "return_cancelled", case.return_id, override_reason=reason)
    given_up = {"reason": reason} if actor == SYSTEM else {}
    notify_return(state, case, "return_cancelled", now, **given_up)


def plan_undelivered(state: JourneyState, parcel_id: str, now: datetime) -> None:
    _refund_units(state, parcel_id, state.unrefunded_units(_parcel(state, parcel_id)), now)


def _refund_units(state: JourneyState, parcel_id: str, units: dict[str, list[int]], now: datetime) -> None:
    """Plan the money of these units, and say once that the parcel is given up: when there is something to pay for it."""
    if not units:
        return
    settlement = refund_plan.plan_undelivered(state, parcel_id, units, now)
    state.plan(settlement, now)
    key = keys.order_notice(state.order.order, parcel_id, "parcel_lost", 1)
    parcel = _parcel(state, parcel_id)
    if settlement.legs and not parcel.loss_notified:
        parcel.loss_notified = True
        follow_ups.fulfil(state, parcel_id, now)
        state.notify(now, key, "parcel_lost", parcel_id)


def decide_review(state: JourneyState, case: ReturnCase, approved: bool, now: datetime) -> None:
    """End a review. The drop-off code lives its full time from here: waiting for us is not the customer's fault."""
    policy = state.terms.policy
    case.decision = "authorized" if approved else "refused"
    case.code_expires_at = now + timedelta(days=policy.code_days)
    kind: Literal["return_authorized", "return_refused"] = (
        "return_authorized" if approved else "return_refused"
    )
    notify_return(state, case, kind, now)


def notify_return(
    state: JourneyState, case: ReturnCase, kind: NoticeKind, now: datetime, **details: str
) -> None:
    """Say how the return stands, once per revision; a later revision takes it back as long as it has not left."""
    key = keys.notice(case.return_id, kind, case.revision)
    state.notify(now, key, kind, case.return_id, revision=case.revision, **details)


def retry_leg(state: JourneyState, leg_key: str, now: datetime) -> None:
    """Pay again. A declined leg gets a new key (its no is proof that nothing happened); an unknown one keeps its key."""
    for leg in state.legs():
        if leg.key == leg_key and leg.status in ("failed", "unknown"):
            leg.epoch += leg.status == "failed"
            leg.status, leg.planned_at, leg.decline = "planned", now, ""


def apply_default(state: JourneyState, attention_id: str, now: datetime) -> None:
    """Nobody came: what was said to happen then happens now. A question that found its answer has no default."""
    item = next((item for item in state.attention if item.id == attention_id), None)
    if item is None:
        return
    state.settle_attention(attention_id)
    state.audit(now, SYSTEM, "default_applied", attention_id, default=item.default)
    match item.default:
        case "approve" | "refuse":
            decide_review(state, _case(state, item.subject), item.default == "approve", now)
        case "release":
            _case(state, item.subject).held_until = None
        case "refund":
            _refund_by_default(state, item, now)
        case "retry":
            retry_leg(state, item.subject, now)
        case "wait" | "cancel":
            consent.respond_to_consent(state, item.subject, item.default, SYSTEM, now)
        case "dismiss":
            if item.kind == "not_shipped":
                state.untracked_at = now
            elif item.kind == "not_received":
                lost_parcels.close_trace(state, _parcel(state, item.subject), "dismissed", now)
        case _:
            assert_never(item.default)


def _refund_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Nobody found it, or nobody packed it again."""
    parcel = _parcel(state, item.subject)
    if item.kind == "not_received":
        refund_disputed(state, parcel, now)
        return
    if item.kind == "resend":
        lost_parcels.abandon_resend(state, parcel)
    refund_undelivered(state, parcel.parcel_id, now)


def refund_disputed(state: JourneyState, parcel: Parcel, now: datetime) -> None:
    """It was said to be delivered and is not there: what was in it is paid back, and the search has its end."""
    parcel.loss_notified = True  # by the end of the search
    lost_parcels.close_trace(state, parcel, "refunded", now)
    refund_undelivered(state, parcel.parcel_id, now)


def _parcel(state: JourneyState, parcel_id: str) -> Parcel:
    parcel = state.parcel(parcel_id)
    assert parcel is not None, f"the agenda named {parcel_id}, which is not in the state"
    return parcel


def _case(state: JourneyState, return_id: str) -> ReturnCase:
    case = state.case(return_id)
    assert case is not None, f"the agenda named {return_id}, which is not in the state"
    return case
