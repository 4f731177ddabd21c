"""Facts about orders and the articles in them: bought and sent back, by article and reason."""

from collections.abc import Iterator

from domain.clock import local_day
from domain.figures.fact import FigureFact
from domain.model.state import JourneyState


def sale_facts(state: JourneyState) -> Iterator[FigureFact]:
    """The order and the units of each line. Goods that left in exchange for others are no new sale."""
    order = state.order
    day, country = local_day(order.placed_at, state.zone), order.destination.country
    yield FigureFact("order", "", day, country=country, currency=order.currency, value=order.captured.minor)
    exchanged = state.exchanged_lines()
    for line in order.lines:
        if line.line_id not in exchanged:
            yield FigureFact(
                "unit_sold", line.line_id, day, country=country, sku=line.sku, currency=order.currency,
                times=line.quantity, value=line.charged_minor,
            )  # fmt: skip


def returned_unit_facts(state: JourneyState) -> Iterator[FigureFact]:
    """The units of each return that stands, on the day of its opening; `carrier`: who brought them to the customer."""
    for case in state.returns:
        if not case.live:
            continue
        day = local_day(case.opened_at, state.zone)
        for number, item in enumerate(case.quote.items):
            line = state.order.line(item.line_id)
            yield FigureFact(
                "unit_returned", f"{case.return_id} {number}", day, _carrier_of(state, item.line_id),
                state.order.destination.country, line.sku if line else "", item.reason, item.amount.currency,
                times=len(item.units), value=item.amount.minor,
            )  # fmt: skip


def _carrier_of(state: JourneyState, line_id: str) -> str:
    return next((parcel.carrier for parcel in state.parcels if line_id in parcel.units), "")
