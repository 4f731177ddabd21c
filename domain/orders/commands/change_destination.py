"""Command: the order goes to another place, while no parcel has left."""

from datetime import datetime

from domain.clock import Instant
from domain.model.command import Command
from domain.model.order import Destination
from domain.model.state import JourneyState
from domain.orders.cancellation import shipped_parcels
from domain.orders.destination import change_destination, is_news
from domain.reasons import CommandResult, Reason, Violation, accepted


class ChangeDestination(Command):
    """Deliver to another place. A change that is older than the last one, or the same place, changes nothing.

    changed_at: when the customer changed it, if that is past; else now. A time to come would outrank every later change.
    """

    destination: Destination
    changed_at: Instant | None = None

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        if not is_news(state, self.destination, self._at(now)):
            return []
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        return [
            Violation(code=Reason.ORDER_SHIPPED, details={"parcel": parcel.parcel_id})
            for parcel in shipped_parcels(state)
        ]

    def _at(self, now: datetime) -> datetime:
        return min(self.changed_at or now, now)

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        news = is_news(state, self.destination, self._at(now))
        if news:
            change_destination(state, self.destination, self._at(now), self.actor, now)
        return accepted(state.order.order).model_copy(update={"repeated": not news})
