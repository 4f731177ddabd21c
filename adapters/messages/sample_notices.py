"""Sample notices: each kind with every combination of details that changes its text."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from domain.model.notice import Notice, NoticeKind
from ports.messages import MessageRecipient

SampleDetails = dict[str, str | int]

_DUE, _NEW, _SOON = "2026-03-07T00:00:00+00:00", "2026-03-10T00:00:00+00:00", "2026-03-08T09:00:00+00:00"
_MORE: SampleDetails = {"expected": _NEW, "next_update": _SOON, "attempts": 2}
REASONS = (
    "not_shipped", "no_first_scan", "no_movement", "exception", "attempt_failed", "estimate_after_promise",
    "estimate_slipped", "promise_broken", "carrier_problem",
)  # fmt: skip
_REFUND: SampleDetails = {"amount": 2400, "credit": 1200, "bonus": 120, "currency": "GBP"}
_CHOICE: SampleDetails = {"due": _DUE, "deadline": _SOON}
_COMPENSATION: SampleDetails = {"amount": 500, "currency": "EUR", "as": "store_credit"}


def _delays() -> Iterator[SampleDetails]:
    """Every reason, alone and with all optional details; and one reason of a later version."""
    for reason in (*REASONS, "of_a_later_version"):
        yield {"reason": reason, "revision": 1, "due": _DUE}
        yield {"reason": reason, "revision": 2, "due": _DUE, **_MORE}
    yield {"reason": "not_shipped", "revision": 1, "due": _DUE, "part": 1}
    yield {"reason": "attempt_failed", "revision": 1, "due": _DUE, "attempts": 1, "collect_by": _NEW}


SAMPLES: dict[NoticeKind, tuple[SampleDetails, ...]] = {
    "delayed": tuple(_delays()),
    "delay_corrected": ({"delivered_at": "2026-03-06T12:00:00+00:00"},),
    "return_authorized": ({"revision": 1},),
    "return_in_review": ({"revision": 1}, {"revision": 1, "next_update": _SOON}),
    "return_refused": ({"revision": 1}, {"revision": 1, "arrived": 1}),
    "return_expired": ({"revision": 1},),
    "return_cancelled": ({"revision": 1}, {"revision": 1, "reason": "parcel_lost"}),
    "refunded": (_REFUND, {**_REFUND, "credit": 0, "bonus": 0}, {**_REFUND, "credit": 2400}),
    "credit_reversed": (_REFUND,),
    "order_cancelled": ({},),
    "rest_cancelled": ({},),
    "parcel_lost": ({},),
    "consent_requested": ({**_CHOICE, "default_answer": "wait"}, {**_CHOICE, "default_answer": "cancel"}),
    "pickup_reminder": ({"collect_by": _NEW}, {"collect_by": _NEW, "location": "Kiosk, Main St 3", "next_update": _SOON}),
    "presumed_lost": ({"next_update": _SOON},),
    "parcel_inquiry": tuple(
        {"reason": reason, **more}
        for reason in ("never_scanned", "contents_unknown")
        for more in ({"next_update": _SOON}, {"unanswered": 1})
    ),
    "pickup_ready": ({}, {"late": 1}, {"reminder": 1}),
    "trace_opened": ({"next_update": _SOON}, {"next_update": _SOON, "unscanned": 1}),
    "trace_closed": ({"outcome": "refunded"}, {"outcome": "found"}, {"outcome": "dismissed"}, {"outcome": "unclear"}),
    "parcel_found": ({"choice": "keep"}, {"choice": "send_back"}, {}),
    "follow_up": (
        {"subject": "p1", "due": _DUE, "next_update": _SOON},
        {"subject": "p1", "due": _DUE, "expected": _NEW, "next_update": _SOON},
        {"subject": "p1", "due": _DUE, "sent_untracked": 1},
    ),
    "goodwill_issued": (
        {**_COMPENSATION, "lateness_days": 0},
        {**_COMPENSATION, "lateness_days": 1},
        {**_COMPENSATION, "lateness_days": 3},
        {**_COMPENSATION, "lateness_days": 2, "as": "refund"},
    ),
    "delay_option": (
        {**_CHOICE, "default_answer": "wait", "new_due": _NEW},
        {**_CHOICE, "default_answer": "cancel"},
    ),
    "digest": ({"count": 1}, {"count": 3}),
}  # fmt: skip


def samples() -> Iterator[Notice]:
    """All sample notices."""
    for kind in get_args(NoticeKind):
        for number, details in enumerate(SAMPLES[kind]):
            key = f"ord_sample/{kind}/{number}"
            yield Notice(
                key=key, kind=kind, subject="p1", at=datetime(2026, 3, 6, tzinfo=UTC), details=details
            )


def sample_recipient(locale: str = "en") -> MessageRecipient:
    """The recipient of the samples."""
    return MessageRecipient(
        name="Ada Lovelace",
        order_id="1001",
        zone="Europe/London",
        locale=locale.replace("_", "-"),
        brand="Acme",
        page_url="https://shop.example/orders/1001",
        unsubscribe_url="https://shop.example/unsubscribe/1001",
    )
