"""Edits of an order after it was placed: units removed, another address."""

from datetime import timedelta

from domain.journey.external_events import apply_event
from domain.model.order import Destination
from domain.model.scan import ParcelStatus
from domain.model.shipment import PackedLine
from domain.orders.commands.change_destination import ChangeDestination
from domain.orders.commands.remove_units import RemoveUnits
from domain.orders.destination import DestinationChanged
from domain.reasons import CommandResult
from tests.builders import PLACED, a_state
from tests.domain.state_driver import SHOP, StateDriver, reasons

DENVER = Destination(country="US", region="CO", zone="America/Denver")
PARIS = Destination(country="FR", zone="Europe/Paris")
HOUR = timedelta(hours=1)


def remove(journey: StateDriver, **quantities: int) -> CommandResult:
    lines = tuple(PackedLine(line_id=name[1:], quantity=count) for name, count in quantities.items())
    journey.commands += 1
    return journey.execute(RemoveUnits(command_id=f"e{journey.commands}", actor=SHOP, lines=lines))


def move(journey: StateDriver, to: Destination, at: timedelta = HOUR) -> CommandResult:
    journey.commands += 1
    return journey.execute(
        ChangeDestination(
            command_id=f"e{journey.commands}", actor=SHOP, destination=to, changed_at=PLACED + at
        )
    )


def reported(journey: StateDriver, to: Destination, at: timedelta = HOUR) -> bool:
    news = apply_event(
        journey.state, DestinationChanged(storefront="shopify", destination=to, at=PLACED + at), journey.now
    )
    journey.apply_due()
    return news


def test_a_unit_that_is_removed_is_paid_back_and_the_rest_ships() -> None:
    journey = StateDriver(a_state())
    assert remove(journey, l1=1).verdict == "accepted"
    assert sum(amount for _, amount in journey.legs()) == 1200
    assert journey.state.unshipped() == {"1": [1], "2": [0]}
    assert journey.notice_kinds() == ["rest_cancelled"]
    journey.deliver()
    assert journey.state.delivered == "all"
    assert journey.violations({"1": 2}) == ["units_unavailable"]
    assert journey.quote({"1": 1}).refund.minor == 1200


def test_all_that_is_left_is_the_order_itself_and_shipping_goes_back_too() -> None:
    journey = StateDriver(a_state())
    remove(journey, l1=2)
    assert journey.state.stage == "placed"
    remove(journey, l2=1)
    assert (journey.state.stage, sum(amount for _, amount in journey.legs())) == ("cancelled", 6800)


def test_units_that_have_left_and_lines_that_are_not_there_are_refused_whole() -> None:
    journey = StateDriver(a_state())
    journey.ship({"1": 2})
    assert reasons(remove(journey, l1=1, l2=1, l9=1)) == ["units_already_shipped", "line_not_in_order"]
    assert journey.legs() == []


def test_another_address_before_a_parcel_has_left_moves_the_end_of_the_promised_day() -> None:
    journey = StateDriver(a_state())
    before = journey.state.due
    assert move(journey, DENVER).verdict == "accepted"
    assert (journey.state.zone, journey.state.due - before) == ("America/Denver", timedelta(hours=7))
    assert journey.ship().verdict == "accepted"
    assert journey.state.parcels[0].due == journey.state.due
    assert "destination_changed" in [entry.action for entry in journey.written]


def test_the_same_address_and_an_older_change_are_no_news() -> None:
    journey = StateDriver(a_state())
    journey.advance(hours=4)
    move(journey, DENVER, 2 * HOUR)
    assert [move(journey, DENVER, 3 * HOUR).repeated, move(journey, PARIS, HOUR).repeated] == [True, True]
    assert journey.state.order.destination == DENVER
    assert not move(journey, PARIS, 3 * HOUR).repeated


def test_a_change_that_is_dated_in_the_future_counts_as_made_now_and_later_ones_follow() -> None:
    journey = StateDriver(a_state())
    move(journey, DENVER, timedelta(days=900))
    journey.advance(hours=1)
    assert reported(journey, PARIS, journey.now - PLACED)
    assert journey.state.order.destination == PARIS


def test_once_a_parcel_has_left_the_shop_is_refused_and_a_storefronts_change_is_a_question() -> None:
    journey = StateDriver(a_state())
    journey.ship()
    assert move(journey, DENVER).verdict == "accepted"  # the label is printed, and the parcel is still here
    journey.scan(ParcelStatus.IN_TRANSIT)
    assert reasons(move(journey, PARIS, 2 * HOUR)) == ["order_shipped"]
    assert reported(journey, PARIS, 2 * HOUR)
    assert not reported(journey, PARIS, 2 * HOUR)
    assert (journey.attention_kinds(), journey.state.order.destination) == (["address_changed"], DENVER)


def test_changes_told_in_any_order_end_at_the_newest() -> None:
    journey = StateDriver(a_state())
    assert reported(journey, PARIS, 2 * HOUR)
    assert not reported(journey, DENVER, HOUR)
    assert journey.state.order.destination == PARIS


def test_what_was_removed_before_is_not_in_the_cancellation() -> None:
    journey = StateDriver(a_state())
    remove(journey, l1=1, l2=1)
    assert journey.cancel_order().verdict == "accepted"
    removed, cancelled = journey.state.settlements
    assert (removed.units, cancelled.units) == ({"1": [0], "2": [0]}, {"1": [1]})
    assert sum(amount for _, amount in journey.legs()) == journey.state.order.captured.minor
