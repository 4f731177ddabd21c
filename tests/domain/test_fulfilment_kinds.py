"""Each kind of fulfilment has its own life: shipped, without a number, collected, digital, and shipped later."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.journey import external_events
from domain.journey.order_view import order_view
from domain.model.delay_terms import DelayOption, GoodwillTerms, GoodwillTier
from domain.model.order import Destination, OrderLine
from domain.model.scan import ParcelStatus
from domain.model.shipment import (
    ExternalRefund,
    FulfilmentUpdate,
    PackedLine,
    RefundedLine,
    RefundedPart,
    Shipment,
)
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.commands.report_handover import ReportHandover
from domain.tracking.commands.report_not_received import ReportNotReceived
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import CUSTOMER, SENIOR, SHOP, StateDriver, reasons

S = ParcelStatus
LATER = date(2026, 4, 10)


def line(line_id: str, fulfilment: Any, quantity: int = 1, expected_on: date | None = None) -> OrderLine:
    return OrderLine(
        line_id=line_id, sku=line_id, title=line_id, quantity=quantity, unit_price=gbp(6400 // quantity),
        fulfilment=fulfilment, expected_on=expected_on,
    )  # fmt: skip


def ordered(*lines: OrderLine, policy: Policy | None = None, **changed: Any) -> StateDriver:
    each = 6400 // len(lines)
    priced = tuple(one.model_copy(update={"unit_price": gbp(each // one.quantity)}) for one in lines)
    return StateDriver(a_state(an_order(lines=priced, **changed), policy))


def hand_over(journey: StateDriver, status: Any, *lines: PackedLine, actor: Any = SHOP) -> list[str]:
    journey.commands += 1
    command = ReportHandover(command_id=f"h{journey.commands}", actor=actor, status=status, lines=lines)
    return reasons(journey.execute(command))


def fulfilled(
    journey: StateDriver, *numbers: str, lines: dict[str, int], name: str = "f1", **changed: Any
) -> None:
    shipment = Shipment(
        **{"fulfilment": name, "updated_at": journey.now, "carrier": "ups", "tracking_numbers": numbers,
           "quantities": lines, **changed}
    )  # fmt: skip
    event = FulfilmentUpdate(storefront="shopify", shipment=shipment)
    external_events.apply_event(journey.state, event, journey.now)
    journey.apply_due()


def paid(journey: StateDriver) -> int:
    return sum(principal for _, principal in journey.legs())


# Digital


def test_digital_goods_are_delivered_from_the_start_and_never_late_and_the_order_closes() -> None:
    journey = ordered(line("e", "digital"))
    assert (journey.state.stage, journey.state.unshipped()) == ("delivered", {})
    journey.advance(days=60)
    assert (journey.notice_kinds(), journey.attention_kinds(), paid(journey)) == ([], [], 0)
    assert journey.state.stage == "closed"


def test_a_storefronts_fulfilment_of_digital_goods_is_no_parcel_and_dates_their_delivery() -> None:
    journey = ordered(line("e", "digital"))
    journey.advance(days=1)
    fulfilled(journey, lines={"e": 1})
    assert (journey.state.parcels, journey.state.arrivals()) == ([], {"e": {0: journey.now}})


def test_digital_goods_are_returned_only_with_an_agent_and_cancelled_only_by_the_shop() -> None:
    journey = ordered(line("e", "digital"))
    assert journey.violations({"e": 1}) == ["not_returnable"]
    assert reasons(journey.cancel_order(CUSTOMER)) == ["order_handed_over"]
    assert journey.cancel_order(SHOP).verdict == "accepted"
    assert paid(journey) == 6800


def test_digital_goods_cannot_be_packed() -> None:
    journey = ordered(line("e", "digital"), line("m", "ship"))
    assert reasons(journey.ship({"e": 1})) == ["other_fulfilment"]
    journey.ship()
    assert journey.state.parcels[0].units == {"m": [0]}


# Collected in the shop


@pytest.fixture
def pickup() -> StateDriver:
    return ordered(line("p", "pickup", 2))


def test_goods_to_collect_are_ready_then_collected_and_then_may_be_returned(pickup: StateDriver) -> None:
    assert hand_over(pickup, "ready") == []
    assert (pickup.notice_kinds(), pickup.state.delivered) == (["pickup_ready"], "none")
    assert pickup.violations({"p": 1}) == ["nothing_delivered", "units_unavailable"]
    pickup.advance(days=1)
    assert hand_over(pickup, "collected", PackedLine(line_id="p", quantity=1)) == []
    assert (pickup.state.delivered, pickup.violations({"p": 1})) == ("some", [])
    assert hand_over(pickup, "collected") == []
    assert pickup.state.stage == "delivered"
    assert hand_over(pickup, "collected") == ["nothing_to_hand_over"]
    pickup.advance(days=60)
    assert (pickup.state.stage, pickup.notice_kinds()) == ("closed", ["pickup_ready"])


def test_goods_that_are_not_collected_are_reminded_of_once_and_never_lost(pickup: StateDriver) -> None:
    hand_over(pickup, "ready")
    pickup.advance(days=6)
    assert [notice.details for notice in pickup.sent] == [{}, {"reminder": 1}]
    pickup.advance(days=1)
    assert pickup.attention_kinds() == ["not_collected"]
    pickup.advance(days=60)
    assert (paid(pickup), pickup.notice_kinds(), pickup.state.stage) == (0, ["pickup_ready"] * 2, "closed")


def test_goods_of_which_the_shop_reports_nothing_raise_a_question_and_no_letter(pickup: StateDriver) -> None:
    pickup.jump_to(pickup.state.due + timedelta(days=30))
    assert (pickup.attention_kinds(), pickup.notice_kinds()) == (["not_collected"], [])
    pickup.until_at_rest()
    assert paid(pickup) == 0


def test_a_letter_about_goods_that_are_ready_late_is_sorry(pickup: StateDriver) -> None:
    pickup.jump_to(pickup.state.due + timedelta(days=2))
    hand_over(pickup, "ready")
    assert pickup.sent[-1].details == {"late": 1}


def test_a_fulfilment_without_a_number_of_goods_to_collect_says_that_they_were_collected(
    pickup: StateDriver,
) -> None:
    fulfilled(pickup, lines={"p": 2})
    assert (pickup.state.parcels, pickup.state.stage) == ([], "delivered")
    fulfilled(pickup, lines={"p": 2}, updated_at=pickup.now + timedelta(hours=1), cancelled=True)
    assert pickup.state.uncollected() == {"p": [0, 1]}


def test_goods_to_collect_that_wait_in_the_shop_by_the_storefront_are_not_collected(
    pickup: StateDriver,
) -> None:
    fulfilled(pickup, lines={"p": 2}, status=S.AVAILABLE_FOR_PICKUP)
    fulfilled(pickup, lines={"p": 2}, status=S.AVAILABLE_FOR_PICKUP)
    assert (pickup.notice_kinds(), pickup.state.delivered) == (["pickup_ready"], "none")
    fulfilled(pickup, lines={"p": 2}, updated_at=pickup.now + timedelta(hours=1))
    assert pickup.state.stage == "delivered"


def test_each_fulfilment_that_is_ready_has_a_letter_of_its_own_and_a_smaller_one_no_second(
    pickup: StateDriver,
) -> None:
    fulfilled(pickup, lines={"p": 2}, status=S.AVAILABLE_FOR_PICKUP)
    pickup.advance(hours=1)
    fulfilled(pickup, lines={"p": 1}, status=S.AVAILABLE_FOR_PICKUP)
    letters = [notice.key for notice in pickup.sent]
    pickup.advance(hours=1)
    fulfilled(pickup, lines={"p": 1}, cancelled=True)
    fulfilled(pickup, lines={"p": 2}, name="f2", status=S.AVAILABLE_FOR_PICKUP)
    assert len(letters) == 1
    [second] = [notice.key for notice in pickup.sent][1:]
    assert second not in letters, "a letter with the key of an earlier one never leaves"


def test_goods_to_collect_that_are_sent_after_all_are_in_a_parcel(pickup: StateDriver) -> None:
    fulfilled(pickup, "T1", lines={"p": 2})
    assert (pickup.state.parcels[0].units, pickup.state.uncollected()) == ({"p": [0, 1]}, {})
    pickup.scan(S.DELIVERED)
    assert pickup.state.stage == "delivered"


def test_collected_goods_are_not_cancelled_and_waiting_goods_are(pickup: StateDriver) -> None:
    hand_over(pickup, "collected", PackedLine(line_id="p", quantity=1))
    assert reasons(pickup.cancel_order(SHOP)) == ["order_handed_over"]
    assert pickup.override("cancel", SENIOR).verdict == "accepted"
    assert (paid(pickup), pickup.state.uncollected()) == (3200, {})


def test_goods_to_collect_that_the_storefront_refunded_are_not_waited_for(pickup: StateDriver) -> None:
    part, lines = RefundedPart(kind="card", amount=gbp(5800)), RefundedLine(line_id="p", quantity=2)
    fact = ExternalRefund(storefront="shopify", refund="r1", at=PLACED, parts=(part,), lines=(lines,))
    external_events.apply_event(pickup.state, fact, pickup.now)
    assert pickup.state.uncollected() == {}


# Later


def test_goods_that_ship_later_are_not_late_before_their_own_day() -> None:
    journey = ordered(line("m", "ship"), line("l", "later", expected_on=LATER))
    journey.ship({"m": 1})
    journey.scan(S.DELIVERED)
    journey.jump_to(datetime.fromisoformat("2026-04-09T22:00:00+00:00"))
    assert (journey.notice_kinds(), journey.attention_kinds()) == ([], [])
    journey.advance(hours=1)
    [letter] = journey.sent
    assert (letter.kind, letter.details["reason"], letter.details["part"]) == ("delayed", "not_shipped", 1)
    assert letter.details["due"] == "2026-04-11T00:00:00+01:00"
    journey.ship({"l": 1}, number="T2")
    assert journey.state.parcels[1].due == datetime.fromisoformat("2026-04-11T00:00:00+01:00")
    journey.scan(S.DELIVERED, number="T2")
    assert journey.state.stage == "delivered"


def test_each_later_day_and_the_order_have_a_notice_of_their_own() -> None:
    journey = ordered(line("m", "ship"), line("l", "later", expected_on=LATER))
    journey.jump_to(journey.state.due + timedelta(days=40))
    told = [notice.details["due"] for notice in journey.sent if notice.kind == "delayed"]
    assert told == ["2026-03-07T00:00:00+00:00", "2026-04-11T00:00:00+01:00"]
    assert journey.duplicate_notices() == []


def test_goods_that_ship_later_on_an_unknown_day_are_not_late_and_the_wait_for_them_ends() -> None:
    journey = ordered(line("l", "later"))
    journey.until_at_rest()
    assert (journey.notice_kinds(), paid(journey), journey.state.stage) == ([], 0, "closed")
    assert [entry.subject for entry in journey.written if entry.action == "default_applied"] == [
        "not_shipped/ord_one"
    ]


def test_silence_about_a_delay_cancels_only_what_is_late() -> None:
    american = Destination(country="US", zone="America/New_York", postcode="10001")
    option = Policy(delay_option=DelayOption(extension=31))
    journey = ordered(
        line("m", "ship"), line("p", "pickup"), line("l", "later", expected_on=LATER),
        policy=option, destination=american,
    )  # fmt: skip
    journey.advance(days=5)
    assert journey.state.consents[0].lines == ("m",)
    assert (journey.state.cancelled_at, journey.state.unshipped()) == (None, {"l": [0]})
    assert (journey.state.uncollected(), paid(journey)) == ({"p": [0]}, 2133)


def test_a_later_date_for_the_order_does_not_move_the_day_of_later_goods() -> None:
    american = Destination(country="US", zone="America/New_York", postcode="10001")
    journey = ordered(
        line("m", "ship"), line("l", "later", expected_on=LATER),
        policy=Policy(delay_option=DelayOption()), destination=american,
    )  # fmt: skip
    journey.advance(days=5)
    assert journey.state.due == datetime.fromisoformat("2026-03-21T00:00:00-04:00")
    assert journey.state.due_of("l") == datetime.fromisoformat("2026-04-11T00:00:00-04:00")


# Without a number


@pytest.fixture
def letter(journey: StateDriver) -> StateDriver:
    fulfilled(journey, lines={"1": 2, "2": 1})
    return journey


def test_a_shipment_without_a_number_is_never_late_or_lost_and_closes(letter: StateDriver) -> None:
    [parcel] = letter.state.parcels
    assert (parcel.tracked, parcel.units, letter.state.stage) == (False, {"1": [0, 1], "2": [0]}, "shipped")
    assert order_view(letter.state, letter.now).parcels[0].tracking_number is None
    letter.advance(days=90)
    assert (letter.notice_kinds(), paid(letter), letter.state.stage) == ([], 0, "closed")


def test_goods_without_a_number_may_come_back_before_their_promise(letter: StateDriver) -> None:
    assert letter.violations({"1": 2}) == []
    letter.jump_to(letter.state.due + timedelta(days=31))
    assert letter.violations({"1": 2}) == ["outside_window"]


def test_a_number_that_comes_later_replaces_the_parcel_without_one(letter: StateDriver) -> None:
    fulfilled(letter, "T9", lines={"1": 2, "2": 1}, updated_at=letter.now + timedelta(hours=1))
    first, second = letter.state.parcels
    assert (first.void, first.units, second.units) == (True, {}, {"1": [0, 1], "2": [0]})
    letter.scan(S.DELIVERED, number="T9")
    assert letter.state.stage == "delivered"


def test_the_shop_may_say_that_a_shipment_without_a_number_was_delivered(letter: StateDriver) -> None:
    fulfilled(letter, lines={"1": 2, "2": 1}, updated_at=letter.now + timedelta(days=1), status=S.DELIVERED)
    assert letter.state.stage == "delivered"
    assert not letter.state.parcels[0].carrier_scanned


def test_a_promised_message_about_goods_that_then_left_without_a_number_says_so(journey: StateDriver) -> None:
    journey.jump_to(journey.state.due - timedelta(hours=20))
    fulfilled(journey, lines={"1": 2, "2": 1})
    journey.advance(days=60)
    assert journey.notice_kinds() == ["delayed", "follow_up"]
    assert journey.sent[-1].details["sent_untracked"] == 1


def test_a_parcel_can_be_registered_without_a_number(journey: StateDriver) -> None:
    journey.ship({"1": 1}, number="T1")
    assert journey.ship({"1": 2}, number="T1").verdict == "refused"
    assert journey.ship({"1": 1}, number="T1").repeated
    for key in ("a", "b"):
        answer = journey.execute(
            RegisterParcel(
                command_id=key, actor=SHOP, carrier="Post",
                lines=(PackedLine(line_id={"a": "1", "b": "2"}[key], quantity=1),),
            )
        )  # fmt: skip
        assert answer.verdict == "accepted"
    assert [parcel.tracked for parcel in journey.state.parcels] == [True, False, False]


def test_goodwill_is_for_what_is_known_to_be_late(journey: StateDriver) -> None:
    tiers = GoodwillTerms(tiers=(GoodwillTier(days=1, shipping=10_000),))
    journey = StateDriver(a_state(policy=Policy(goodwill=tiers)))
    fulfilled(journey, lines={"1": 2}, name="letter")
    journey.ship({"2": 1}, number="T1")
    journey.scan(S.IN_TRANSIT)
    journey.jump_to(journey.state.due + timedelta(days=2)).scan(S.DELIVERED)
    assert [leg.bonus for leg in journey.state.legs()] == [gbp(400)]
    letters = StateDriver(a_state(policy=Policy(goodwill=tiers)))
    fulfilled(letters, lines={"1": 2, "2": 1})
    letters.advance(days=90)
    assert letters.legs() == []


# Never scanned


def test_no_unit_is_paid_by_default_where_only_the_shop_spoke_of_the_parcel(journey: StateDriver) -> None:
    fulfilled(journey, "T1", lines={"1": 2, "2": 1}, status=S.IN_TRANSIT)
    journey.until_at_rest()
    assert (paid(journey), "presumed_lost" in journey.notice_kinds()) == (0, False)


def test_a_parcel_that_was_given_up_and_is_scanned_is_followed_again(journey: StateDriver) -> None:
    journey.ship()
    journey.advance(days=18)
    assert journey.state.parcels[0].unfollowed_at is not None
    journey.scan(S.IN_TRANSIT)
    assert journey.state.parcels[0].under_way
    journey.advance(days=13)
    journey.settle_sent_legs()
    assert paid(journey) == 6800, "now the carrier has lost it"


def _units(state: JourneyState) -> dict[str, int]:
    return {parcel.parcel_id: sum(map(len, parcel.units.values())) for parcel in state.parcels}


# Several labels


def test_of_three_labels_one_is_void_and_the_others_share_the_goods(journey: StateDriver) -> None:
    fulfilled(journey, "A", "B", "C", lines={"1": 2, "2": 1})
    assert _units(journey.state) == {"p1": 0, "p2": 0, "p3": 0}
    assert journey.state.unshipped() == {}
    journey.scan(S.CANCELLED, "C")
    assert all(journey.state.contents_unknown(parcel) for parcel in journey.state.parcels[:2])
    journey.scan(S.CANCELLED, "B")
    assert _units(journey.state) == {"p1": 3, "p2": 0, "p3": 0}


def test_with_one_of_several_delivered_what_comes_back_has_arrived(journey: StateDriver) -> None:
    fulfilled(journey, "A", "B", lines={"1": 2, "2": 1})
    assert "units_unavailable" in journey.violations({"1": 1})
    journey.scan(S.DELIVERED, "A")
    assert (journey.state.delivered, journey.violations({"1": 1})) == ("some", [])
    journey.scan(S.DELIVERED, "B")
    assert journey.state.stage == "delivered"


def test_one_of_several_that_comes_back_is_not_paid_before_a_person_says_what_was_in_it(
    journey: StateDriver,
) -> None:
    fulfilled(journey, "A", "B", lines={"1": 2, "2": 1})
    journey.scan(S.DELIVERED, "A")
    journey.scan(S.IN_TRANSIT, "B")
    journey.scan(S.RETURN_TO_SENDER, "B")
    assert journey.attention_kinds() == ["contents_unknown"]
    answer = journey.override("set_contents", parcel="p2", lines=[{"line_id": "2", "quantity": 1}])
    assert answer.verdict == "accepted"
    assert (journey.attention_kinds(), _units(journey.state)) == (["returned_to_sender"], {"p1": 2, "p2": 1})
    journey.advance(days=3)
    assert paid(journey) == 4000


def test_an_agent_may_say_that_nothing_was_in_one_of_several(journey: StateDriver) -> None:
    fulfilled(journey, "A", "B", lines={"1": 2, "2": 1})
    assert reasons(
        journey.override("set_contents", parcel="p2", lines=[{"line_id": "1", "quantity": 3}])
    ) == ["units_unavailable"]
    assert journey.override("set_contents", parcel="p2").verdict == "accepted"
    assert _units(journey.state) == {"p1": 3, "p2": 0}
    assert reasons(journey.override("set_contents", parcel="p1")) == ["nothing_to_override"]


def test_one_of_several_that_the_customer_does_not_have_is_not_paid_by_default(journey: StateDriver) -> None:
    fulfilled(journey, "A", "B", lines={"1": 2, "2": 1})
    journey.scan(S.DELIVERED, "A")
    journey.scan(S.DELIVERED, "B")
    journey.execute(ReportNotReceived(command_id="n", actor=CUSTOMER, parcel="p1"))
    assert [item.default for item in journey.state.attention] == ["dismiss"]
    assert reasons(journey.override("mark_lost", SENIOR, parcel="p1")) == ["contents_unknown"]
    journey.advance(days=5)
    assert (journey.sent[-1].details["outcome"], paid(journey)) == ("unclear", 0)


def test_units_of_several_labels_that_were_cancelled_and_leave_raise_a_question(journey: StateDriver) -> None:
    fulfilled(journey, "A", "B", lines={"1": 2, "2": 1})
    journey.cancel_order(SHOP)
    journey.scan(S.PICKED_UP, "B")
    assert journey.attention_kinds() == ["shipped_after_cancel"]
