"""The promise calendar: what a shop's published terms promise, by hand for each special case of the calendar, and as laws."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendars import RouteOffDays
from domain.clock import day_exists, local_day
from domain.model.delivery_terms import DeliveryTerms, ServiceTerms, Transit
from domain.model.promise import Promise
from domain.model.terms import Policy, compile_terms
from domain.orders.promise_calendar import compute_promise, off_days, promise_for
from tests.builders import an_order
from tests.domain.calendars import ZONES, at, closed, service, to, warehouse
from tests.domain.promise_cases import CASES, Case


def promise_of(case: Case) -> Promise:
    here, there = case.ends.split()
    placed = at(case.placed)
    ends = RouteOffDays(
        origin=closed(placed, *case.here.split(), weekend=case.rests.split()),
        destination=closed(placed, *case.there.split(), weekend=(case.rests_there or case.rests).split()),
    )
    return compute_promise(warehouse(here, **case.shop), case.service, placed, to(there), ends)


def written(promise: Promise) -> str:
    if promise.at is not None:
        return promise.at.isoformat()
    days = (promise.earliest_day, promise.day) if promise.earliest_day else (promise.day,)
    return "..".join(str(day) for day in days)


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_promise_dates(case: Case) -> None:  # TRK-6
    promise = promise_of(case)
    assert written(promise) == case.promise
    if case.due:
        assert promise.due(ZONES[case.ends.split()[1]]).astimezone(UTC) == at(case.due)


def test_there_are_sixty_cases_and_none_twice() -> None:
    assert len(CASES) >= 60
    assert len({(case.placed, case.service, case.ends, str(case[6:])) for case in CASES}) == len(CASES)


MOMENTS = st.datetimes(at("2026-01-01"), at("2028-06-01"), timezones=st.just(UTC))
PLACES = st.sampled_from(sorted(ZONES))
HOLIDAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=60)
WEEKENDS = st.sampled_from([("saturday", "sunday"), ("friday", "saturday"), ("saturday",), ()])


@st.composite
def both_ends(draw: st.DrawFn) -> tuple[str, str, RouteOffDays, datetime]:
    placed = draw(MOMENTS)
    origin, destination = (
        closed(placed, weekend=draw(WEEKENDS)).model_copy(update={"holidays": draw(HOLIDAYS)})
        for _ in range(2)
    )
    return draw(PLACES), draw(PLACES), RouteOffDays(origin=origin, destination=destination), placed


SERVICES = st.builds(
    lambda hour, handling, most, saturdays, sundays: service(
        most, cutoff=f"{hour:02}:00", handling=handling, saturdays=saturdays, sundays=sundays
    ),
    *(st.integers(0, 23), st.integers(0, 10), st.integers(0, 20), st.booleans(), st.booleans()),
)
COURIERS = st.builds(
    lambda hours, cutoff: service(hours=hours, cutoff=f"{cutoff:02}:30"),
    st.integers(1, 72),
    st.integers(1, 23),
)
ANY_SERVICE = st.one_of(SERVICES, COURIERS)


@given(both_ends(), ANY_SERVICE, st.integers(0, 10**6))
def test_a_later_order_is_never_promised_earlier(
    ends: tuple[str, str, RouteOffDays, datetime], terms: ServiceTerms, seconds: int
) -> None:
    here, there, rests, placed = ends
    zone = ZONES[there]
    sooner, later = (
        compute_promise(warehouse(here), terms, moment, to(there), rests).due(zone)
        for moment in (placed, placed + timedelta(seconds=seconds))
    )
    assert placed < sooner <= later


@given(both_ends(), SERVICES, st.integers(0, 3), st.integers(0, 3))
def test_more_handling_or_transit_is_never_earlier(
    ends: tuple[str, str, RouteOffDays, datetime], terms: ServiceTerms, handling: int, transit: int
) -> None:
    here, there, rests, placed = ends
    assert terms.transit is not None
    days = terms.transit.max_days + transit
    slower = terms.model_copy(
        update={"handling": terms.handling + handling, "transit": Transit(min_days=days, max_days=days)}
    )
    due, later = (
        compute_promise(warehouse(here), one, placed, to(there), rests).due(ZONES[there])
        for one in (terms, slower)
    )
    assert due <= later


@given(both_ends(), SERVICES)
def test_no_promise_is_for_a_day_on_which_the_carrier_rests(
    ends: tuple[str, str, RouteOffDays, datetime], terms: ServiceTerms
) -> None:
    here, there, rests, placed = ends
    day = compute_promise(warehouse(here), terms, placed, to(there), rests).day
    assert day is not None
    assert day_exists(day, ZONES[there])
    assert day not in rests.destination.holidays
    works = {5: terms.saturdays, 6: terms.sundays}
    assert day not in rests.destination.weekend or works.get(day.weekday(), False)


@given(both_ends(), COURIERS)
def test_hours_are_counted_only_when_both_ends_work(
    ends: tuple[str, str, RouteOffDays, datetime], terms: ServiceTerms
) -> None:
    here, there, rests, placed = ends
    promise = compute_promise(warehouse(here), terms, placed, to(there), rests)
    assert promise.at is not None
    assert terms.hours is not None
    begun = promise.at - timedelta(hours=terms.hours)
    assert begun >= placed
    for place, end in ((here, rests.origin), (there, rests.destination)):
        assert local_day(begun, ZONES[place]) not in end.weekend | end.holidays


DELIVERY = {
    "warehouse": {"country": "GB", "zone": "Europe/London"},
    "default": "standard",
    "services": {
        "standard": {"transit": {"min_days": 2, "max_days": 4}},
        "express": {"transit": {"max_days": 1}, "handling": 0, "saturdays": True},
    },
}
POLICY = Policy.model_validate({"delivery": DELIVERY})
MONDAY = at("2026-03-02T10:00:00Z")


def test_a_policy_promises_by_the_name_of_the_service_or_by_default() -> None:
    ends = RouteOffDays(origin=closed(MONDAY), destination=closed(MONDAY))
    assert promise_for(POLICY, "express", MONDAY, to("GB"), ends) == Promise(day=date(2026, 3, 3))
    usual = Promise(day=date(2026, 3, 9), earliest_day=date(2026, 3, 5))
    assert promise_for(POLICY, None, MONDAY, to("GB"), ends) == usual
    assert promise_for(POLICY, "teleport", MONDAY, to("GB"), ends) == "unknown_service"
    assert promise_for(Policy(), None, MONDAY, to("GB"), ends) == "no_delivery_terms"
    far = at("2100-12-31T10:00:00Z")
    assert promise_for(POLICY, None, far, to("GB"), ends) == "placed_too_late"


def test_the_terms_of_an_order_keep_the_days_on_which_its_carrier_rests() -> None:
    order = an_order()
    off = off_days(POLICY, "express", MONDAY, to("GB"), closed(MONDAY, "2026-04-03", "2026-05-04"))
    assert (off[0], off[-1]) == (date(2026, 3, 8), date(2026, 6, 28))
    assert {date(2026, 4, 3), date(2026, 5, 4)} <= set(off)
    assert date(2026, 3, 7) not in off, "an express carrier works on Saturdays"
    terms = compile_terms(POLICY, 1, order, off)
    assert terms.rest_days == frozenset(off)
    assert terms.hash == compile_terms(Policy(), 1, order).hash, (
        "how a promise was made decides nothing any more"
    )
    full = off_days(
        Policy(), None, MONDAY, to("GB"), closed(MONDAY, *(f"2026-03-{day:02}" for day in range(2, 32)))
    )
    assert len(compile_terms(POLICY, 1, order, full).model_dump_json()) < 4096


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"services": {"a": {"cutoff": 840, "transit": {"max_days": 1}}}, "default": "a"}, "in quotes"),
        ({"services": {"a": {"cutoff": "14:00+01:00", "transit": {"max_days": 1}}}, "default": "a"}, "offset"),
        ({"services": {"a": {"transit": {"min_days": 3, "max_days": 1}}}, "default": "a"}, "min_days is more than max_days"),
        ({"services": {"a": {}}, "default": "a"}, "either transit or hours"),
        ({"services": {"a": {"hours": 2, "transit": {"max_days": 1}}}, "default": "a"}, "either transit or hours"),
        ({"services": {"a": {"hours": 2}}, "default": "b"}, "no service 'b'"),
        ({"services": {}, "default": "a"}, "at least 1 item"),
        ({"services": {"a": {"hours": 2, "cutoff": "00:00"}}, "default": "a"}, "before the warehouse opens"),
        ({"warehouse": {"country": "GB", "zone": "Mars/Olympus"}}, "unknown time zone"),
        ({"warehouse": {"country": "GB", "zone": "Europe/London", "weekend": ["sun"]}}, "weekend"),
    ],
)  # fmt: skip
def test_invalid_delivery_terms_are_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        DeliveryTerms.model_validate_json(json.dumps({**DELIVERY, **wrong}))
