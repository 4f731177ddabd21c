"""Looking after parcels: which are looked at, when, what a look brought, and whether that is news (TRK-8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.tracking_update import TrackingUpdate
from domain.tracking import poll_schedule, scans
from domain.tracking.recycled_numbers import read_for_order
from domain.tracking.scans import TrackingUpdated

TrackerSource = Literal["easypost", "aftership"]


class PollRequest(Frozen):
    """Poll a carrier's tracker about one parcel.

    found_before: the tracker has found the parcel in an earlier poll.
    sandbox: the merchant's time is moved by command, and `not_before` is where it stands.
    not_before: business time before which the tracker is not polled.
    """

    merchant: str
    order: str
    parcel: str
    carrier: str
    tracking_number: str
    found_before: bool = False
    sandbox: bool = False
    not_before: Instant


class PollResult(Frozen):
    """What a poll came to.

    status: `found` or `not_found` by the tracker; `retry_later`, no usable answer now; `no_account`, the merchant has none any
    more; `ended`, the parcel is not polled any more. In the last two cases the tracker was not asked.
    at: business time of the poll.
    update: what the tracker reports, for `found`.
    not_before: earliest time of the next poll, for `retry_later`.
    """

    parcel: str
    status: Literal["found", "not_found", "retry_later", "no_account", "ended"]
    at: Instant
    update: TrackingUpdate | None = None
    not_before: Instant | None = None


def polled_parcels(state: JourneyState) -> list[Parcel]:
    """Parcels whose trackers we ask by ourselves: under way, of a merchant with an account for that."""
    if not state.polling or state.cancelled_at is not None or state.closed_at is not None:
        return []
    return [parcel for parcel in state.parcels if parcel.under_way]


def next_poll_at(state: JourneyState, parcel: Parcel) -> datetime:
    """When this parcel is looked at next, by the looks that are written down."""
    looks = parcel.polling_state
    turn = f"{state.order.merchant}/{state.order.order}/{parcel.parcel_id}/{looks.poll_count}"
    at = poll_schedule.next_poll_after(parcel, looks.last_polled_at or parcel.registered_at, turn)
    at = poll_schedule.next_full_hour(at) if state.clock is not None else at
    return max(at, looks.not_before) if looks.not_before else at


def scheduled_polls(state: JourneyState) -> Iterator[tuple[datetime, str]]:
    """When which parcel is looked at next, where nobody waits in real time."""
    if state.clock is not None:
        for parcel in polled_parcels(state):
            yield next_poll_at(state, parcel), parcel.parcel_id


def poll_request(state: JourneyState, parcel: Parcel) -> PollRequest:
    return PollRequest(
        merchant=state.order.merchant,
        order=state.order.order,
        parcel=parcel.parcel_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        found_before=parcel.polling_state.found_before,
        sandbox=state.clock is not None,
        not_before=state.clock or next_poll_at(state, parcel),
    )


def is_new_information(state: JourneyState, parcel: Parcel, result: PollResult) -> bool:
    """Whether the poll reports something about this parcel that is not known yet. That the tracker lost it is new once."""
    polls = parcel.polling_state
    if result.status == "not_found":
        return polls.found_before and polls.gone_at is None
    if result.status != "found":
        return False
    return not polls.found_before or polls.gone_at is not None or adds_tracking_data(state, parcel, result)


def adds_tracking_data(state: JourneyState, parcel: Parcel, result: PollResult) -> bool:
    """Whether the poll found a scan or an estimate that is not known yet."""
    update = _without_repeated_estimate(parcel, result.update)
    if update is None:
        return False
    read = read_for_order(update, state.order)
    return parcel.model_copy(deep=True).apply_update(read.scans, read.estimate)


def apply_poll_result(state: JourneyState, result: PollResult, now: datetime) -> bool:
    """Take in what a look came to; false when it changes nothing."""
    if result.status == "no_account":
        was, state.polling = state.polling, False
        return was
    parcel = state.parcel(result.parcel)
    if parcel is None or result.status == "ended":
        return False
    fresh = {
        "last_polled_at": result.at,
        "poll_count": parcel.polling_state.poll_count + 1,
        "not_before": result.not_before,
    }
    if result.status == "found":
        fresh |= {"found_before": True, "gone_at": None}
        if parcel.polling_state.gone_at is not None and parcel.tracking.status is not ParcelStatus.EXPIRED:
            state.settle_question("tracker_ended", parcel.parcel_id)
    elif result.status == "not_found" and parcel.polling_state.found_before:
        fresh |= {"gone_at": parcel.polling_state.gone_at or result.at}
    parcel.polling_state = parcel.polling_state.model_copy(update=fresh)
    update = _without_repeated_estimate(parcel, result.update)
    if update is not None:
        scans.apply_tracking_update(state, TrackingUpdated(parcel_id=parcel.parcel_id, update=update), now)
    return True


def tracker_ended_at(parcel: Parcel) -> datetime | None:
    """Since when the carrier has stopped telling of a parcel that has not arrived; None while it tells (TRK-10)."""
    if not parcel.under_way:
        return None
    expired = parcel.tracking.at if parcel.tracking.status is ParcelStatus.EXPIRED else None
    return parcel.polling_state.gone_at or expired


def _without_repeated_estimate(parcel: Parcel, update: TrackingUpdate | None) -> TrackingUpdate | None:
    """The update without an estimate that is known: a tracker repeats it in every poll with a new time."""
    if update is None or update.estimate is None or parcel.estimate is None:
        return update
    repeated = (update.estimate.at, update.estimate.day) == (parcel.estimate.at, parcel.estimate.day)
    return update.model_copy(update={"estimate": None}) if repeated else update
