"""Notices: what a customer is told, once per key, and only if it is still true when it leaves."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant

NoticeKind = Literal[
    "delayed", "delay_corrected", "return_authorized", "return_in_review", "return_refused", "return_expired",
    "return_cancelled", "paid_back", "credit_taken_back", "order_cancelled", "rest_cancelled",
    "parcel_lost", "consent_asked", "pickup_waiting", "presumed_lost", "search_opened", "search_ended",
    "found_again", "still_watching", "made_good", "delay_choice", "digest",
]  # fmt: skip


class Notice(Frozen):
    """One message owed to the customer of the order. `subject`: the parcel, return or settlement it is about.

    `facts` are codes, dates and amounts that the text is made of, never personal data.
    """

    key: str
    kind: NoticeKind
    subject: str
    at: Instant
    details: dict[str, str | int] = {}


class AuditEntry(Frozen):
    """One line of the order's audit: who did what, when, on which facts."""

    at: Instant
    role: str
    name: str
    action: str
    subject: str = ""
    details: dict[str, str | int] = {}
