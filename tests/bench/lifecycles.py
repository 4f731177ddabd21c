"""One order's lifecycle as messages to its journey: placed, shipped, scanned, a return dropped off, received, paid; closed.

The customer's quote is computed beforehand, so that only the journey is measured.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client

from domain import keys
from domain.actors import Actor, Role
from domain.journey import agenda
from domain.journey.external_events import ClockAdvanced
from domain.model.command import Command
from domain.model.order import Order
from domain.model.override import OrderOverrideRequest
from domain.model.quote import Quote, ReturnItem
from domain.model.scan import ParcelStatus, Scan
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.model.tracking_update import TrackingUpdate
from domain.orders.commands.override_order import OverrideOrder
from domain.returns import quotes
from domain.returns.commands.drop_off import DropOffGoods
from domain.returns.commands.open_return import OpenReturn
from domain.returns.commands.receive import ReceiveGoods
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.scans import TrackingUpdated, apply_tracking_update
from services.journeys import Journeys
from tests.bench.floor import SCANS

SHOP = Actor(role=Role.STOREFRONT, name="5h0p5h0p")
PARTNER = Actor(role=Role.PARTNER, name="9a779a77")
AGENT = Actor(role=Role.AGENT, name="a6e47a6e")
WAREHOUSE = Actor(role=Role.WAREHOUSE, name="3a4e3a4e")


@dataclass(frozen=True)
class Lifecycle:
    """The messages of one order's lifecycle, ready to be sent. `placed`: the state with which it begins."""

    placed: JourneyState
    order: Order
    register: RegisterParcel
    scans: list[TrackingUpdated]
    notes: list[OverrideOrder]
    open: OpenReturn
    drop_off: DropOffGoods
    receive: ReceiveGoods
    end: ClockAdvanced

    async def run(self, journeys: Journeys, client: Client) -> None:
        """Send them, each when the one before is answered, until the run is over."""
        shop, order = self.order.merchant, self.order.order
        await journeys.start(shop, order, self.placed)
        await _accepted(journeys, self.order, self.register)
        for scan, note in zip(self.scans, self.notes, strict=True):
            await journeys.signal(shop, order, scan)
            await _accepted(journeys, self.order, note)
        for command in (self.open, self.drop_off, self.receive):
            await _accepted(journeys, self.order, command)
        await journeys.signal(shop, order, self.end)
        await client.get_workflow_handle(keys.workflow_id(shop, order)).result()


async def _accepted(journeys: Journeys, order: Order, command: Command) -> None:
    answer = await journeys.execute(order.merchant, order.order, command)
    assert answer.verdict == "accepted", answer


def lifecycle_of(placed: JourneyState) -> Lifecycle:
    """The lifecycle of that order; its merchant's clock stands at the time when it was placed until its end."""
    order = placed.order
    number, return_id = f"TRK{order.order}", f"ret_{order.order}"
    register = registered(order, number)
    scans = [_scanned(order, number, index) for index in range(len(SCANS))]
    quote = _quote(order, register, scans)
    return Lifecycle(
        placed=placed,
        order=order,
        register=register,
        scans=scans,
        notes=[_note(order, index) for index in range(len(SCANS))],
        open=OpenReturn(
            command_id=f"open {order.order}", actor=SHOP, now=order.placed_at, return_id=return_id,
            number=f"R-{order.order}", code_hash=f"hash {return_id}", quote=quote, resolution="refund",
        ),
        drop_off=DropOffGoods(
            command_id=f"drop {order.order}", actor=PARTNER, now=order.placed_at, return_id=return_id,
            location_id="bar-7", nonce=f"nonce {order.order}",
        ),
        receive=ReceiveGoods(
            command_id=f"receive {order.order}", actor=WAREHOUSE, now=order.placed_at, return_id=return_id
        ),
        end=ClockAdvanced(now=order.placed_at + timedelta(days=90)),
    )  # fmt: skip


def registered(order: Order, number: str) -> RegisterParcel:
    return RegisterParcel(
        command_id=f"register {order.order}", actor=SHOP, now=order.placed_at, carrier="UPS", tracking_number=number
    )  # fmt: skip


def _note(order: Order, index: int) -> OverrideOrder:
    """An agent's override after each scan: its answer comes when both are written."""
    request = OrderOverrideRequest(override="note", reason="asked by phone")
    return OverrideOrder(
        command_id=f"note {index} {order.order}", actor=AGENT, now=order.placed_at, request=request
    )


def initial_state(order: Order) -> JourneyState:
    """The stored state of an order that has just been placed, as the next change begins with it."""
    terms = compile_terms(Policy(), 1, order)
    return JourneyState(
        order=order, terms=terms, rules_version=agenda.LATEST, clock=order.placed_at, seq=1, base=1
    )


def _scanned(order: Order, number: str, index: int) -> TrackingUpdated:
    at = order.placed_at - timedelta(minutes=len(SCANS) - index)
    scan = Scan(key=f"{number}/{index}", at=at, status=ParcelStatus(SCANS[index]))
    return TrackingUpdated(parcel_id="p1", update=TrackingUpdate(scans=(scan,)), now=order.placed_at)


def _quote(order: Order, register: RegisterParcel, scans: list[TrackingUpdated]) -> Quote:
    state = initial_state(order)
    register.execute(state, order.placed_at)
    for scan in scans:
        apply_tracking_update(state, scan, order.placed_at)
    item = ReturnItem(line_id="1", quantity=1, reason="unwanted")
    return quotes.quote(state, [item], order.placed_at)
