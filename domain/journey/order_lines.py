"""The lines of an order as its view shows them: what was bought, and where its units are."""

from datetime import date

from domain.base import Frozen
from domain.model.order import Fulfilment, OrderLine
from domain.model.state import JourneyState
from domain.money import Money
from domain.units import Units, units_in


class LineUnits(Frozen):
    """How many units of a line are where. A unit that arrived may also be on a return, and paid back.

    to_ship: in no parcel yet, and waited for.
    to_collect: to be collected in the shop.
    under_way: in a parcel that is neither delivered nor lost.
    lost: in a parcel that was written off and is not sent again.
    arrived: delivered or handed over, or assumed to have arrived because no carrier reports on them.
    on_return: on a return that is in review or authorized.
    paid_back: their money went back, or is on its way back, here or in the storefront.
    """

    to_ship: int
    to_collect: int
    under_way: int
    lost: int
    arrived: int
    on_return: int
    paid_back: int


class LineView(Frozen):
    """A line: what was bought, what it cost, how it reaches the customer, and where its units are.

    sku: the merchant's name of the article.
    unit_price, discount: as the order was placed, tax included; `discount` is of the whole line.
    paid: what the whole line cost after its discount.
    final_sale: it cannot be returned unless an agent waives that.
    expected_on: the day by which the customer was told to have it, for a line that ships later.
    arrived: the same as `units.arrived`.
    """

    line_id: str
    sku: str
    title: str
    quantity: int
    unit_price: Money
    discount: Money | None
    paid: Money
    final_sale: bool
    fulfilment: Fulfilment
    expected_on: date | None
    arrived: int
    units: LineUnits


class _UnitStates:
    """The units of an order by state, each computed once for all lines."""

    def __init__(self, state: JourneyState) -> None:
        parcels = state.parcels
        self.to_ship = units_in([state.unshipped()])
        self.to_collect = units_in([state.uncollected()])
        self.arrived: Units = frozenset(
            (line, unit) for line, units in state.arrivals().items() for unit in units
        )
        self.lost = units_in(p.units for p in parcels if p.lost_at is not None and not p.resent)
        packed = units_in(
            [*(p.units for p in parcels if not (p.void or p.lost_at)), *state.shared_units.values()]
        )
        self.under_way = packed - self.arrived
        self.on_return = units_in(case.units for case in state.returns if case.live)
        self.paid_back = units_in(s.units for s in state.settlements if s.purpose != "reversal")

    def of_line(self, line: OrderLine) -> LineUnits:
        def count(units: Units) -> int:
            return sum((line.line_id, unit) in units for unit in range(line.quantity))

        return LineUnits(
            to_ship=count(self.to_ship),
            to_collect=count(self.to_collect),
            under_way=count(self.under_way),
            lost=count(self.lost),
            arrived=count(self.arrived),
            on_return=count(self.on_return),
            paid_back=count(self.paid_back),
        )


def line_views(state: JourneyState) -> tuple[LineView, ...]:
    """The lines in the order in which they were placed."""
    states = _UnitStates(state)
    return tuple(_line_view(line, states.of_line(line)) for line in state.order.lines)


def _line_view(line: OrderLine, units: LineUnits) -> LineView:
    return LineView(
        line_id=line.line_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        paid=line.paid,
        final_sale=line.final_sale,
        fulfilment=line.fulfilment,
        expected_on=line.expected_on,
        arrived=units.arrived,
        units=units,
    )
