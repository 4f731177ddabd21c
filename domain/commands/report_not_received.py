"""The carrier says delivered, and the customer has nothing."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from domain import losing
from domain.actors import STAFF
from domain.commands.base import Command
from domain.journey import JourneyState
from domain.parcels import Parcel
from domain.reasons import Answer, Objection, Reason, accepted


class ReportNotReceived(Command):
    """Search for this parcel. A customer may ask once, within the terms' days; staff may ask again and later."""

    parcel: Annotated[str, Field(max_length=64)]

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        facts: dict[str, str | int] = {"parcel": self.parcel}
        parcel = state.parcel(self.parcel)
        if parcel is None:
            return [Objection(code=Reason.PARCEL_UNKNOWN, facts=facts)]
        if state.cancelled_at is not None:
            return [Objection(code=Reason.ORDER_CANCELLED)]
        if parcel.lost_at is not None:
            return [Objection(code=Reason.PARCEL_GIVEN_UP, facts=facts)]
        if parcel.delivered_at is None:
            return [Objection(code=Reason.PARCEL_UNDER_WAY, facts=facts)]
        if state.asks("not_received", self.parcel):
            return [Objection(code=Reason.SEARCH_OPEN, facts=facts)]
        return [] if self.actor.role in STAFF else self._against_customer(state, parcel, now)

    def _against_customer(self, state: JourneyState, parcel: Parcel, now: datetime) -> list[Objection]:
        facts: dict[str, str | int] = {"parcel": self.parcel}
        found = []
        if parcel.searched_at is not None:
            found.append(Objection(code=Reason.SEARCH_ENDED, facts=facts))
        assert parcel.delivered_at is not None
        until = parcel.delivered_at + timedelta(days=state.terms.policy.search.until)
        if now >= until:
            found.append(Objection(code=Reason.OUTSIDE_WINDOW, facts={**facts, "until": until.isoformat()}))
        return found

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        parcel = state.parcel(self.parcel)
        assert parcel is not None
        losing.open_search(state, parcel, self.actor, now)
        return accepted(self.parcel)
