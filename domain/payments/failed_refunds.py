"""Refunds made in the storefront that failed after they counted: the customer does not have the money."""

from datetime import datetime

from domain.model.leg import Leg
from domain.model.shipment import RefundedPart
from domain.model.state import JourneyState
from domain.money import Money, total


def external_refunded(state: JourneyState) -> Money:
    """What customers have of refunds made in the storefront: what is in the books, less what failed later.

    A refund that was made again under another id takes the place of the one that failed.
    """
    settled = [leg for leg in _external_legs(state) if leg.status == "settled"]
    return min(total([leg.principal for leg in settled], state.order.currency), _reported(state))


def raise_or_settle(state: JourneyState, refund: str, before_minor: int, now: datetime) -> None:
    """The amount of a refund that counted has changed: finance is asked, unless the change mends an earlier failure."""
    record = next(one for one in state.external_refunds if one.refund == refund)
    settle_mended(state)
    if record.reported_minor < before_minor:
        state.open_question("refund_failed", refund, now)
    elif exceeds_books(state):
        state.open_question("refund_mismatch", refund, now)


def settle_mended(state: JourneyState) -> None:
    """Close questions about failed refunds once the storefront has paid back again what is in the books."""
    if _reported(state) >= _booked(state):
        state.attention = [item for item in state.attention if item.kind != "refund_failed"]


def without_replaced(state: JourneyState, parts: tuple[RefundedPart, ...]) -> tuple[RefundedPart, ...]:
    """The parts of a new refund, which is reported already, less what takes the place of a failed one in the books."""
    amount = total([part.amount for part in parts], state.order.currency)
    left = max(0, (_booked(state) + amount - _reported(state)).minor)
    rest = []
    for part in parts:
        replaced = min(left, part.amount.minor)
        left -= replaced
        minor = part.amount.minor - replaced
        rest.append(part.model_copy(update={"amount": Money(minor=minor, currency=part.amount.currency)}))
    return tuple(part for part in rest if part.amount)


def exceeds_books(state: JourneyState) -> bool:
    """Whether more was refunded in the storefront than is in the books."""
    return _reported(state) > _booked(state)


def _external_legs(state: JourneyState) -> list[Leg]:
    return [leg for s in state.settlements if s.purpose == "external" for leg in s.legs]


def _booked(state: JourneyState) -> Money:
    return total([leg.principal for leg in _external_legs(state)], state.order.currency)


def _reported(state: JourneyState) -> Money:
    currency = state.order.currency
    amounts = [record.reported_minor for record in state.external_refunds if record.counted]
    return Money(minor=sum(amounts), currency=currency)
