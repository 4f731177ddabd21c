"""Questions that are not answered in time: their defaults, per kind. The kinds are in `model/questions.py`."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.attention import AttentionItem, AttentionKind
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from domain.orders.consent import respond_by_default
from domain.orders.unanswered_messages import remind_of_message
from domain.orders.unshipped import stop_waiting_by_default
from domain.payments.claw_backs.steps import (
    collect_by_default,
    waive_claim_by_default,
    write_off_by_default,
)
from domain.payments.legs import retry_or_remind
from domain.payments.waiting_legs import waive_by_default
from domain.returns.exchange_rules import call_shop_again
from domain.returns.steps import decide_review_by_default, release_by_default
from domain.tracking.handovers import stop_waiting_for_collection
from domain.tracking.lost_parcels import stop_following_by_default
from domain.tracking.undelivered import (
    end_trace_by_default,
    refund_lost_by_default,
    refund_resend_by_default,
)

ApplyDefault = Callable[[JourneyState, AttentionItem, datetime], None]


def no_effect(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """The question is closed, and nothing else happens."""


DEFAULTS: dict[AttentionKind, ApplyDefault] = {
    "review": decide_review_by_default,
    "hold": release_by_default,
    "presumed_lost": refund_lost_by_default,
    "returned_to_sender": refund_lost_by_default,
    "not_received": end_trace_by_default,
    "resend": refund_resend_by_default,
    "parcel_found": no_effect,
    "shipped_after_cancel": no_effect,
    "carrier_claim": no_effect,
    "tracker_ended": no_effect,
    "address_bounced": no_effect,
    "payment_difference": no_effect,  # it is about no journey; its deadline is moved by the next comparison
    "unknown_parcel": no_effect,  # it is about no order; its deliveries end in the inbox
    "unknown_goods": no_effect,  # they are of no return; it ends when a person finds theirs, or what becomes of them
    "privacy_request": no_effect,  # it is about a person; it ends when their request is decided
    "withdrawal": no_effect,  # it may be about no order that is known; it ends when a person decides
    "not_shipped": stop_waiting_by_default,
    "never_scanned": stop_following_by_default,
    "contents_unknown": stop_following_by_default,
    "not_collected": stop_waiting_for_collection,
    "consent": respond_by_default,
    "unexpected_goods": no_effect,
    "goods_condition": no_effect,
    "goods_unscanned": no_effect,
    "payment_failed": retry_or_remind,
    "payment_unknown": retry_or_remind,
    "address_changed": no_effect,
    "payment_not_captured": waive_by_default,
    "refund_by_hand": no_effect,  # the leg still waits, so the question is opened again
    "action_stuck": no_effect,
    "no_goodwill_limit": no_effect,
    "refund_mismatch": no_effect,
    "refund_failed": no_effect,
    "refund_amount_unknown": no_effect,
    "refund_returned": no_effect,  # while it is owed, the question is opened again
    "refund_due": no_effect,  # while money is owed, the question is asked again
    "refund_late": no_effect,  # while it is late, the question is opened again
    "refund_amount_differs": no_effect,
    "exchange_unanswered": call_shop_again,
    "exchange_to_stop": no_effect,
    "claw_back": collect_by_default,
    "claw_back_answer": waive_claim_by_default,
    "claw_back_unpaid": write_off_by_default,
    "refund_seen_twice": no_effect,
    "bad_feedback": no_effect,
    "storefront_behind": no_effect,  # while it is behind, the sender of updates asks again
    "dispute": no_effect,  # until the dispute has ended, the question is opened again
    "dispute_refunded": no_effect,
    "dispute_units": no_effect,  # until it is known, the question is opened again
    "dispute_outcome_changed": no_effect,
    "customer_message": remind_of_message,
}
CLOSINGS: dict[AttentionKind, ApplyDefault] = {**DEFAULTS, "customer_message": no_effect}
"""What a person's closing does; only where the default asks again it is something else."""


def defaults_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Each open question has a deadline, after which its default happens."""
    for item in state.attention:
        default = CloseUnanswered(question=item.kind, subject=item.subject)
        yield ScheduledAction(at=item.deadline, owner=item.owner, action=default, reason=item.kind)


class CloseUnanswered(Change):
    """Close a question that was not answered in time, and do what its default says."""

    kind: ClassVar = "apply_default"
    question: AttentionKind
    subject: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        item = state.open_item(self.question, self.subject)
        if item is None or item.deadline > now:
            return  # an action that was due at the same time has answered it, or asked again
        state.settle_question(item.kind, item.subject)
        state.audit(now, SYSTEM, "default_applied", item.id, default=item.default)
        DEFAULTS[item.kind](state, item, now)
        state.keep_overdue(item)
