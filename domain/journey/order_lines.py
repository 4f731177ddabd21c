"""The lines of an order as its view shows them: what was bought, and where its units are."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from domain.base import Frozen
from domain.model.order import Fulfilment, OrderLine
from domain.model.state import JourneyState
from domain.money import Money
from domain.units import Units, UnitsByLine, units_in


class LineUnits(Frozen):
    """How many units of a line are where: each in one place, beside `arrived`. What was paid back counts there alone."""

    to_ship: int
    """In no parcel yet, and waited for; none of a cancelled order."""
    to_collect: int
    """To be collected in the shop."""
    under_way: int
    """In a parcel that is neither delivered nor lost."""
    lost: int
    """In a parcel that was written off and is not sent again, and not paid back."""
    arrived: int
    """Delivered or handed over, or assumed to have arrived because no carrier reports on them; wherever they are now."""
    on_return: int
    """On a return that is in review or authorized, and not paid back."""
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
    image_url: str | None
    """A picture of it, where the shop sent one."""
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
    """How many units of each line are in each state, counted once for all lines."""

    def __init__(self, state: JourneyState) -> None:
        parcels = state.parcels
        arrived: Units = frozenset((line, unit) for line, units in state.arrivals().items() for unit in units)
        packed = units_in(
            [*(p.units for p in parcels if not (p.void or p.lost_at)), *state.shared_units.values()]
        )
        paid_back = units_in(s.units for s in state.settlements if not s.takes_back)
        lost = units_in(p.units for p in parcels if p.lost_at is not None and not p.resent)
        on_return = units_in(case.units for case in state.returns if case.live)
        waits = state.cancelled_at is None
        self.to_ship = _sizes(state.unshipped()) if waits else {}
        self.to_collect = _sizes(state.uncollected()) if waits else {}
        self.arrived, self.under_way = _counts(arrived), _counts(packed - arrived - paid_back)
        self.lost, self.on_return = _counts(lost - paid_back), _counts(on_return - paid_back)
        self.paid_back = _counts(paid_back)

    def of_line(self, line: str) -> LineUnits:
        return LineUnits(
            to_ship=self.to_ship.get(line, 0),
            to_collect=self.to_collect.get(line, 0),
            under_way=self.under_way.get(line, 0),
            lost=self.lost.get(line, 0),
            arrived=self.arrived.get(line, 0),
            on_return=self.on_return.get(line, 0),
            paid_back=self.paid_back.get(line, 0),
        )


def _counts(units: Units) -> Mapping[str, int]:
    return Counter(line for line, _ in units)


def _sizes(units: UnitsByLine) -> Mapping[str, int]:
    return {line: len(indexes) for line, indexes in units.items()}


def line_views(state: JourneyState) -> tuple[LineView, ...]:
    """The lines in the order in which they were placed."""
    states = _UnitStates(state)
    return tuple(_line_view(line, states.of_line(line.line_id)) for line in state.order.lines)


def _line_view(line: OrderLine, units: LineUnits) -> LineView:
    return LineView(
        line_id=line.line_id,
        sku=line.sku,
        title=line.title,
        image_url=line.image_url,
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
