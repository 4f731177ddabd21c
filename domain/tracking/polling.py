"""Looking after parcels: which are looked at, when, what a look brought, and whether that is news (TRK-8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.tracking import poll_schedule, scans
from domain.tracking.scans import ParcelUpdate

TrackerSource = Literal["easypost", "aftership"]


class PollRequest(Frozen):
    """Ask a carrier's tracker about one parcel, not before that business time. `found_before`: it has known the parcel before.

    `sandbox`: the merchant's time is moved by command, and `not_before` is where it stands. `placed_at`, `zone`: of the
    order, as what a tracker saw before is another parcel's and wall times are read at the destination.
    """

    merchant: str
    order: str
    parcel: str
    carrier: str
    tracking_number: str
    shipped_on: str | None = None
    found_before: bool = False
    sandbox: bool = False
    not_before: Instant
    placed_at: Instant
    zone: str


class PollResult(Frozen):
    """What a look came to. `status`: the tracker has `found` it, does not know it (`not_found`), wants us to come later
    (`retry_later`); or no request was made:

    `no_account` of this merchant any more, or the parcel is `ended`. `update`: what was seen. `at`: business time.
    """

    parcel: str
    status: Literal["found", "not_found", "retry_later", "no_account", "ended"]
    at: Instant
    update: ParcelUpdate | None = None
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
        shipped_on=parcel.shipped_on.isoformat() if parcel.shipped_on else None,
        found_before=parcel.polling_state.found_before,
        sandbox=state.clock is not None,
        not_before=state.clock or next_poll_at(state, parcel),
        placed_at=state.order.placed_at,
        zone=state.zone,
    )


def is_new_information(parcel: Parcel, result: PollResult) -> bool:
    """Does the look tell what this parcel does not know yet? That it is gone is news once."""
    if result.status == "not_found":
        return parcel.polling_state.found_before and parcel.polling_state.gone_at is None
    if result.status != "found":
        return False
    return (
        not parcel.polling_state.found_before
        or parcel.polling_state.gone_at is not None
        or adds_tracking_data(parcel, result)
    )


def adds_tracking_data(parcel: Parcel, result: PollResult) -> bool:
    """Was a scan or an estimate seen that nobody has told us of?"""
    report = _without_repeated_estimate(parcel, result.update)
    return report is not None and parcel.model_copy(deep=True).apply_update(report.scans, report.estimate)


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
    report = _without_repeated_estimate(parcel, result.update)
    if report is not None:
        scans.apply_tracking_update(state, report, now)
    return True


def tracker_ended_at(parcel: Parcel) -> datetime | None:
    """Since when the carrier has stopped telling of a parcel that has not arrived; None while it tells (TRK-10)."""
    if not parcel.under_way:
        return None
    expired = parcel.tracking.at if parcel.tracking.status is ParcelStatus.EXPIRED else None
    return parcel.polling_state.gone_at or expired


def _without_repeated_estimate(parcel: Parcel, update: ParcelUpdate | None) -> ParcelUpdate | None:
    """The report without an estimate that says what we know: a tracker repeats it at every look with a new time."""
    known, told = parcel.estimate, update.estimate if update else None
    if update is None or known is None or told is None or (told.at, told.day) != (known.at, known.day):
        return update
    return update.model_copy(update={"estimate": None})
