"""Sample notices: each kind with every combination of details that changes its text."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

from domain.model.notice import Notice, NoticeKind
from domain.model.scan import ParcelStatus
from ports.messages import MessageRecipient

SampleDetails = dict[str, str | int]

_DUE, _NEW, _SOON = "2026-03-07T00:00:00+00:00", "2026-03-10T00:00:00+00:00", "2026-03-08T09:00:00+00:00"
_MORE: SampleDetails = {"expected": _NEW, "next_update": _SOON, "attempts": 2}
REASONS = (
    "not_shipped", "no_first_scan", "no_movement", "exception", "attempt_failed", "estimate_after_promise",
    "estimate_slipped", "promise_broken",
)  # fmt: skip
_REFUND: SampleDetails = {"amount": 2400, "credit": 1200, "bonus": 120, "currency": "GBP"}
_CHOICE: SampleDetails = {"due": _DUE, "deadline": _SOON}
_NO_MORE: SampleDetails = {}
_AWAITED: SampleDetails = {"awaited": 1}
_CLAIM: SampleDetails = {
    "amount": 2400, "currency": "GBP", "units": 1, "return": "R-7KQ2M4XR", "received_at": _DUE, "deadline": _NEW,
}  # fmt: skip
_REST: SampleDetails = {"amount": 2400, "currency": "GBP", "rest": 1400, "deadline": _NEW}
_COMPENSATION: SampleDetails = {"amount": 500, "currency": "EUR", "as": "store_credit"}


def _delays() -> Iterator[SampleDetails]:
    """Every reason, alone and with all optional details; and one reason of a later version."""
    for reason in (*REASONS, "of_a_later_version"):
        yield {"reason": reason, "revision": 1, "due": _DUE}
        yield {"reason": reason, "revision": 2, "due": _DUE, **_MORE}
        yield {"reason": reason, "revision": 2, "due": _DUE, "late": 1}
    yield {"reason": "exception", "revision": 1, "due": _DUE, "action": 1}
    yield {"reason": "not_shipped", "revision": 1, "due": _DUE, "part": 1}


def _follow_ups() -> Iterator[SampleDetails]:
    """Without news, and with each news, of a parcel and of an order that has not shipped."""
    yield {"due": _DUE, "next_update": _SOON}
    yield {"due": _DUE, "expected": _NEW}
    yield {"due": _DUE, "unshipped": 1}
    yield {"due": _DUE, "unshipped": 1, "part": 1}
    yield {"due": _DUE, "unshipped": 1, "news": "partly_shipped"}
    yield {"due": _DUE, "sent_untracked": 1}
    for status in ParcelStatus:
        yield {"due": _DUE, "news": str(status), "status": str(status), "next_update": _SOON}
    for status in (ParcelStatus.ATTEMPT_FAILED, ParcelStatus.AVAILABLE_FOR_PICKUP):
        yield {"due": _DUE, "status": str(status), "next_update": _SOON}
    yield {"due": _DUE, "status": "exception", "action": 1, "next_update": _SOON}


def _payments(details: SampleDetails, *more: str) -> Iterator[SampleDetails]:
    """With each payment that a letter may report."""
    for payment in ("due", "paid", "none", *more):
        yield {**details, "payment": payment}


def _ends() -> Iterator[SampleDetails]:
    """A claim that has ended in each way of which a letter tells."""
    for end in ("paid", "written_off", "waived", "accepted", "goods_arrived", "not_owed", "withdrawn"):
        yield {"amount": 2400, "currency": "GBP", "end": end}


def _new_goods() -> Iterator[SampleDetails]:
    """A claim for goods that were exchanged, on each ground."""
    for ground in ("rejected", "incomplete", "never_arrived", "lost_after_scan"):
        yield {**_CLAIM, "ground": ground, "exchanged": 1}


SAMPLES: dict[NoticeKind, tuple[SampleDetails, ...]] = {
    "delayed": tuple(_delays()),
    "delay_corrected": ({"delivered_at": "2026-03-06T12:00:00+00:00"},),
    "return_authorized": (
        {"revision": 1, "code_expires": _NEW},
        {"revision": 1, "mail": 1},
        {"revision": 1, "free": 1, "code_expires": _NEW},
        *(
            {"revision": 1, "code_expires": _NEW, "amount": 2400, "currency": "GBP", "pay_on": pay_on, **credit}
            for pay_on in ("drop_off", "sent", "receipt")
            for credit in ({}, {"credit": 120})
        ),
        {"revision": 1, "exchange": 1, "code_expires": _NEW},
        {
            "revision": 1, "code_expires": _NEW, "currency": "GBP",
            "bonus_1": 120, "bonus_1_until": _NEW, "bonus_2": 60, "bonus_2_until": _NEW,
        },
    ),
    "exchange_confirmed": (
        {"articles": "Mug, blue", "awaited": 1},
        {"articles": "Mug, blue"},
        {"articles": "Mug, blue", "to_pay": 500, "currency": "GBP", "pay_by": _SOON},
    ),
    "exchange_waiting": ({"articles": "Mug, blue", "until": _NEW},),
    "exchange_held": ({"articles": "Mug, blue", "until": _NEW},),
    "exchange_sent": ({"articles": "Mug, blue", "due": _NEW}, {"articles": "Mug, blue"}),
    "exchange_ended": tuple(
        {"articles": "Mug, blue", "why": why, "as": paid, **more}
        for why in ("out_of_stock", "not_paid", "reservation_ended", "refused_by_the_shop")
        for paid in ("refund", "store_credit")
        for more in (_NO_MORE, _AWAITED, {**_AWAITED, "paid_back": 1})
    ),
    "reply": ({"text": "Dear customer,\nthe lamp is in stock again."},),
    "order_link": ({"minutes": 30},),
    "withdrawal_received": (
        {"text": "I withdraw from the contract about order 1001.\nAda Lovelace", "received": _DUE, "zone": "Europe/London"},
    ),
    "return_in_review": ({"revision": 1}, {"revision": 1, "deadline": _NEW}),
    "goods_disputed": tuple(
        {"return": "R-7KQ2M4XR", "received_at": _DUE, "units": units, "deadline": _NEW} for units in (1, 3)
    ),
    "money_promised": ({"due": _NEW},),
    "date_broken": (
        {"about": "money_leaves", "promised": _DUE, "due": _NEW},
        {"about": "money_arrives", "promised": _DUE, "due": _NEW, "amount": 2400, "currency": "GBP"},
        {"about": "refund_decision", "promised": _DUE, "due": _NEW, "amount": 2400, "currency": "GBP"},
        {"about": "review_decision", "promised": _DUE, "due": _NEW},
        {"about": "money_leaves", "promised": _DUE, "withdrawn": 1},
    ),
    "return_refused": (
        {"revision": 1},
        {"revision": 1, "handed_over": 1},
        {"revision": 1, "arrived": 1},
        {"revision": 1, "text": "The seal of the box is broken, so we cannot sell it again."},
    ),
    "return_expired": ({"revision": 1}, {"revision": 1, "mail": 1}),
    "return_cancelled": (
        {"revision": 1},
        {"revision": 1, "handed_over": 1},
        *_payments({"revision": 1, "reason": "parcel_lost"}, "resent"),
    ),
    "refunded": (
        _REFUND,
        {**_REFUND, "credit": 0, "bonus": 0},
        {**_REFUND, "credit": 0, "bonus": 120, "expires": "2027-03-02T09:00:00+00:00"},
        {**_REFUND, "credit": 0, "bonus": 0, "statement_by": "2026-03-20T00:00:00+00:00"},
        {**_REFUND, "credit": 0, "bonus": 0, "accepted": 2400, "statement_by": "2026-03-20T00:00:00+00:00"},
        {**_REFUND, "credit": 2400},
        {**_REFUND, "credit": 2400, "expires": "2027-03-02T09:00:00+00:00"},
    ),
    "credit_reversed": (_REFUND,),
    "refund_held": ({"amount": 2400, "currency": "GBP"},),
    "refund_declined": (
        {"amount": 2400, "currency": "GBP"},
        {"amount": 2400, "currency": "GBP", "deadline": _SOON},
    ),
    "refund_late": ({"amount": 2400, "currency": "GBP"},),
    "refund_returned": (
        {"amount": 2400, "currency": "GBP"},
        {"amount": 2400, "currency": "GBP", "deadline": _SOON},
    ),
    "claw_back_notice": (
        {**_CLAIM, "ground": "rejected"},
        {**_CLAIM, "ground": "incomplete"},
        *_new_goods(),
        {"amount": 2400, "currency": "GBP", "units": 2, "return": "R-7KQ2M4XR", "ground": "never_arrived", "deadline": _NEW},
        {"amount": 2400, "currency": "GBP", "units": 1, "return": "R-7KQ2M4XR", "ground": "lost_after_scan", "deadline": _NEW},
        {"amount": 2400, "currency": "GBP", "units": 1, "ground": "parcel_arrived", "deadline": _NEW, "received_at": _DUE},
    ),
    "claw_back_answered": tuple(
        {"amount": 2400, "currency": "GBP", "outcome": outcome, **when}
        for outcome in ("answered", "sending", "rejected")
        for when in ({"deadline": _NEW}, {})
    ),
    "claw_back_netted": ({"amount": 2400, "currency": "GBP", "credit": 2400},),
    "claw_back_payment": (
        {**_REST, "pay_url": "https://pay.example/p/1"},
        {**_REST, "credit": 1000, "pay_url": "https://pay.example/p/1"},
        _REST,
    ),
    "claw_back_closed": (
        *_ends(),
        {"amount": 2400, "currency": "GBP", "end": "goods_arrived", "credit": 1000},
    ),
    "order_cancelled": (
        *_payments({}),
        *_payments({"rest": 1}),
        {"payment": "due", "left": 1},
    ),
    "rest_cancelled": (
        *_payments({}),
        {"payment": "due", "under_way": 1},
        {"payment": "due", "some": 1},
    ),
    "parcel_lost": tuple(_payments({}, "return")),
    "consent_requested": ({**_CHOICE, "default_answer": "wait"}, {**_CHOICE, "default_answer": "cancel"}),
    "pickup_reminder": ({"collect_by": _NEW}, {"collect_by": _NEW, "location": "Kiosk, Main St 3"}),
    "presumed_lost": ({"next_update": _SOON},),
    "parcel_inquiry": (
        {"reason": "never_scanned", "next_update": _SOON},
        {"reason": "never_scanned", "unanswered": 1},
        {"reason": "contents_unknown", "next_update": _SOON},
        {"reason": "contents_unknown", "unanswered": 1},
    ),
    "parcel_returning": ({"deadline": _SOON},),
    "pickup_ready": ({}, {"late": 1}, {"reminder": 1}),
    "trace_opened": ({"next_update": _SOON}, {"unscanned": 1}),
    "trace_closed": (
        *_payments({"outcome": "refunded"}, "return"),
        {"outcome": "found"},
        {"outcome": "dismissed"},
        {"outcome": "unclear"},
    ),
    "parcel_found": ({"choice": "keep"}, {"choice": "send_back"}, {}),
    "follow_up": tuple(_follow_ups()),
    "goodwill_issued": (
        {**_COMPENSATION, "lateness_days": 0},
        {**_COMPENSATION, "lateness_days": 1},
        {**_COMPENSATION, "lateness_days": 3},
        {**_COMPENSATION, "lateness_days": 2, "as": "refund"},
        {**_COMPENSATION, "money": 1},
    ),
    "credit_expiring": ({"amount": 240, "currency": "GBP", "expires": _NEW},),
    "delay_option": (
        {**_CHOICE, "default_answer": "wait", "new_due": _NEW},
        {**_CHOICE, "default_answer": "cancel"},
    ),
    "shipped": (
        {"carrier": "UPS", "number": "1Z999AA10123456784", "expected": _NEW},
        {"part": 1},
    ),
    "out_for_delivery": (
        {"carrier": "UPS", "number": "1Z999AA10123456784"},
        {"part": 1},
    ),
    "delivered": tuple(
        {"delivered_at": _DUE, **more} for more in ({}, {"part": 1}, {"collected": 1}, {"collected": 1, "part": 1})
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


def letter_samples() -> dict[NoticeKind, list[Notice]]:
    """The sample notices by what they tell."""
    found: dict[NoticeKind, list[Notice]] = {}
    for notice in samples():
        found.setdefault(notice.kind, []).append(notice)
    return found


def sample_recipient(locale: str = "en") -> MessageRecipient:
    """The recipient of the samples."""
    return MessageRecipient(
        name="Ada Lovelace",
        order_id="1001",
        zone="Europe/London",
        locale=locale.replace("_", "-"),
        brand="Acme",
        page_url="https://shop.example/orders/1001",
        order_url="https://shop.example/o/1001",
        preferences_url="https://shop.example/o/1001/preferences",
        unsubscribe_url="https://shop.example/unsubscribe/1001",
    )
