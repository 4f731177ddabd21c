"""What a person who decides about a return has to know: what the customer said, and why it is no rule that decides."""

from domain.base import Frozen
from domain.model.return_case import ReturnCase
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import Violation


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
    )
