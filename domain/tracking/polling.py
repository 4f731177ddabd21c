"""Polling: which parcels are polled at their carriers' trackers, when, and with which request (TRK-8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking import poll_schedule

TrackerSource = Literal["easypost", "aftership"]


class PollRequest(Frozen):
    """Poll a carrier's tracker about one parcel.

    found_before: the tracker has found the parcel in an earlier poll.
    sandbox: the merchant's time is advanced by command, and `not_before` is the current time.
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


def polled_parcels(state: JourneyState) -> list[Parcel]:
    """Parcels under way of an open order whose merchant has an account at a tracking service."""
    if not state.polling or state.cancelled_at is not None or state.closed_at is not None:
        return []
    return [parcel for parcel in state.parcels if parcel.under_way]


def next_poll_at(state: JourneyState, parcel: Parcel) -> datetime:
    """When this parcel is polled next, by the polls that are recorded."""
    polls = parcel.polling_state
    seed = f"{state.order.merchant}/{state.order.order}/{parcel.parcel_id}/{polls.poll_count}"
    at = poll_schedule.next_poll_after(parcel, polls.last_polled_at or parcel.registered_at, seed)
    at = poll_schedule.next_full_hour(at) if state.clock is not None else at
    return max(at, polls.not_before) if polls.not_before else at


def scheduled_polls(state: JourneyState) -> Iterator[tuple[datetime, str]]:
    """Time and parcel of each next poll on a sandbox clock. In real time an activity polls by itself."""
    if state.clock is not None:
        for parcel in polled_parcels(state):
            yield next_poll_at(state, parcel), parcel.parcel_id


def poll_request(state: JourneyState, parcel: Parcel) -> PollRequest:
    """The request for this parcel's next poll."""
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
