"""The page of an order: the date and whether it is on time, who acts now and next, and a timeline with its future."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.journey.customer_page.arrival import PagePackage
from domain.journey.customer_page.page import CustomerPage, customer_page
from domain.model.consent import Consent
from domain.model.estimate import Estimate
from domain.model.override import ReturnOverrideKind
from domain.model.promise import DelayNotice, FollowUp, Promise
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from tests.builders import PLACED, a_delivered_state, a_parcel, a_return, a_scan, a_state, an_order
from tests.domain.state_driver import StateDriver
from tests.domain.test_customer_order import INTERNAL, SHOWN, walked

DAY = timedelta(days=1)
DUE = datetime(2026, 3, 7, tzinfo=UTC)  # the end of the promised 6 March


def _unpacked() -> JourneyState:
    return a_state()


def _on_its_way() -> JourneyState:
    state = a_state()
    a_parcel(state, scans=[a_scan(ParcelStatus.IN_TRANSIT, PLACED + DAY, location="Swindon")])
    return state


def _late(expected: datetime | None = DUE + 4 * DAY) -> JourneyState:
    state = _on_its_way()
    notice = DelayNotice(
        subject="p1", revision=1, reason="exception", expected=expected, notified_at=PLACED + 2 * DAY, due=DUE
    )
    state.delay_notices.append(notice)
    state.follow_ups.append(FollowUp(subject="p1", promised_at=PLACED + 2 * DAY, due=PLACED + 5 * DAY))
    return state


def _without_date() -> JourneyState:
    return _late(None)


def _at_the_shop() -> JourneyState:
    state = a_state()
    a_parcel(state, scans=[a_scan(ParcelStatus.AVAILABLE_FOR_PICKUP, PLACED + 2 * DAY)])
    return state


def _late_arrival() -> JourneyState:
    state = a_state()
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, DUE + DAY + timedelta(hours=10))])
    return state


def _lost() -> JourneyState:
    state = _on_its_way()
    state.parcels[0].lost_at = PLACED + 2 * DAY
    return state


def _by_estimate() -> JourneyState:
    state = _on_its_way()
    state.parcels[0].estimate = Estimate(reported_at=PLACED + DAY, day=date(2026, 3, 5))
    return state


@pytest.mark.parametrize(
    ("make", "days", "arrival", "shown", "late", "present", "who", "upcoming"),
    [
        (_unpacked, 1, "on_time", date(2026, 3, 6), 0, "in_preparation", "shop", "arrives"),
        (_on_its_way, 2, "on_time", date(2026, 3, 6), 0, "on_its_way", "carrier", "arrives"),
        (_by_estimate, 2, "on_time", date(2026, 3, 5), 0, "on_its_way", "carrier", "arrives"),
        (_late, 3, "late", DUE + 4 * DAY, 4, "on_its_way", "carrier", "next_message"),
        (_without_date, 3, "unknown", None, 0, "on_its_way", "carrier", "next_message"),
        (_without_date, 8, "late", None, 0, "on_its_way", "carrier", None),
        (_on_its_way, 8, "late", None, 0, "on_its_way", "carrier", None),
        (
            _at_the_shop,
            3,
            "ready_to_collect",
            date(2026, 3, 6),
            0,
            "waits_for_collection",
            "customer",
            "arrives",
        ),
        (a_delivered_state, 3, "arrived", None, 0, "arrived", "none", "return_window_ends"),
        (_late_arrival, 9, "arrived", None, 2, "arrived", "none", "return_window_ends"),
        (_lost, 3, "lost", None, 0, "lost", "shop", None),
    ],
)
def test_the_first_glance_of_every_state(
    make: Callable[[], JourneyState],
    days: int,
    arrival: str,
    shown: date | datetime | None,
    late: int,
    present: str,
    who: str,
    upcoming: str | None,
) -> None:
    page = customer_page(make(), PLACED + days * DAY)
    package = page.package
    assert package is not None
    assert (package.arrival, _date(package), package.late_days) == (arrival, shown, late)
    steps = page.steps
    assert (steps.present.what, steps.present.who, steps.upcoming.what) == (present, who, upcoming)


def _date(package: PagePackage) -> date | datetime | None:
    return package.expected and (package.expected.day or package.expected.at)


def test_a_delay_names_the_old_and_the_new_date_why_and_the_next_message() -> None:
    page = customer_page(_late(), PLACED + 3 * DAY)
    assert page.package is not None
    delay = page.package.delay
    assert delay is not None
    assert (delay.cause, delay.due, delay.expected, delay.days) == ("exception", DUE, DUE + 4 * DAY, 4)
    assert delay.next_message_by == PLACED + 5 * DAY
    assert page.called_lost_at == DUE + 10 * DAY
    moved = next(one for one in page.timeline if one.kind == "arrives")
    assert (moved.tense, moved.before) == ("future", DUE)


def test_the_timeline_is_newest_first_with_its_future_above_one_present() -> None:
    page = customer_page(_late(), PLACED + 3 * DAY)
    assert [one.kind for one in page.timeline] == ["arrives", "next_message", "delay_told", "scan", "ordered"]
    assert [one.tense for one in page.timeline] == ["future", "future", "now", "past", "past"]
    assert [one.at for one in page.timeline] == sorted((one.at for one in page.timeline), reverse=True)


def test_money_and_a_return_are_on_the_same_line() -> None:
    state = a_delivered_state()
    case = a_return(state)
    journey = StateDriver(state, PLACED + 3 * DAY)
    page = customer_page(state, journey.now)
    assert page.steps.yours.what == "hand_in_return"
    assert page.steps.upcoming.what == "return_code_ends"
    journey.drop_off(case.return_id)
    page = customer_page(state, journey.now)
    kinds = [one.kind for one in page.timeline]
    assert {"return_dropped_off", "return_opened", "return_window_ends"} <= {*kinds}
    assert page.steps.present.what == "return_with_carrier"
    assert page.steps.yours.what == "nothing"


@pytest.mark.parametrize(
    ("override", "present", "moment", "task"),
    [
        ("approve", "return_approved", "return_approved", "hand_in_return"),
        ("refuse", "return_refused", "return_refused", "nothing"),
    ],
)
def test_the_page_says_what_a_review_ended_with(
    override: ReturnOverrideKind, present: str, moment: str, task: str
) -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    assert customer_page(journey.state, journey.now).steps.present.what == "return_in_review"
    journey.override_return(subject, override)
    page, number = customer_page(journey.state, journey.now), journey.state.require_case(subject).number
    assert (page.steps.present.what, page.steps.present.since) == (present, journey.now)
    assert page.steps.yours.what == task
    assert (moment, journey.now, number) in [(one.kind, one.at, one.about) for one in page.timeline]


def test_goods_that_stay_say_why_and_no_window_is_shown_where_nothing_can_come_back() -> None:
    state = a_delivered_state()
    page = customer_page(state, PLACED + 3 * DAY)
    assert page.window_ends_at is not None
    assert page.staying == {}
    ended = customer_page(state, page.window_ends_at)
    assert (ended.window_ends_at, {*ended.staying.values()}) == (None, {"outside_window"})
    everything = tuple(line.line_id for line in state.order.lines)
    state.terms = state.terms.model_copy(update={"final_sale": everything})
    page = customer_page(state, PLACED + 3 * DAY)
    assert (page.window_ends_at, {*page.staying.values()}) == (None, {"final_sale"})
    assert "return_window_ends" not in [one.kind for one in page.timeline]


def test_a_question_is_the_customers_part_until_it_ends() -> None:
    state = _unpacked()
    consent = Consent(
        consent_id="c1", due=DUE + 7 * DAY, requested_at=PLACED, deadline=PLACED + 2 * DAY, default_answer="wait",
        promise=Promise(day=date(2026, 3, 13)),
    )  # fmt: skip
    state.consents.append(consent)
    state.open_question("consent", "c1", PLACED, deadline=consent.deadline, default="wait")
    page = customer_page(state, PLACED + DAY)
    assert (page.steps.yours.what, page.steps.yours.about) == ("answer", "c1")
    assert "answer_until" in [one.kind for one in page.timeline]
    assert customer_page(state, PLACED + 3 * DAY).steps.yours.what == "nothing"


def test_two_packages_are_counted_and_the_next_one_comes_first() -> None:
    state = a_state()
    first = {"1": [0, 1]}
    a_parcel(state, units=first, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + 2 * DAY)])
    a_parcel(state, "TRACK2", scans=[a_scan(ParcelStatus.IN_TRANSIT, PLACED + 2 * DAY)])
    page = customer_page(state, PLACED + 3 * DAY)
    assert [(one.parcel, one.number, one.arrival) for one in page.packages] == [
        ("p1", 1, "arrived"),
        ("p2", 2, "on_time"),
    ]
    assert page.package == page.packages[1]
    assert customer_page(state, PLACED + 3 * DAY, "p1").package == page.packages[0]
    assert customer_page(state, PLACED + 3 * DAY, "p9").package == page.packages[1]


def test_a_window_is_shown_as_it_was_promised() -> None:
    promise = Promise(at=DUE, earliest_at=DUE - timedelta(hours=9))
    page = customer_page(a_state(an_order(promise=promise)), PLACED + DAY)
    assert page.package is not None
    assert page.package.promised.earliest_at == DUE - timedelta(hours=9)


PAGE = {
    "CustomerPage": "details zone locale package packages steps timeline called_lost_at window_ends_at staying sums paid_with "
    "withdrawal",
    "PagePackage": "parcel number arrival status carrier tracking_number promised due expected arrived_at arrived_local "
    "late_days delay units",
    "PageDelay": "cause due expected days notified_at next_message_by",
    "PageMoment": "kind tense at expected precision local about status place amount text before",
    "PageSteps": "present upcoming yours",
    "PresentState": "what who since place",
    "NextState": "what who by expected",
    "CustomerPart": "what by about",
    "PageSums": "goods shipping tip total paid refunded",
}  # fmt: skip


def test_the_page_shows_exactly_these_fields_and_none_for_staff() -> None:
    found = walked(CustomerPage)
    assert found == {name: set(fields.split()) for name, fields in {**SHOWN, **PAGE}.items()}
    assert {field for fields in found.values() for field in fields} & INTERNAL == set()
