"""Attention items: what waits for a person, until when, and what happens without an answer."""

from datetime import datetime
from typing import Literal, TypedDict

from domain import keys
from domain.base import Frozen
from domain.clock import Instant

AttentionKind = Literal[
    "review", "hold", "presumed_lost", "returned_to_sender", "payment_failed", "payment_unknown", "not_shipped",
    "unexpected_goods", "parcel_found", "shipped_after_cancel", "consent", "refund_mismatch",
    "refund_amount_unknown",
    "not_received", "resend", "carrier_claim", "tracker_ended", "action_stuck", "no_goodwill_limit",
    "payment_not_captured", "address_changed", "refund_by_hand",
    "goods_condition", "never_scanned", "refund_failed", "contents_unknown", "not_collected", "unknown_parcel",
    "address_bounced", "payment_difference", "refund_returned", "refund_late", "refund_amount_differs",
    "refund_due",
    "exchange_unanswered", "exchange_to_stop",
    "claw_back", "claw_back_answer", "claw_back_unpaid",
    "storefront_behind", "refund_seen_twice", "bad_feedback",
    "dispute", "dispute_refunded", "dispute_units", "dispute_outcome_changed", "customer_message",
    "privacy_request", "unknown_goods", "goods_unscanned", "withdrawal",
]  # fmt: skip
PARCEL_QUESTIONS: tuple[AttentionKind, ...] = (
    "presumed_lost", "returned_to_sender", "parcel_found", "not_received", "tracker_ended", "never_scanned",
    "contents_unknown",
)  # fmt: skip
AttentionDefault = Literal[
    "approve", "refuse", "release", "refund", "retry", "remind", "dismiss", "wait", "cancel", "collect", "waive",
    "write_off",
]  # fmt: skip
Owner = Literal["customer", "agent", "finance", "warehouse", "partner", "carrier", "merchant", "system"]


class AttentionItem(Frozen):
    """One open question. There is one per kind and subject."""

    kind: AttentionKind
    """What is asked."""
    subject: str
    """The return, parcel, leg or order that it is about."""
    owner: Owner
    """The role that decides."""
    opened_at: Instant
    """Since when it is open."""
    deadline: Instant
    """Until when it may be decided."""
    default: AttentionDefault
    """What happens by itself at the deadline."""
    overdue_since: Instant | None = None
    """Of a question that was asked again because no answer came: its first deadline; else null."""

    @property
    def due(self) -> datetime:
        """Until when it was to be decided: its first deadline, however often it was asked again."""
        return self.overdue_since or self.deadline

    @property
    def id(self) -> str:
        return keys.question(self.kind, self.subject)


class GivenTerms(TypedDict, total=False):
    """Terms of one question that differ from its row in the table, or that the table leaves open."""

    deadline: datetime
    default: AttentionDefault
    owner: Owner
