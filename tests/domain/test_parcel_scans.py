"""Carriers report late, twice and in any order; a parcel's status does not depend on that."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.model.parcel import Estimate, Parcel
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus, Scan, ScanReason, TrackingStatus, fold
from tests.builders import PLACED, a_scan, a_state
from tests.domain.state_driver import SENIOR, StateDriver, reasons

S = ParcelStatus
DAY = timedelta(days=1)


@st.composite
def scans(draw: st.DrawFn) -> Scan:
    """Few times, places and offsets, so that ties and repetitions of one event are common."""
    status = draw(st.sampled_from(list(S)))
    hours = draw(st.integers(0, 6))
    zone = timezone(timedelta(hours=draw(st.sampled_from([-7, 0, 9]))))
    reason = draw(st.sampled_from([None, ScanReason(code="weather"), ScanReason(code="customs")]))
    at = (PLACED + timedelta(hours=hours)).astimezone(zone)
    key = draw(st.sampled_from([f"{status}/{hours}", "one-key"]))
    return Scan(key=key, at=at, status=status, reason=reason)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    reported = PLACED + timedelta(hours=draw(st.integers(0, 3)))
    return Estimate(reported_at=reported, at=PLACED + timedelta(days=draw(st.integers(1, 4))))


@pytest.mark.scenario("S-11", "S-12", "S-101")
@given(st.lists(scans(), max_size=8), st.data())
def test_every_order_and_repetition_of_scans_folds_to_one_status(
    reported: list[Scan], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(reported), max_size=4)) if reported else []
    shuffled = data.draw(st.permutations([*reported, *again]))
    assert fold(shuffled) == fold(reported)


@pytest.mark.scenario("S-16", "S-101")
@given(st.lists(st.tuples(st.lists(scans(), max_size=3), st.none() | estimates()), max_size=5), st.data())
def test_updates_in_any_batches_and_order_come_to_the_same_parcel(
    messages: list[tuple[list[Scan], Estimate | None]], data: st.DataObject
) -> None:
    one, other = parcel_after(messages), parcel_after(data.draw(st.permutations(messages)))
    assert (one.tracking, one.scans, one.estimate) == (other.tracking, other.scans, other.estimate)
    assert one.tracking == fold(scan for batch, _ in messages for scan in batch)
    for batch, estimate in messages:
        assert not one.apply_update(batch, estimate), "what is known is no news"


def parcel_after(messages: list[tuple[list[Scan], Estimate | None]]) -> Parcel:
    parcel = Parcel(
        parcel_id="p1",
        carrier="ups",
        tracking_number="T1",
        units={},
        registered_at=PLACED,
        due=PLACED + 4 * DAY,
    )
    for batch, estimate in messages:
        parcel.apply_update(batch, estimate)
    return parcel


def folded(*reported: tuple[S, int]) -> TrackingStatus:
    return fold(a_scan(status, PLACED + timedelta(hours=hours)) for status, hours in reported)


@pytest.mark.scenario("S-10", "S-11")
def test_a_parcel_is_delivered_at_the_time_of_the_first_delivering_scan() -> None:
    standing = folded((S.IN_TRANSIT, 1), (S.DELIVERED, 5), (S.DELIVERED, 9))
    assert (standing.status, standing.delivered_at) == (S.DELIVERED, PLACED + timedelta(hours=5))


@pytest.mark.parametrize(
    ("reported", "status"),
    [
        ([], S.UNKNOWN),
        ([(S.UNKNOWN, 1)], S.UNKNOWN),
        ([(S.IN_TRANSIT, 1), (S.UNKNOWN, 2)], S.IN_TRANSIT),
        ([(S.OUT_FOR_DELIVERY, 4), (S.IN_TRANSIT, 2)], S.OUT_FOR_DELIVERY),
        ([(S.IN_TRANSIT, 2), (S.PRE_TRANSIT, 3)], S.IN_TRANSIT),
        ([(S.DELIVERED, 5), (S.IN_TRANSIT, 6), (S.EXCEPTION, 7), (S.EXPIRED, 8)], S.DELIVERED),
        ([(S.DELIVERED, 5), (S.RETURN_TO_SENDER, 9)], S.RETURN_TO_SENDER),
        ([(S.RETURN_TO_SENDER, 5), (S.DELIVERED, 9)], S.RETURN_TO_SENDER),
        ([(S.CANCELLED, 1), (S.DELIVERED, 9)], S.CANCELLED),
        ([(S.EXPIRED, 1), (S.IN_TRANSIT, 9)], S.IN_TRANSIT),
        ([(S.OUT_FOR_DELIVERY, 3), (S.ATTEMPT_FAILED, 4), (S.OUT_FOR_DELIVERY, 20)], S.OUT_FOR_DELIVERY),
        ([(S.PRE_TRANSIT, 1), (S.PICKED_UP, 2), (S.PICKED_UP, 3)], S.PICKED_UP),
        ([(S.PICKED_UP, 1), (S.IN_TRANSIT, 2), (S.PICKED_UP, 3)], S.IN_TRANSIT),
        ([(S.IN_TRANSIT, 2), (S.EXCEPTION, 3), (S.PICKED_UP, 4), (S.PICKED_UP, 5)], S.IN_TRANSIT),
        ([(S.EXPIRED, 1), (S.PICKED_UP, 2)], S.PICKED_UP),
    ],
)
@pytest.mark.scenario("S-9", "S-12", "S-13", "S-14", "S-21")
def test_the_status_of_a_parcel(reported: list[tuple[S, int]], status: S) -> None:
    assert folded(*reported).status is status
    assert (folded(*reported).delivered_at is not None) == any(s is S.DELIVERED for s, _ in reported[:1])


@pytest.mark.scenario("S-20")
def test_scans_are_ordered_by_the_instant_and_not_by_their_spelling() -> None:
    after_midnight = datetime(2026, 3, 4, 0, 35, tzinfo=timezone(timedelta(hours=-8)))
    an_hour_later = datetime(2026, 3, 4, 1, 35, tzinfo=timezone(timedelta(hours=-8)))
    same_but_utc = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    reported = [
        a_scan(S.DELIVERED, an_hour_later),
        a_scan(S.OUT_FOR_DELIVERY, same_but_utc),
        a_scan(S.IN_TRANSIT, after_midnight),
    ]
    assert [scan.status for scan in sorted(reported, key=lambda scan: scan.at)] == [
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
    ]
    assert fold(reported).delivered_at == an_hour_later


@pytest.mark.parametrize("year", [1, 1899, 2101, 9999])
def test_a_scan_of_another_age_is_refused_before_it_can_stop_a_journey(year: int) -> None:
    with pytest.raises(ValidationError):
        a_scan(S.IN_TRANSIT, datetime(year, 6, 1, tzinfo=UTC))


@pytest.mark.scenario("S-15")
def test_a_message_with_only_a_scan_does_not_erase_the_estimate(journey: StateDriver) -> None:
    journey.ship()
    journey.estimate(PLACED + 3 * DAY)
    journey.advance(hours=2).scan(S.IN_TRANSIT)
    estimate = journey.state.parcels[0].estimate
    assert estimate is not None
    assert estimate.at == PLACED + 3 * DAY


@pytest.mark.scenario("S-19")
def test_a_recycled_number_means_the_newest_parcel_unless_the_day_of_shipping_names_another(
    journey: StateDriver,
) -> None:
    journey.ship({"1": 1}, number="SAME", shipped_on=date(2025, 1, 7))
    journey.ship({"1": 1}, number="SAME", shipped_on=date(2026, 3, 3))
    journey.receive_scans(a_scan(S.IN_TRANSIT, PLACED), number="SAME")
    journey.receive_scans(a_scan(S.DELIVERED, PLACED), number="SAME", shipped_on=date(2025, 1, 7))
    assert [parcel.tracking.status for parcel in journey.state.parcels] == [S.DELIVERED, S.IN_TRANSIT]


@pytest.mark.scenario("S-7", "S-18")
def test_an_update_of_an_unknown_parcel_changes_nothing(journey: StateDriver) -> None:
    journey.ship(number="T1")
    before = journey.state.model_dump_json()
    assert not journey.receive_scans(a_scan(S.DELIVERED, PLACED), number="T9")
    assert not journey.receive_scans(a_scan(S.DELIVERED, PLACED), number="T1", carrier="dhl")
    assert journey.state.model_dump_json() == before
    assert journey.receive_scans(a_scan(S.DELIVERED, PLACED), number="T1", carrier="UPS")


@pytest.mark.scenario("S-2")
def test_an_order_is_delivered_only_when_its_last_parcel_is(journey: StateDriver) -> None:
    assert (journey.state.stage, journey.state.delivered) == ("placed", "none")
    journey.ship({"1": 2}, number="A")
    journey.scan(S.DELIVERED, "A")
    assert (journey.state.stage, journey.state.delivered) == ("shipped", "some"), (
        "the lamp is in no parcel yet"
    )
    journey.ship({"2": 1}, number="B")
    assert journey.state.delivered == "some"
    journey.scan(S.DELIVERED, "B")
    assert (journey.state.stage, journey.state.delivered) == ("delivered", "all")


def test_units_under_a_voided_label_wait_to_be_shipped_again(journey: StateDriver) -> None:
    journey.ship(number="A")
    journey.scan(S.CANCELLED, "A")
    assert journey.state.unshipped() == {"1": [0, 1], "2": [0]}
    assert journey.override("mark_lost", actor=SENIOR, parcel="p1").verdict == "refused"
    journey.ship(number="B")
    journey.scan(S.DELIVERED, "B")
    assert journey.state.delivered == "all"
    journey.until_at_rest()
    assert journey.state.stage == "closed"


def test_a_voided_label_without_another_raises_the_question_of_an_order_never_shipped(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.scan(S.CANCELLED)
    journey.until_at_rest()
    assert "not_shipped/ord_one" in [entry.subject for entry in journey.written]


def test_a_parcel_holds_only_units_that_are_left_and_each_number_once(journey: StateDriver) -> None:
    assert reasons(journey.ship({"1": 3})) == ["units_already_shipped"]
    assert reasons(journey.ship({"9": 1})) == ["line_not_in_order"]
    assert journey.ship({"1": 2}, number="A").subject == "p1"
    assert reasons(journey.ship({"2": 1}, number="A")) == ["parcel_already_registered"]  # other goods
    assert journey.ship({"1": 2}, number="A", carrier="U.P.S").subject == "p1"
    assert reasons(journey.ship({"1": 2}, number="A", carrier="dhl")) == ["parcel_already_registered"]
    assert journey.ship(number="B").subject == "p2"
    assert journey.state.parcels[1].units == {"2": [0]}
    assert reasons(journey.ship(number="C")) == ["units_already_shipped"]


def test_a_parcel_may_have_a_promise_of_its_own() -> None:
    journey = StateDriver(a_state())
    journey.ship(promise=Promise(at=PLACED + 9 * DAY))
    assert journey.state.parcels[0].due == PLACED + 9 * DAY
