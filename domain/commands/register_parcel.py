"""The storefront handed units to a carrier."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from domain.base import Fact
from domain.commands.base import Command
from domain.journey import JourneyState
from domain.orders import Name
from domain.packing import MOST_PARCELS, pack
from domain.promises import Promise
from domain.reasons import Answer, Objection, Reason, accepted


class PackedLine(Fact):
    """So many units of a line in the parcel."""

    line_id: Name
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]


class RegisterParcel(Command):
    """Follow this parcel. Without `lines` it holds everything not yet shipped; without `promise` the order's holds."""

    carrier: Name
    tracking_number: Name
    shipped_on: date | None = None
    lines: tuple[PackedLine, ...] = ()
    promise: Promise | None = None

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        found = []
        if state.cancelled_at is not None:
            found.append(Objection(code=Reason.ORDER_CANCELLED))
        known = {(p.carrier, p.tracking_number, p.shipped_on) for p in state.parcels}
        if (self.carrier, self.tracking_number, self.shipped_on) in known:
            found.append(Objection(code=Reason.PARCEL_KNOWN, facts={"tracking_number": self.tracking_number}))
        if len(state.parcels) >= MOST_PARCELS:
            found.append(Objection(code=Reason.TOO_MANY_PARCELS, facts={"most": MOST_PARCELS}))
        left = state.unshipped()
        if not self.lines and not left:
            found.append(Objection(code=Reason.UNITS_NOT_LEFT_TO_SHIP))
        for line_id, asked in self._asked().items():
            if state.order.line(line_id) is None:
                found.append(Objection(code=Reason.LINE_NOT_IN_ORDER, facts={"line": line_id}))
            elif asked > (there := len(left.get(line_id, []))):
                facts: dict[str, str | int] = {"line": line_id, "asked": asked, "left": there}
                found.append(Objection(code=Reason.UNITS_NOT_LEFT_TO_SHIP, facts=facts))
        return found

    def _asked(self) -> dict[str, int]:
        asked: dict[str, int] = {}
        for line in self.lines:
            asked[line.line_id] = asked.get(line.line_id, 0) + line.quantity
        return asked

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        left = state.unshipped()
        units = {line: left[line][:count] for line, count in self._asked().items()} if self.lines else left
        named = (self.carrier, self.tracking_number, self.shipped_on)
        return accepted(pack(state, named, units, self.actor, now, self.promise).parcel_id)
