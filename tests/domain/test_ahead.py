"""What lies ahead of an order: waits, expected parcels and promised dates, with what happens only if no person acts."""

from datetime import timedelta

from domain.journey.ahead import AheadEntry, ahead
from domain.journey.four_dates import four_dates
from domain.model.scan import ParcelStatus
from tests.builders import a_parcel, a_scan, a_state
from tests.domain.state_driver import StateDriver


def by_what(driver: StateDriver) -> dict[str, AheadEntry]:
    return {entry.what: entry for entry in ahead(driver.state)}


def test_a_parcel_under_way_has_its_arrival_and_its_broken_promise_ahead() -> None:
    state = a_state()
    parcel = a_parcel(state)
    parcel.scans.append(a_scan(ParcelStatus.IN_TRANSIT, state.order.placed_at + timedelta(hours=30)))
    driver = StateDriver(state, state.order.placed_at + timedelta(hours=31))
    found = by_what(driver)
    assert (found["arrives"].subject, found["arrives"].lane, found["arrives"].only_if) == (
        "p1",
        "goods",
        False,
    )
    assert (found["promise_breaks"].at, found["promise_breaks"].only_if) == (state.due, True)
    dates = four_dates(driver.state)
    assert (dates.estimate, dates.late_minutes, dates.notified_at) == (state.due, 0, None)
    driver.advance(days=6)
    dates = four_dates(driver.state)
    assert dates.notified_at is not None
    assert dates.notified_before is not None
    assert dates.notified_before > 0, "the customer was written to before the promise broke"
    driver.advance(days=9)
    assert len([one for one in state.delay_notices if one.due == state.due]) >= 1
    assert four_dates(driver.state).notified_before == dates.notified_before, "a later letter is no warning"


def test_a_question_ends_with_its_default_only_if_no_person_acts(delivered: StateDriver, opened: str) -> None:
    delivered.override_return(opened, "hold")
    entry = next(one for one in ahead(delivered.state) if one.reason == "hold")
    assert (entry.what, entry.subject, entry.default, entry.only_if, entry.lane) == (
        "apply_default", opened, "release", True, "decisions",
    )  # fmt: skip
    assert four_dates(delivered.state).delivered_at is not None


def test_entries_are_sorted_and_each_has_a_lane(delivered: StateDriver, opened: str) -> None:
    entries = ahead(delivered.state)
    assert [one.at for one in entries] == sorted(one.at for one in entries)
    assert {"expire_return", "close"} <= {one.what for one in entries}
