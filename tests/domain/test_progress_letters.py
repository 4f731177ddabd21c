"""Letters of a parcel's steps: off by default, one per parcel and step, and only while the step is the newest."""

from datetime import timedelta

import pytest

from adapters.carriers.carrier_names import tracking_page
from domain.model.notice_policy import NoticePolicy
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.tracking.commands.report_not_received import ReportNotReceived
from tests.builders import a_state
from tests.domain.letters import details_of, last, left, stale_reason
from tests.domain.state_driver import CUSTOMER, StateDriver

S = ParcelStatus
ALL = Policy(notices=NoticePolicy(progress=("shipped", "out_for_delivery", "delivered")))
STEPS = ("shipped", "out_for_delivery", "delivered")


@pytest.fixture
def wanted() -> StateDriver:
    """An order of a shop that wants all three."""
    return StateDriver(a_state(policy=ALL))


def steps(journey: StateDriver) -> list[str]:
    return [one.kind for one in journey.sent if one.kind in STEPS]


def report_missing(journey: StateDriver) -> None:
    report = ReportNotReceived(command_id="missing", actor=CUSTOMER, now=journey.now, parcel="p1")
    assert journey.execute(report).verdict == "accepted"


def test_no_shop_gets_them_that_does_not_want_them(journey: StateDriver) -> None:
    journey.ship()
    for status in (S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED):
        journey.advance(hours=2).scan(status)
    assert steps(journey) == []


def test_a_label_is_no_shipment_and_each_step_is_told_once(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.scan(S.PRE_TRANSIT)
    assert steps(wanted) == []
    for status in (
        S.PICKED_UP,
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
        S.DELIVERED,
    ):
        wanted.advance(hours=1).scan(status)
    assert steps(wanted) == ["shipped", "out_for_delivery", "delivered"]


def test_scans_that_come_at_once_are_the_last_of_their_steps(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.scan(S.DELIVERED)
    wanted.scan(S.IN_TRANSIT, at=wanted.now - timedelta(hours=5))
    assert steps(wanted) == ["delivered"]


def test_a_step_is_not_told_after_a_later_fact(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.advance(hours=1).scan(S.IN_TRANSIT)
    shipped = last(wanted, "shipped")
    assert details_of(wanted, shipped)["carrier"] == wanted.state.parcels[0].carrier
    assert "part" not in details_of(wanted, shipped)
    wanted.advance(hours=1).scan(S.EXCEPTION)
    assert stale_reason(wanted, shipped) == "not_on_its_way"
    wanted.advance(hours=1).scan(S.OUT_FOR_DELIVERY)
    tour = last(wanted, "out_for_delivery")
    assert (stale_reason(wanted, shipped), stale_reason(wanted, tour)) == ("superseded", None)
    wanted.advance(hours=1).scan(S.ATTEMPT_FAILED)
    assert stale_reason(wanted, tour) == "superseded"
    wanted.advance(days=1).scan(S.OUT_FOR_DELIVERY)
    second = last(wanted, "out_for_delivery")
    assert (second.key != tour.key, stale_reason(wanted, second)) == (True, None)
    wanted.advance(hours=1).scan(S.DELIVERED)
    assert stale_reason(wanted, second) == "already_delivered"


def test_a_tour_of_yesterday_is_not_told_after_the_quiet_hours(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.scan(S.OUT_FOR_DELIVERY)
    tour = last(wanted, "out_for_delivery")
    assert stale_reason(wanted.advance(days=1), tour) == "day_over"


def test_a_delivery_is_not_told_to_a_customer_who_has_nothing_nor_days_later(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.advance(hours=1).scan(S.DELIVERED)
    delivered = last(wanted, "delivered")
    assert details_of(wanted, delivered)["delivered_at"] == wanted.now.isoformat()
    report_missing(wanted.advance(hours=1))
    assert stale_reason(wanted, delivered) == "reported_missing"


def test_a_delivery_of_the_last_week_is_no_news(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.advance(hours=1).scan(S.DELIVERED)
    delivered = last(wanted, "delivered")
    assert stale_reason(wanted.advance(days=3), delivered) == "old_news"


def test_goods_at_a_pick_up_point_were_collected_and_do_not_come_today(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.scan(S.OUT_FOR_DELIVERY)
    tour = last(wanted, "out_for_delivery")
    wanted.advance(hours=2).scan(S.AVAILABLE_FOR_PICKUP)
    assert stale_reason(wanted, tour) == "superseded"
    wanted.advance(hours=20).scan(S.DELIVERED)
    assert details_of(wanted, last(wanted, "delivered"))["collected"] == 1


def test_each_parcel_of_a_split_order_has_letters_of_its_own(wanted: StateDriver) -> None:
    wanted.ship({"1": 1})
    wanted.ship({"1": 1, "2": 1})
    wanted.advance(hours=1).scan(S.IN_TRANSIT, "T1")
    wanted.scan(S.IN_TRANSIT, "T2")
    letters = [one for one in wanted.sent if one.kind == "shipped"]
    assert {one.subject for one in letters} == {"p1", "p2"}
    assert all(details_of(wanted, one)["part"] == 1 for one in letters)


def test_a_correction_of_a_delay_says_that_it_arrived(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.advance(hours=1).scan(S.DELIVERED)
    delivered = last(wanted, "delivered")
    correction = left(wanted, delivered).model_copy(update={"kind": "delay_corrected"})
    assert stale_reason(wanted, delivered, correction) == "superseded"


def test_a_cancelled_order_is_not_announced(wanted: StateDriver) -> None:
    wanted.ship()
    wanted.cancel_order()
    wanted.advance(hours=1).scan(S.IN_TRANSIT)
    assert steps(wanted) == []


@pytest.mark.parametrize(
    ("carrier", "number", "page"),
    [
        ("UPS", "1z 999 aa1 0123 456784", "https://www.ups.com/track?tracknum=1Z999AA10123456784"),
        ("DHL Paket", "00340434161094015902", "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html"
         "?piececode=00340434161094015902"),
        ("UPS", "https://evil.example/x", None),
        ("UPS", "7", None),
        ("Some courier", "1Z999AA10123456784", None),
    ],
)  # fmt: skip
def test_a_parcel_is_followed_only_at_a_known_carrier_by_a_plain_number(
    carrier: str, number: str, page: str | None
) -> None:
    assert tracking_page(carrier, number) == page
