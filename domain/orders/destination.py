"""A change of where an order goes. The promised day stays, and ends with that day at the new place."""

from datetime import datetime
from typing import Literal

from domain.actors import Actor, Role
from domain.base import Frozen
from domain.clock import Instant, StatedInstant
from domain.model.order import Destination
from domain.model.state import JourneyState
from domain.orders.cancellation import shipped_parcels


class DestinationChanged(Frozen):
    """A report by a storefront that the order goes to another place.

    at: when the storefront changed the order.
    now: the sandbox clock when the report arrived, else None.
    """

    type: Literal["destination_changed"] = "destination_changed"
    storefront: str
    destination: Destination
    at: StatedInstant
    now: Instant | None = None


def is_news(state: JourneyState, destination: Destination, at: datetime) -> bool:
    """Whether it is another place than the last one, and not an older change."""
    is_older = state.destination_at is not None and at < state.destination_at
    return not is_older and destination != state.order.destination


def change_destination(
    state: JourneyState, destination: Destination, at: datetime, actor: Actor, now: datetime
) -> None:
    """Enter the new place and the end of the promised day there."""
    state.order = state.order.model_copy(update={"destination": destination})
    state.terms = state.terms.model_copy(update={"due": state.order.due()})
    state.destination_at = at
    details: dict[str, str | int] = {"country": destination.country, "zone": destination.zone}
    state.audit(now, actor, "destination_changed", state.order.order, **details)


def apply_destination(state: JourneyState, change: DestinationChanged, now: datetime) -> bool:
    """Apply a storefront's change. Once a parcel has left, an agent gets a question instead."""
    if not is_news(state, change.destination, change.at) or state.cancelled_at is not None:
        return False
    if not shipped_parcels(state):
        actor = Actor(role=Role.STOREFRONT, name=change.storefront)
        change_destination(state, change.destination, change.at, actor, now)
        return True
    if state.destination_at == change.at:
        return False  # an agent was asked about this change
    state.destination_at = change.at
    state.open_question("address_changed", state.order.order, now)
    return True
