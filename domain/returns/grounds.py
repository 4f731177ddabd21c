"""What a person who decides about a return has to know: what the customer said, and why it is no rule that decides."""

from datetime import datetime

from domain.base import Frozen
from domain.clock import Instant
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import Violation
from domain.returns.windows import ReturnWindows


class ReturnedUnits(Frozen):
    """Units of one line that the customer sends back."""

    line_id: str
    """The order's line."""
    title: str
    """Its name."""
    units: int
    """How many."""
    reason: str
    """The customer's reason, as the policy names it."""


class ReturnGrounds(Frozen):
    """A return as the person sees it who decides about it."""

    return_id: str
    """Our id of the return."""
    items: tuple[ReturnedUnits, ...]
    """What comes back, and why."""
    resolution: Resolution
    """What the customer gets for it."""
    refund: Money
    """What is paid back."""
    review: tuple[Violation, ...]
    """Why a person decides; empty where rules decided."""
    window_end: Instant | None = None
    """When the return window of the first of these goods ends, by the order's terms; null where none of them has arrived."""


def return_grounds(state: JourneyState, case: ReturnCase) -> ReturnGrounds:
    lines = {line.line_id: line for line in state.order.lines}
    return ReturnGrounds(
        return_id=case.return_id,
        items=tuple(
            ReturnedUnits(
                line_id=item.line_id,
                title=lines[item.line_id].title,
                units=len(item.units),
                reason=item.reason,
            )
            for item in case.quote.items
        ),
        resolution=case.resolution,
        refund=case.quote.refund,
        review=tuple(case.review),
        window_end=_window_end(state, case),
    )


def _window_end(state: JourneyState, case: ReturnCase) -> datetime | None:
    windows = ReturnWindows(state)
    reasons = {item.line_id: item.reason for item in case.quote.items}
    ends = (
        windows.end(line, unit, reasons[line])
        for line, units in case.units.items()
        for unit in windows.arrived.get(line, {})
        if unit in units
    )
    return min(ends, default=None)
