"""A carrier's estimates: kept apart from the promise, merged by the time at which they were made (TRK-9)."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.model.estimate import MAX_ESTIMATES, Estimate
from domain.model.parcel import Parcel
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus as S
from domain.model.tracking_update import TrackingUpdate
from domain.tracking import scans
from domain.tracking.eta import EtaRevision, Etas
from domain.tracking.expected_delivery import etas
from domain.tracking.scans import TrackingUpdated
from tests.builders import PLACED, a_parcel, a_scan, a_state
from tests.domain.calendars import at
from tests.domain.state_driver import StateDriver

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, SECOND, THIRD = (PLACED + hours * HOUR for hours in (1, 2, 3))


def estimate_made(at_hour: int, day: int, **more: object) -> Estimate:
    return Estimate.model_validate(
        {"reported_at": PLACED + at_hour * HOUR, "day": date(2026, 3, day), **more}
    )


def parcel_with(*estimates: Estimate) -> Parcel:
    parcel = a_parcel(a_state())
    for estimate in estimates:
        parcel.apply_update([], estimate)
    return parcel


ESTIMATES = st.lists(
    st.builds(estimate_made, st.integers(0, 48), st.integers(3, 9), confidence=st.sampled_from([None, 0.5])),
    max_size=12,
)


@given(ESTIMATES, st.data())
def test_estimates_received_in_any_order_and_again_come_to_the_same(
    made: list[Estimate], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(made), max_size=4)) if made else []
    one, other = parcel_with(*made), parcel_with(*data.draw(st.permutations([*made, *again])))
    assert (one.first_estimate, one.estimate, one.estimate_history) == (
        other.first_estimate,
        other.estimate,
        other.estimate_history,
    )
    if made:
        assert one.estimate is not None
        assert one.first_estimate is not None
        assert one.estimate.reported_at == max(estimate.reported_at for estimate in made)
        assert one.first_estimate.reported_at == min(estimate.reported_at for estimate in made)


def test_the_estimate_history_is_bounded_and_its_first_and_latest_are_exact() -> None:
    made = [
        Estimate(reported_at=PLACED + minute * timedelta(minutes=1), at=PLACED + DAY + minute * HOUR)
        for minute in range(100)
    ]
    parcel = parcel_with(*made)
    assert len(parcel.estimate_history) == MAX_ESTIMATES
    assert (parcel.first_estimate, parcel.estimate) == (made[0], made[-1])
    assert [one.estimate for one in parcel.estimate_history[1:]] == made[-MAX_ESTIMATES + 1 :]


@pytest.mark.scenario("S-15")
def test_a_message_with_only_a_scan_erases_none_of_the_four() -> None:
    state = a_state()
    parcel = a_parcel(state)
    parcel.apply_update([], estimate_made(1, 5))
    parcel.apply_update([], estimate_made(2, 6))
    before = etas(state, parcel)
    parcel.apply_update([a_scan(S.IN_TRANSIT, THIRD)], None)
    assert etas(state, parcel) == before


def test_a_late_older_estimate_is_news() -> None:
    state = a_state()
    parcel = a_parcel(state)
    parcel.apply_update([], estimate_made(2, 6))
    late = TrackingUpdated(parcel_id="p1", update=TrackingUpdate(estimate=estimate_made(1, 5)))
    assert scans.apply_tracking_update(state, late, THIRD)
    assert parcel.first_estimate == estimate_made(1, 5)
    assert parcel.estimate == estimate_made(2, 6)


# What the views show


def kinds(shown: Etas) -> list[tuple[str, str]]:
    return [(revision.kind, revision.reason) for revision in shown.revisions]


def days(shown: list[EtaRevision]) -> list[date | None]:
    return [one.eta.day if one.eta else None for one in shown]


def test_the_four_expectations_are_separate_fields_with_their_own_names(journey: StateDriver) -> None:
    journey.ship()
    journey.receive_scans(
        estimate=Estimate(reported_at=journey.now, day=date(2026, 3, 5), source="generic", confidence=0.8)
    )
    window = Estimate(
        reported_at=journey.now + HOUR, earliest_at=at("2026-03-06T09:00:00Z"), at=at("2026-03-06T11:00:00Z")
    )
    journey.receive_scans(estimate=window)
    shown = etas(journey.state, journey.state.parcels[0])
    assert (shown.promised.day, shown.promised.at) == (date(2026, 3, 6), None)
    assert shown.first is not None
    assert (shown.first.day, shown.first.at, shown.first.confidence) == (date(2026, 3, 5), None, 0.8)
    assert shown.latest is not None
    assert (shown.latest.earliest_at, shown.latest.at) == (window.earliest_at, window.at)
    assert shown.effective == shown.latest
    assert shown.late_minutes == 0
    assert kinds(shown) == [
        ("promised", "promised"), ("carrier", "first_estimate"), ("carrier", "moved_later"),
    ]  # fmt: skip
    assert [revision.source for revision in shown.revisions] == ["shop", "generic", "carrier"]


def test_an_estimate_that_changes_back_and_forth_is_kept_with_every_change() -> None:
    state = a_state()
    parcel = a_parcel(state)
    for estimate in (
        estimate_made(1, 5),
        estimate_made(2, 5),
        estimate_made(3, 6),
        estimate_made(4, 5, reason="weather"),
        estimate_made(5, 5),
    ):
        parcel.apply_update([], estimate)
    shown = [revision for revision in etas(state, parcel).revisions if revision.kind == "carrier"]
    assert [(day, one.reported_at) for day, one in zip(days(shown), shown, strict=True)] == [
        (date(2026, 3, 5), FIRST),
        (date(2026, 3, 6), THIRD),
        (date(2026, 3, 5), PLACED + 5 * HOUR),  # of each estimate its first and its last report are kept
    ]
    assert [one.reason for one in shown] == ["first_estimate", "moved_later", "moved_earlier"]


def test_our_estimate_is_the_one_we_notified_until_the_carrier_reports_more(journey: StateDriver) -> None:
    journey.ship()
    [parcel] = journey.state.parcels
    late = parcel.due + 20 * HOUR
    journey.estimate(late)
    told_late = etas(journey.state, parcel)
    assert told_late.effective is not None
    assert (told_late.effective.at, told_late.late_minutes) == (late, 20 * 60)
    assert [revision.kind for revision in told_late.revisions] == ["promised", "carrier", "notified"]
    journey.advance(hours=1).estimate(late - 2 * HOUR)
    ours = etas(journey.state, parcel).effective
    assert ours is not None
    assert (ours.at, ours.source) == (late - 2 * HOUR, "carrier")


def test_without_news_from_the_carrier_the_promise_is_our_estimate_until_it_is_in_doubt(
    journey: StateDriver,
) -> None:
    journey.ship()
    [parcel] = journey.state.parcels
    assert etas(journey.state, parcel).effective == etas(journey.state, parcel).promised
    journey.jump_to(parcel.due - 23 * HOUR)
    shown = etas(journey.state, parcel)
    assert (shown.effective, shown.late_minutes) == (None, None), "notified as late, without a date"
    assert kinds(shown)[-1] == ("notified", "no_first_scan")
    assert shown.revisions[-1].eta is None


@pytest.mark.parametrize(("status", "hours"), [(S.IN_TRANSIT, 80), (S.ATTEMPT_FAILED, 40), (S.EXCEPTION, 40)])
def test_an_estimate_that_was_superseded_is_not_believed(status: S, hours: int) -> None:
    state = a_state()
    parcel = a_parcel(state)
    parcel.apply_update(
        [a_scan(status, PLACED + hours * HOUR)], Estimate(reported_at=FIRST, at=PLACED + 72 * HOUR)
    )
    shown = etas(state, parcel)
    assert shown.latest is not None
    assert shown.effective == shown.promised


def test_a_delivered_parcel_has_no_estimate_of_ours_and_shows_how_late_it_was() -> None:
    state = a_state()
    parcel = a_parcel(state)
    parcel.apply_update([a_scan(S.DELIVERED, parcel.due + timedelta(seconds=61))], estimate_made(1, 5))
    shown = etas(state, parcel)
    assert (shown.effective, shown.late_minutes) == (None, 2)


def test_a_promised_window_is_late_only_after_its_end(journey: StateDriver) -> None:
    window = Promise(earliest_at=at("2026-03-05T18:00:00Z"), at=at("2026-03-05T20:00:00Z"))
    journey.ship(promise=window)
    [parcel] = journey.state.parcels
    assert parcel.due == window.at
    promised = etas(journey.state, parcel).promised
    assert (promised.earliest_at, promised.at) == (window.earliest_at, window.at)
    journey.receive_scans(a_scan(S.DELIVERED, at("2026-03-05T19:59:00Z")))
    assert etas(journey.state, parcel).late_minutes == 0


def test_a_window_estimate_past_the_promise_is_late_by_its_end(journey: StateDriver) -> None:
    journey.ship()
    [parcel] = journey.state.parcels
    begins, ends = parcel.due - HOUR, parcel.due + 13 * HOUR
    journey.receive_scans(estimate=Estimate(reported_at=journey.now, earliest_at=begins, at=ends))
    assert [notice.reason for notice in journey.state.delay_notices] == ["estimate_after_promise"]
    assert etas(journey.state, parcel).late_minutes == 13 * 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2026-03-05T20:00:00Z", "earliest_at": "2026-03-05T21:00:00Z"},
        {"at": "2026-03-05T20:00:00Z", "earliest_day": "2026-03-05"},
        {"day": "2026-03-05", "earliest_day": "2026-03-06"},
        {"day": "2026-03-05", "earliest_at": "2026-03-05T08:00:00Z"},
    ],
)
def test_a_promised_window_of_two_kinds_or_backwards_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="window"):
        Promise.model_validate_json(json.dumps(wrong))


def test_days_without_a_time_stay_days() -> None:
    parcel = parcel_with(estimate_made(1, 5))
    shown = etas(a_state(), parcel).model_dump(mode="json")
    assert (shown["latest"]["day"], shown["latest"]["at"]) == ("2026-03-05", None)
    assert shown["promised"]["day"] == "2026-03-06"
    assert datetime.fromisoformat(shown["latest"]["reported_at"]) == FIRST.astimezone(UTC)


@pytest.mark.parametrize(
    ("stated_at", "day"),
    [
        ("2026-03-06T00:00:00-07:00", date(2026, 3, 6)),
        ("2026-03-06T07:00:00+00:00", date(2026, 3, 6)),
        ("2026-03-06T23:59:59.999-07:00", date(2026, 3, 6)),
        ("2026-03-07T06:59:00+00:00", date(2026, 3, 6)),
        ("2026-03-06T17:00:00-07:00", None),
        ("2026-03-06T23:58:00-07:00", None),
    ],
)
def test_an_estimate_at_the_edge_of_a_day_at_the_destination_is_that_day(
    stated_at: str, day: date | None
) -> None:
    """Kind 10: nobody delivers at midnight; a system has padded a date."""
    stated = Estimate(reported_at=PLACED, at=datetime.fromisoformat(stated_at))
    read = stated.at_destination("America/Denver")
    assert read.day == day
    assert (read.at is None) == (day is not None)
    assert read.at_destination("America/Denver") == read
