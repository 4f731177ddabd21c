"""Notices to customers: each is sent once per key, and only if it is still true when it leaves."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant

NoticeKind = Literal[
    "delayed", "delay_corrected", "return_authorized", "return_in_review", "return_refused", "return_expired",
    "return_cancelled", "refunded", "credit_reversed", "order_cancelled", "rest_cancelled",
    "parcel_lost", "consent_requested", "pickup_reminder", "presumed_lost", "trace_opened", "trace_closed",
    "parcel_found", "parcel_inquiry", "parcel_returning", "pickup_ready", "follow_up", "goodwill_issued", "credit_expiring",
    "delay_option",
    "exchange_confirmed", "exchange_waiting", "exchange_held", "exchange_sent", "exchange_ended",
    "claw_back_notice", "claw_back_answered", "claw_back_netted", "claw_back_payment", "claw_back_closed",
    "reply", "digest", "shipped", "out_for_delivery", "delivered", "refund_late", "refund_returned", "refund_held",
    "money_promised", "date_broken",
    "refund_declined", "order_link", "goods_disputed", "withdrawal_received",
]  # fmt: skip


ProgressKind = Literal["shipped", "out_for_delivery", "delivered"]
"""A notice that reports that all goes well with a parcel. A merchant has to want it."""


class Notice(Frozen):
    """One message to the customer of the order that is still to be sent.

    subject: the parcel, return or settlement that it is about.
    details: codes, dates and amounts from which the text is made, never personal data.
    """

    key: str
    kind: NoticeKind
    subject: str
    at: Instant
    details: dict[str, str | int] = {}


class AuditEntry(Frozen):
    """One line of the order's audit: who did what, when, on which facts."""

    at: Instant
    """Business time."""
    role: str
    """The role that acted; `system` for the journey itself."""
    name: str
    """The name of the key, person or process that acted."""
    action: str
    """What was done."""
    subject: str = ""
    """What it was done to."""
    details: dict[str, str | int] = {}
    """The facts, by name."""
