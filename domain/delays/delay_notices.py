"""Delay notices: sent when a delay is news to the customer, corrected when the parcel had arrived before."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, get_args

from domain import notice_keys
from domain.delays import follow_ups, news, reasons
from domain.model.actions import Change
from domain.model.attention import Owner
from domain.model.deadlines import ScheduledAction
from domain.model.delay import Delay, is_unshipped
from domain.model.order import Fulfilment
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState
from domain.units import units_in

MAX_WRITTEN = (
    20  # about one subject: a carrier that takes back and repeats a problem must not fill the journey
)


def delay_notices_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The delay notices to send, each at its own time. A carrier that reports nothing is a reason too (DLY-1).

    Until then the carrier may act or, for units in no parcel, the merchant.
    """
    for delay in reasons.upcoming_delays(state):
        if _written_about(state, delay.subject) >= MAX_WRITTEN:
            continue
        owner: Owner = "merchant" if is_unshipped(delay.subject) else "carrier"
        action = SendDelayNotice(delay=delay)
        yield ScheduledAction(at=delay.since, owner=owner, action=action, reason=delay.reason)


def _written_about(state: JourneyState, subject: str) -> int:
    """How many delay notices were written about the subject, with those that were dropped."""
    return sum(notice.subject == subject for notice in state.delay_notices)


class SendDelayNotice(Change):
    """Notify the customer of a delay. The notice is a revision of the promise and is sent once."""

    kind: ClassVar = "send_delay_notice"
    delay: Delay

    def apply(self, state: JourneyState, now: datetime) -> None:
        delay = self.delay
        revision = _written_about(state, delay.subject) + 1
        state.delay_notices.append(
            DelayNotice(
                subject=delay.subject,
                revision=revision,
                reason=delay.reason,
                expected=delay.expected,
                notified_at=now,
                due=delay.due,
                attempt=delay.attempt,
            )
        )
        key = notice_keys.order_notice(state.order.order, delay.subject, delay.reason, revision)
        details: dict[str, str | int] = {
            "reason": delay.reason,
            "revision": revision,
            "due": delay.due.isoformat(),
        }
        if delay.expected is not None:
            details["expected"] = delay.expected.isoformat()
        if delay.attempt:
            details["attempts"] = delay.attempt
        if is_about_a_part(state, delay.subject, delay.due):
            details["part"] = 1
        details |= follow_ups.promise(state, delay.subject, now, due=delay.expected)
        state.notify(now, key, "delayed", delay.subject, **details)


def is_about_a_part(state: JourneyState, subject: str, due: datetime) -> bool:
    """Whether the rest of the order has left already, or has a day of its own."""
    late = state.unshipped_by_subject().get(subject)
    if late is not None:
        return units_in([late]) != units_in([state.units_of(*get_args(Fulfilment))])
    parcel = state.parcel(subject)
    inside = state.possible_units(parcel) if parcel else {}
    others = (line for line in state.order.lines if line.line_id not in inside and line.expected_on)
    return any(state.due_of(line.line_id) != due for line in others)


def corrections_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The correction of a delay notice that was sent although the parcel had arrived; once a parcel (NEW-7)."""
    for notice in state.delay_notices:
        parcel = state.parcel(notice.subject)
        if parcel and parcel.parcel_id not in state.corrected and news.may_have_been_false(notice, parcel):
            yield ScheduledAction(
                at=notice.notified_at,
                owner="system",
                action=SendCorrection(parcel_id=parcel.parcel_id),
                reason="false_delay_notice",
            )
            return


class SendCorrection(Change):
    """Correct a false delay notice and end the follow-up that it promised."""

    kind: ClassVar = "send_correction"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        parcel = state.require_parcel(self.parcel_id)
        state.corrected.append(parcel.parcel_id)
        follow_ups.expire(state, parcel.parcel_id, now)
        assert parcel.delivered_at is not None
        key = notice_keys.order_notice(state.order.order, parcel.parcel_id, "delay_corrected", 1)
        at = parcel.delivered_at.isoformat()
        state.notify(now, key, "delay_corrected", parcel.parcel_id, delivered_at=at)
