"""The result of a poll: what of it is new, and how it changes the parcel."""

from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.recycled_numbers import read_for_order
from domain.tracking.scans import TrackingUpdated, apply_tracking_update


class PollResult(Frozen):
    """The result of one poll.

    status: `found` or `not_found` by the tracker; `retry_later`, no usable answer now; `no_account`, the merchant has none any
        more; `ended`, the parcel is not polled any more. In the last two cases the tracker was not polled.
    at: business time of the poll.
    update: what the tracker reports, for `found`.
    not_before: earliest time of the next poll, for `retry_later`.
    """

    parcel: str
    status: Literal["found", "not_found", "retry_later", "no_account", "ended"]
    at: Instant
    update: TrackingUpdate | None = None
    not_before: Instant | None = None


def is_new_information(state: JourneyState, parcel: Parcel, result: PollResult) -> bool:
    """Whether the result says something new about this parcel. That the tracker has lost it is new once."""
    polls = parcel.polling_state
    if result.status == "not_found":
        return polls.found_before and polls.gone_at is None
    if result.status != "found":
        return False
    return not polls.found_before or polls.gone_at is not None or adds_tracking_data(state, parcel, result)


def adds_tracking_data(state: JourneyState, parcel: Parcel, result: PollResult) -> bool:
    """Whether the result has a new scan or estimate."""
    update = _without_repeated_estimate(state, parcel, result.update)
    if update is None:
        return False
    read = read_for_order(update, state.order)
    return parcel.model_copy(deep=True).apply_update(read.scans, read.estimate)


def apply_poll_result(state: JourneyState, result: PollResult, now: datetime) -> bool:
    """Record the poll and merge its update; False when it changes nothing."""
    if result.status == "no_account":
        was, state.polling = state.polling, False
        return was
    parcel = state.parcel(result.parcel)
    if parcel is None or result.status == "ended":
        return False
    found_again = result.status == "found" and parcel.polling_state.gone_at is not None
    if found_again and parcel.tracking.status is not ParcelStatus.EXPIRED:
        state.settle_question("tracker_ended", parcel.parcel_id)
    _record_poll(parcel, result)
    update = _without_repeated_estimate(state, parcel, result.update)
    if update is not None:
        apply_tracking_update(state, TrackingUpdated(parcel_id=parcel.parcel_id, update=update), now)
    return True


def _record_poll(parcel: Parcel, result: PollResult) -> None:
    polls = parcel.polling_state
    changes = {
        "last_polled_at": result.at,
        "poll_count": polls.poll_count + 1,
        "not_before": result.not_before,
    }
    if result.status == "found":
        changes |= {"found_before": True, "gone_at": None}
    elif result.status == "not_found" and polls.found_before:
        changes |= {"gone_at": polls.gone_at or result.at}
    parcel.polling_state = polls.model_copy(update=changes)


def tracker_ended_at(parcel: Parcel) -> datetime | None:
    """Since when the tracker has reported nothing on a parcel that has not arrived; None while it reports (TRK-10)."""
    if not parcel.under_way:
        return None
    expired = parcel.tracking.at if parcel.tracking.status is ParcelStatus.EXPIRED else None
    return parcel.polling_state.gone_at or expired


def _without_repeated_estimate(
    state: JourneyState, parcel: Parcel, update: TrackingUpdate | None
) -> TrackingUpdate | None:
    """The update without an estimate that is known: a tracker repeats it in every poll with a new time."""
    if update is None or update.estimate is None or parcel.estimate is None:
        return update
    stated = update.estimate.at_destination(state.zone)
    repeated = (stated.at, stated.day) == (parcel.estimate.at, parcel.estimate.day)
    return update.model_copy(update={"estimate": None}) if repeated else update
