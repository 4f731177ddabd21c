"""What lies ahead of an order: waits, expected parcels and promised dates, with what happens only if no person acts."""

from datetime import timedelta

from domain.journey.ahead import AheadEntry, ahead
from domain.journey.four_dates import four_dates
from domain.journey.order_lines import line_views
from domain.model.scan import ParcelStatus
from tests.builders import a_parcel, a_scan, a_state
from tests.domain.state_driver import StateDriver


def by_what(driver: StateDriver) -> dict[str, AheadEntry]:
    return {entry.what: entry for entry in ahead(driver.state, driver.now)}


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
    dates = four_dates(driver.state, driver.now)
    assert (dates.estimate, dates.late_minutes, dates.notified_at) == (state.due, 0, None)
    driver.advance(days=6)
    dates = four_dates(driver.state, driver.now)
    assert dates.notified_at is not None
    assert dates.notified_before is not None
    assert dates.notified_before > 0, "the customer was written to before the promise broke"
    driver.advance(days=9)
    assert len([one for one in state.delay_notices if one.due == state.due]) >= 1
    assert four_dates(driver.state, driver.now).notified_before == dates.notified_before, (
        "a later letter is no warning"
    )


def test_a_question_ends_with_its_default_only_if_no_person_acts(delivered: StateDriver, opened: str) -> None:
    delivered.override_return(opened, "hold")
    entry = next(one for one in ahead(delivered.state, delivered.now) if one.reason == "hold")
    assert (entry.what, entry.subject, entry.default, entry.only_if, entry.lane) == (
        "apply_default", opened, "release", True, "decisions",
    )  # fmt: skip
    assert four_dates(delivered.state, delivered.now).delivered_at is not None


def test_the_hand_in_deadline_comes_next_and_not_the_end_of_the_window(
    delivered: StateDriver, opened: str
) -> None:
    code = delivered.case(opened)
    delivered.state.window_extension = -25
    coming = four_dates(delivered.state, delivered.now).next
    assert coming is not None
    assert (coming.what, coming.at) == ("expire_return", code.code_expires_at)
    assert min(ahead(delivered.state, delivered.now), key=lambda one: one.at).what == "close"
    delivered.state.returns[0] = code.model_copy(update={"method": "mail"})
    coming = four_dates(delivered.state, delivered.now).next
    assert coming is not None
    assert (coming.what, coming.at, coming.subject) == ("hand_in_ends", code.code_expires_at, opened)
    late = four_dates(delivered.state, code.code_expires_at).next
    assert late is not None
    assert late.what == "expire_return", "what was sent in time may still arrive"


def test_each_unit_is_in_one_place(delivered: StateDriver, opened: str) -> None:
    def mugs(driver: StateDriver) -> dict[str, int]:
        found = line_views(driver.state)[0].units.model_dump()
        return {place: count for place, count in found.items() if count}

    assert mugs(delivered) == {"arrived": 2, "on_return": 2}
    delivered.drop_off(opened)
    assert mugs(delivered) == {"arrived": 2, "paid_back": 2}
    cancelled = StateDriver(a_state())
    assert mugs(cancelled) == {"to_ship": 2}
    cancelled.cancel_order()
    assert mugs(cancelled) == {"paid_back": 2}


def test_entries_are_sorted_and_each_has_a_lane(delivered: StateDriver, opened: str) -> None:
    entries = ahead(delivered.state, delivered.now)
    assert [one.at for one in entries] == sorted(one.at for one in entries)
    assert {"expire_return", "close"} <= {one.what for one in entries}
