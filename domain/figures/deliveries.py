"""Facts about deliveries: what was promised, what arrived in time, and whether a delay was announced before it broke."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.clock import local_day
from domain.figures.fact import FigureFact, duration_step
from domain.model.delay import is_unshipped
from domain.model.parcel import Parcel
from domain.model.promise import DelayNotice
from domain.model.state import JourneyState


def delivery_facts(state: JourneyState) -> Iterator[FigureFact]:
    """Of each parcel, and of goods that are in none: the promise, and how it ended. Nothing of what was cancelled."""
    for parcel in state.parcels:
        if not parcel.void:
            yield from _of_parcel(state, parcel)
    if state.cancelled_at is None:
        for subject, units in state.unshipped_by_subject().items():
            due = min(state.due_of(line) for line in units)
            yield from _of_promise(state, subject, due)


def _of_parcel(state: JourneyState, parcel: Parcel) -> Iterator[FigureFact]:
    yield from _of_promise(state, parcel.parcel_id, parcel.due, parcel)
    newest = parcel.due
    for notice in _notices(state, parcel.parcel_id, parcel):
        newest = notice.expected or newest
    shown = FigureFact(
        "date_given", parcel.parcel_id, promised_day(newest, state.zone), parcel.carrier,
        state.order.destination.country, reason="delivery",
    )  # fmt: skip
    yield shown
    if parcel.delivered_at is not None and parcel.delivered_at <= newest:
        yield shown._replace(kind="date_kept")


def _of_promise(
    state: JourneyState, subject: str, due: datetime, parcel: Parcel | None = None
) -> Iterator[FigureFact]:
    carrier = parcel.carrier if parcel else ""
    promised = FigureFact(
        "promised", subject, promised_day(due, state.zone), carrier, state.order.destination.country
    )
    yield promised
    delivered = parcel.delivered_at if parcel else None
    if delivered is not None and delivered <= due:
        yield promised._replace(kind="on_time")
        return
    in_time = [
        at
        for notice in _notices(state, subject, parcel)
        if (at := notice.sent_at or notice.notified_at) < due
    ]
    if in_time:
        lead = due - min(in_time)
        yield promised._replace(kind="warned", bucket=duration_step(lead))


def _notices(state: JourneyState, subject: str, parcel: Parcel | None) -> Iterator[DelayNotice]:
    """The delay notices that the customer got about it, those about goods that it holds now among them."""
    for notice in state.delay_notices:
        if notice.dropped_at is not None:
            continue
        about_goods = (
            parcel is not None and is_unshipped(notice.subject) and notice.notified_at < parcel.registered_at
        )
        if notice.subject == subject or about_goods:
            yield notice


def promised_day(due: datetime, zone: str) -> date:
    """The day of a promise that breaks at that instant: the end of a day belongs to the day."""
    return local_day(due - timedelta(microseconds=1), zone)
