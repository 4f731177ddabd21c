"""One timeline of an order for its customer: what happened, where it stands, and what is planned, the newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant, end_of_day
from domain.journey.customer_order import CustomerOrder
from domain.journey.customer_page.arrival import PagePackage, open_follow_ups
from domain.model.scan import Precision
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.money_back import MoneyBack
from domain.returns.eligibility import ReturnableUnits
from domain.tracking.customer_parcel import ExpectedDelivery

MomentKind = Literal[
    "ordered", "scan", "delay_told", "waiting_agreed", "cancelled", "ready_to_collect", "collected", "written_off",
    "return_opened", "return_approved", "return_refused", "return_dropped_off", "money_sent",
    "arrives", "next_message", "answer_until", "search_ends", "decision_by", "return_code_ends", "money_leaves", "money_arrives",
    "return_window_ends",
]  # fmt: skip
Tense = Literal["past", "now", "future"]
MAX_PAST = 200  # the newest: a page is read by people


class PageMoment(Frozen):
    """One entry of the timeline."""

    kind: MomentKind
    """What happened or is planned."""
    tense: Tense
    """`past`; `now` for the newest thing that happened; `future` for what is planned or promised."""
    at: Instant
    """When; of a day that is not over, its end. It puts the entries in order."""
    expected: ExpectedDelivery | None
    """The date to show of what is planned as a day or a window; null where `at` says it."""
    precision: Precision
    """`instant`, `local` (a wall time without a zone) or `day`."""
    local: str | None
    """The wall time or day to show where `precision` is not `instant`."""
    about: str
    """The parcel, return or question that it is about; empty for the whole order."""
    status: str
    """Of a scan, what the carrier reported; of a delay, why; else empty."""
    place: str
    """Where, in the carrier's words; empty where it is not known."""
    amount: Money | None
    """The sum of what is about money."""
    text: str = ""
    """What the shop wrote to the customer about a refusal."""
    before: Instant | None
    """Of a date that was moved, what was promised first."""


def moments(
    state: JourneyState, order: CustomerOrder, found: tuple[PagePackage, ...]
) -> tuple[PageMoment, ...]:
    """All of them, the newest first."""
    future = sorted(_future(state, order, found), key=lambda one: one.at, reverse=True)
    past = sorted(_past(state, order), key=lambda one: (one.at, one.kind != "ordered"), reverse=True)[
        :MAX_PAST
    ]
    if past:
        past[0] = past[0].model_copy(update={"tense": "now"})
    return (*future, *past)


def _past(state: JourneyState, order: CustomerOrder) -> Iterator[PageMoment]:
    yield _moment("ordered", order.placed_at)
    for parcel in order.parcels:
        for scan in parcel.scans:
            yield _moment(
                "scan", scan.at, about=parcel.parcel, status=scan.status, place=scan.location
            ).model_copy(update={"precision": scan.precision, "local": scan.local})
        if parcel.written_off_at is not None:
            yield _moment("written_off", parcel.written_off_at, about=parcel.parcel)
    for notice in state.delay_notices:
        if notice.dropped_at is None:
            at = notice.sent_at or notice.notified_at
            yield _moment("delay_told", at, about=notice.subject, status=notice.reason)
    for consent in state.consents:
        if consent.answer == "wait" and consent.answered_at is not None:
            yield _moment("waiting_agreed", consent.answered_at, about=consent.consent_id)
    for collection in order.collections:
        if collection.ready_at is not None:
            yield _moment("ready_to_collect", collection.ready_at)
        if collection.collected_at is not None:
            yield _moment("collected", collection.collected_at)
    cancelled_at = state.cancelled_at or state.rest_cancelled_at
    if cancelled_at is not None:
        yield _moment("cancelled", cancelled_at)
    yield from _decisions(state)
    yield from _money_and_returns(order)


def _decisions(state: JourneyState) -> Iterator[PageMoment]:
    """What became of returns that were reviewed."""
    for case in state.returns:
        if case.decided_at is not None and case.decision != "in_review":
            refused = case.decision == "refused"
            kind: MomentKind = "return_refused" if refused else "return_approved"
            text = {"text": case.customer_text if refused else ""}
            yield _moment(kind, case.decided_at, about=case.number).model_copy(update=text)


def _money_and_returns(order: CustomerOrder) -> Iterator[PageMoment]:
    for case in order.returns:
        yield _moment("return_opened", case.opened_at, about=case.number)
        if case.dropped_off_at is not None:
            yield _moment("return_dropped_off", case.dropped_off_at, about=case.number)
    for paid in all_money(order):
        if paid.paid_at is not None:
            yield _moment("money_sent", paid.paid_at, amount=_with_bonus(paid))


def _future(
    state: JourneyState, order: CustomerOrder, found: tuple[PagePackage, ...]
) -> Iterator[PageMoment]:
    now = order.as_of
    for package in found:
        if package.expected is not None:
            ends = _ends(package.expected, state.zone)
            moved = package.due if ends > package.due else None
            yield _planned("arrives", ends, about=package.parcel).model_copy(
                update={"expected": package.expected, "before": moved}
            )
    for follow_up in open_follow_ups(state):
        if follow_up.due > now:
            yield _planned("next_message", follow_up.due, about=follow_up.subject)
    for question in order.questions:
        yield _planned("answer_until", question.until, about=question.subject)
    for parcel in order.parcels:
        if parcel.search_until is not None:
            yield _planned("search_ends", parcel.search_until, about=parcel.parcel)
    for told in state.date_promises:
        if told.outcome == "open" and told.kind in ("refund_decision", "review_decision") and told.due > now:
            yield _planned("decision_by", told.due)
    yield from _future_of_returns(order)
    yield from _future_of_money(state, order)
    ends_at = window_ends(state, now)
    if ends_at is not None:
        yield _planned("return_window_ends", ends_at)


def _future_of_returns(order: CustomerOrder) -> Iterator[PageMoment]:
    for case in order.returns:
        if case.status == "authorized" and case.code_state == "valid":
            yield _planned("return_code_ends", case.code_expires_at, about=case.number)
        if case.leaves_by is not None:
            yield _planned("money_leaves", case.leaves_by, about=case.number, amount=case.refund)


def _future_of_money(state: JourneyState, order: CustomerOrder) -> Iterator[PageMoment]:
    for paid in all_money(order):
        if paid.expected_by is not None:
            at = end_of_day(paid.expected_by, state.zone)
            if at > order.as_of:
                yield _planned("money_arrives", at, amount=_with_bonus(paid))


def all_money(order: CustomerOrder) -> tuple[MoneyBack, ...]:
    """What goes back for whatever reason."""
    return (*order.money, *(paid for case in order.returns for paid in case.money))


def window_ends(state: JourneyState, now: datetime) -> datetime | None:
    """Until when something that arrived can still be sent back; None where nothing can."""
    if state.cancelled_at is not None:
        return None
    units, kept = ReturnableUnits(state, now), state.terms.staying
    lines = [line.line_id for line in state.order.lines if line.line_id not in kept]
    return max((end for line in lines if (end := units.last_end(line)) is not None), default=None)


def _ends(expected: ExpectedDelivery, zone: str) -> datetime:
    if expected.at is not None:
        return expected.at
    assert expected.day is not None
    return end_of_day(expected.day, zone)


def _with_bonus(paid: MoneyBack) -> Money:
    return paid.amount + paid.bonus


def _moment(
    kind: MomentKind,
    at: datetime,
    *,
    about: str = "",
    status: str = "",
    place: str = "",
    amount: Money | None = None,
) -> PageMoment:
    return PageMoment(
        kind=kind,
        tense="past",
        at=at,
        expected=None,
        precision="instant",
        local=None,
        about=about,
        status=status,
        place=place,
        amount=amount,
        before=None,
    )


def _planned(kind: MomentKind, at: datetime, *, about: str = "", amount: Money | None = None) -> PageMoment:
    return _moment(kind, at, about=about, amount=amount).model_copy(update={"tense": "future"})
