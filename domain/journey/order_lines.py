"""The lines of an order as its view shows them: what was bought, and where its units are."""

from datetime import date

from domain.base import Frozen
from domain.model.order import Fulfilment, OrderLine
from domain.model.state import JourneyState
from domain.money import Money
from domain.units import Units, units_in


class LineUnits(Frozen):
    """How many units of a line are where. A unit that arrived may also be on a return, and paid back."""

    to_ship: int
    """In no parcel yet, and waited for."""
    to_collect: int
    """To be collected in the shop."""
    under_way: int
    """In a parcel that is neither delivered nor lost."""
    lost: int
    """In a parcel that was written off and is not sent again."""
    arrived: int
    """Delivered or handed over, or assumed to have arrived because no carrier reports on them."""
    on_return: int
    """On a return that is in review or authorized."""
    paid_back: int
    """Their money went back, or is on its way back, here or in the storefront."""


class LineView(Frozen):
    """A line: what was bought, what it cost, how it reaches the customer, and where its units are."""

    line_id: str
    """The shop's own id of the line."""
    sku: str
    """The merchant's name of the article."""
    title: str
    """What it is called."""
    quantity: int
    """How many units were bought."""
    unit_price: Money
    """The price of one unit, tax included."""
    discount: Money | None
    """The discount of the whole line, tax included; null if there was none."""
    tax: Money | None
    """The tax in what the whole line cost; null where it is not known."""
    paid: Money
    """What the whole line cost after its discount."""
    final_sale: bool
    """It cannot be returned unless an agent waives that."""
    fulfilment: Fulfilment
    """How they reach the customer."""
    expected_on: date | None
    """The day by which the customer was told to have it, for a line that ships later."""
    arrived: int
    """The same as `units.arrived`."""
    units: LineUnits
    """How many of its units are where."""


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
        tax=line.tax,
        paid=line.paid,
        final_sale=line.final_sale,
        fulfilment=line.fulfilment,
        expected_on=line.expected_on,
        arrived=units.arrived,
        units=units,
    )
