"""What happens when nobody answers a question in time."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, assert_never

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.orders import consent
from domain.payments.legs import retry_leg
from domain.returns.steps import decide_review
from domain.tracking.resends import abandon_resend
from domain.tracking.traces import close_trace
from domain.tracking.undelivered import refund_disputed, refund_undelivered


def attention_defaults_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Each open question has a deadline, after which its default happens."""
    for item in state.attention:
        default = ApplyDefault(attention=item.id)
        yield ScheduledAction(at=item.deadline, owner=item.owner, action=default, reason=item.kind)


class ApplyDefault(Change):
    """Close a question that was not answered in time, and do what was announced when it was opened."""

    kind: ClassVar = "apply_default"
    attention: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        item = next((item for item in state.attention if item.id == self.attention), None)
        if item is None:
            return  # an action that was due at the same time has answered it
        state.settle_attention(item.id)
        state.audit(now, SYSTEM, "default_applied", item.id, default=item.default)
        _apply_default(state, item, now)


def _apply_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    match item.default:
        case "approve" | "refuse":
            decide_review(state, state.require_case(item.subject), item.default == "approve", now)
        case "release":
            state.require_case(item.subject).held_until = None
        case "refund":
            _refund(state, item, now)
        case "retry":
            retry_leg(state, item.subject, now)
        case "wait" | "cancel":
            consent.respond_to_consent(state, item.subject, item.default, SYSTEM, now)
        case "dismiss":
            if item.kind == "not_shipped":
                state.untracked_at = now
            elif item.kind == "not_received":
                close_trace(state, state.require_parcel(item.subject), "dismissed", now)
        case _:
            assert_never(item.default)


def _refund(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    parcel = state.require_parcel(item.subject)
    if item.kind == "not_received":
        refund_disputed(state, parcel, now)
        return
    if item.kind == "resend":
        abandon_resend(state, parcel)
    refund_undelivered(state, parcel.parcel_id, now)
