"""Doing: how each deed changes the state. After it the same deed is not due again."""

from datetime import datetime
from typing import assert_never

from domain.actors import SYSTEM
from domain.delays import delay_notices
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
from domain.model.state import JourneyState
from domain.orders import consent
from domain.payments import goodwill
from domain.payments.retry import retry_leg
from domain.returns.steps import decide_review, expire_return, plan_return, write_off_goods
from domain.tracking import lost_parcels
from domain.tracking.undelivered import plan_undelivered, refund_disputed, refund_undelivered


def apply(state: JourneyState, action: Change, now: datetime) -> None:
    """Make the change."""
    match action:
        case SendDelayNotice():
            delay_notices.send_delay_notice(state, action.delay, now)
        case SendCorrection():
            delay_notices.send_correction(state, state.require_parcel(action.subject), now)
        case RecordLeadTimeTrial():
            state.lead_time_trials.append(action.trial.model_copy(update={"since": now}))
        case SendFollowUp():
            delay_notices.send_follow_up(state, action.subject, now)
        case SendPickupReminder():
            delay_notices.send_pickup_reminder(state, state.require_parcel(action.parcel_id), now)
        case OfferDelayOption():
            consent.offer_delay_option(state, now)
        case IssueGoodwill():
            goodwill.issue_goodwill(state, now)
        case OpenCarrierClaim():
            lost_parcels.open_carrier_claim(state, state.require_parcel(action.parcel_id), now)
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
        state.require_parcel(item.subject).tracker_end_raised_at = now
    asked = item.model_copy(update={"opened_at": now, "deadline": deadline})
    state.open_attention(asked)
    state.audit(now, SYSTEM, "attention_opened", item.id)
    if asked.kind == "presumed_lost":
        lost_parcels.notify_presumed_lost(state, state.require_parcel(asked.subject), asked, now)


def apply_default(state: JourneyState, attention_id: str, now: datetime) -> None:
    """Nobody came: what was said to happen then happens now. A question that found its answer has no default."""
    item = next((item for item in state.attention if item.id == attention_id), None)
    if item is None:
        return
    state.settle_attention(attention_id)
    state.audit(now, SYSTEM, "default_applied", attention_id, default=item.default)
    match item.default:
        case "approve" | "refuse":
            decide_review(state, state.require_case(item.subject), item.default == "approve", now)
        case "release":
            state.require_case(item.subject).held_until = None
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
                lost_parcels.close_trace(state, state.require_parcel(item.subject), "dismissed", now)
        case _:
            assert_never(item.default)


def _refund_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Nobody found it, or nobody packed it again."""
    parcel = state.require_parcel(item.subject)
    if item.kind == "not_received":
        refund_disputed(state, parcel, now)
        return
    if item.kind == "resend":
        lost_parcels.abandon_resend(state, parcel)
    refund_undelivered(state, parcel.parcel_id, now)
