"""Wall times, days without a time, and scans of other parcels: a time that is no instant is kept as reported."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import keys
from domain.model.order import Destination
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus, Scan, ScanReason, TrackingStatus, fold
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.poll_results import PollResult, apply_poll_result, is_new_information
from domain.tracking.views import parcel_view, scan_view
from tests.builders import PLACED, a_scan, a_state, an_order
from tests.domain.state_driver import StateDriver

S = ParcelStatus
DAY = timedelta(days=1)


def a_local(status: S, wall: str) -> Scan:
    at = datetime.fromisoformat(wall).replace(tzinfo=UTC)
    return a_scan(status, at, precision="local" if "T" in wall else "day", local=wall)


def parcel_after(journey: StateDriver, *scans: Scan) -> Parcel:
    """The only parcel of an order placed at 09:00 UTC on 2 March, after one update."""
    journey.ship()
    assert journey.receive_update("p1", TrackingUpdate(scans=scans))
    return journey.state.parcels[0]


def test_local_times_are_in_local_order_and_are_shown_as_sent(journey: StateDriver) -> None:  # TRK-6
    scans = [
        a_local(S.DELIVERED, "2026-03-04T15:00:00"),
        a_local(S.ATTEMPT_FAILED, "2026-03-04T09:30:00"),
        a_local(S.OUT_FOR_DELIVERY, "2026-03-04T12:10:00"),
    ]
    parcel = parcel_after(journey, *scans)
    assert [scan.status for scan in parcel.scans] == [S.ATTEMPT_FAILED, S.OUT_FOR_DELIVERY, S.DELIVERED]
    view = parcel_view(journey.state, parcel)
    assert (view.precision, view.local, view.delivered_local) == ("local", *["2026-03-04T15:00:00"] * 2)
    assert [scan_view(scan).local for scan in parcel.scans] == [scan.local for scan in parcel.scans]


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("America/Los_Angeles", "2026-03-04T20:00:00", "2026-03-05T04:00:00"),
        ("Asia/Tokyo", "2026-03-04T08:00:00", "2026-03-03T23:00:00"),
        ("America/Los_Angeles", "2026-03-04", "2026-03-04T08:00:00"),
        ("Pacific/Kiritimati", "2026-03-04", "2026-03-03T10:00:00"),
    ],
)
def test_a_delivery_at_a_wall_time_was_on_that_day_of_the_destination(zone: str, wall: str, utc: str) -> None:
    there = Destination(country="US", zone=zone, postcode="1")
    journey = StateDriver(a_state(an_order(destination=there)))
    parcel = parcel_after(journey, a_local(S.DELIVERED, wall))
    assert parcel.delivered_at == datetime.fromisoformat(utc + "Z")
    window = journey.state.window_end(parcel.delivered_at) - timedelta(
        days=journey.state.terms.policy.window + 1
    )
    assert window.date().isoformat() == wall[:10]


def test_a_declared_delivery_is_an_instant(journey: StateDriver) -> None:
    parcel = parcel_after(journey, a_local(S.IN_TRANSIT, "2026-03-04"))
    assert parcel.tracking.since is not None
    assert (parcel.tracking.since.precision, parcel.tracking.since.local) == ("day", "2026-03-04")
    parcel.declared_at = PLACED + 5 * DAY
    assert (parcel_view(journey.state, parcel).precision, parcel_view(journey.state, parcel).local) == (
        "instant",
        None,
    )


@pytest.mark.parametrize("wall", ["2026-03-02T08:30:00", "2026-03-01T22:00:00", "2026-03-02", "2026-03-01"])
def test_a_local_time_that_may_be_after_the_order_was_placed_counts_from_then(
    wall: str, journey: StateDriver
) -> None:
    parcel = parcel_after(journey, a_local(S.DELIVERED, wall))
    assert parcel.tracking.delivered is not None
    assert (parcel.delivered_at, parcel.tracking.delivered.local) == (PLACED, wall)
    assert not journey.receive_update("p1", TrackingUpdate(scans=(a_local(S.DELIVERED, wall),))), (
        "what is known is no news"
    )


@pytest.mark.parametrize(
    "scan",
    [
        a_scan(S.DELIVERED, PLACED - 400 * DAY),
        a_scan(S.DELIVERED, PLACED - DAY - timedelta(seconds=1)),
        a_scan(S.CANCELLED, PLACED - 30 * DAY),
        a_scan(S.RETURN_TO_SENDER, PLACED - 30 * DAY, action_required=True),
        a_local(S.DELIVERED, "2026-03-01T20:00:00"),
        a_local(S.DELIVERED, "2026-02-28"),
    ],
    ids=lambda scan: f"{scan.status}-{scan.at:%m-%d}",
)
@pytest.mark.scenario("S-19")
def test_scans_before_the_order_was_placed_are_kept_and_have_no_effect(
    scan: Scan, journey: StateDriver
) -> None:
    parcel = parcel_after(journey, scan)  # TRK-11
    assert (parcel.tracking, parcel.delivered_at, journey.state.delivered) == (TrackingStatus(), None, "none")
    [kept] = parcel.scans
    assert (kept.status, kept.action_required, kept.at) == (S.UNKNOWN, False, scan.at)
    assert kept.reason == ScanReason(code="before_the_order")
    journey.scan(S.DELIVERED)
    assert journey.state.delivered == "all"


def test_a_carriers_clock_may_be_a_day_behind(journey: StateDriver) -> None:
    assert parcel_after(journey, a_scan(S.DELIVERED, PLACED - DAY)).delivered_at == PLACED - DAY


def test_a_poll_and_a_webhook_read_the_times_of_a_scan_alike(journey: StateDriver) -> None:
    journey.ship()
    update = TrackingUpdate(
        scans=(a_scan(S.DELIVERED, PLACED - 400 * DAY), a_local(S.IN_TRANSIT, "2026-03-04T09:30:00"))
    )
    polled = journey.state.model_copy(deep=True)
    result = PollResult(parcel="p1", status="found", at=journey.now, update=update)
    assert is_new_information(polled, polled.parcels[0], result)
    assert apply_poll_result(polled, result, journey.now)
    assert journey.receive_update("p1", update)
    assert polled.parcels[0].scans == journey.state.parcels[0].scans
    assert not is_new_information(polled, polled.parcels[0], result)


@pytest.mark.parametrize("later", [one for one in S if one is not S.RETURN_TO_SENDER])
@pytest.mark.scenario("S-21")
def test_only_a_return_to_sender_undoes_a_delivery(later: S) -> None:  # TRK-3
    scans = [a_scan(S.DELIVERED, PLACED + DAY), a_scan(later, PLACED + 2 * DAY)]
    standing = fold(scans)
    assert (standing.status, standing.delivered_at) == (S.DELIVERED, PLACED + DAY)
    assert fold([*scans, a_scan(S.RETURN_TO_SENDER, PLACED + 3 * DAY)]).status is S.RETURN_TO_SENDER


@pytest.mark.scenario("S-19")
def test_one_event_of_two_shipments_under_one_number_is_two_events() -> None:  # TRK-2
    at = datetime(2026, 3, 4, tzinfo=UTC)
    scans = {keys.scan("SAME", day, at, "OK", None) for day in (None, date(2025, 1, 7), date(2026, 3, 3))}
    assert len(scans) == 3
