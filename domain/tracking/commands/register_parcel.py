"""The storefront handed units to a carrier."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from domain.clock import MAX_WAIT
from domain.model.command import Command
from domain.model.order import Identifier
from domain.model.parcel import Parcel
from domain.model.promise import Promise
from domain.model.shipment import PackedLine
from domain.model.state import JourneyState
from domain.model.tracking_number import same
from domain.reasons import CommandResult, Reason, Violation, accepted, too_long
from domain.tracking.registration import MAX_PARCELS, add_parcel
from domain.units import UnitsByLine


class RegisterParcel(Command):
    """Follow this parcel; the same parcel again changes nothing.

    Without `lines` it holds everything not yet shipped; without `promise` that of its lines holds.

    tracking_number: empty for a parcel that is not tracked, as letter mail.
    """

    carrier: Identifier
    tracking_number: Annotated[str, Field(max_length=64)] = ""
    shipped_on: date | None = None
    lines: tuple[PackedLine, ...] = ()
    promise: Promise | None = None

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        known = self._known(state)
        if known is not None:
            return list(self._other_parcel(state, known))
        violations = []
        if state.cancelled_at is not None:
            violations.append(Violation(code=Reason.ORDER_CANCELLED))
        if self.promise is not None and self.promise.due(state.zone) > now + MAX_WAIT:
            violations.append(too_long())
        if len(state.parcels) >= MAX_PARCELS:
            violations.append(Violation(code=Reason.TOO_MANY_PARCELS, details={"max": MAX_PARCELS}))
        left = self._packable(state)
        if not self.lines and not left:
            violations.append(Violation(code=Reason.UNITS_ALREADY_SHIPPED))
        for line_id, requested in self._requested_units().items():
            line = state.order.line(line_id)
            if line is None:
                violations.append(Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": line_id}))
            elif line.fulfilment == "digital":
                violations.append(
                    Violation(
                        code=Reason.OTHER_FULFILMENT, details={"line": line_id, "fulfilment": "digital"}
                    )
                )
            elif requested > (available := len(left.get(line_id, []))):
                details: dict[str, str | int] = {
                    "line": line_id,
                    "requested": requested,
                    "available": available,
                }
                violations.append(Violation(code=Reason.UNITS_ALREADY_SHIPPED, details=details))
        return violations

    def _known(self, state: JourneyState) -> Parcel | None:
        """The parcel with that number, if it is registered."""
        return next((parcel for parcel in state.parcels if self._names(parcel)), None)

    def _other_parcel(self, state: JourneyState, known: Parcel) -> Iterator[Violation]:
        """A parcel is told twice; a violation where the second report is of another one, with what differs in it."""
        requested, packed = self._requested_units(), {line: len(units) for line, units in known.units.items()}
        units_differ = requested != packed if requested else bool(self._packable(state))
        carriers = {_bare(self.carrier), _bare(known.carrier)} - {"unknown"}
        found = {
            "/tracking_number": known.void,
            "/carrier": len(carriers) > 1,
            "/lines": units_differ and not state.contents_unknown(known),
            "/promise": self.promise is not None and self.promise != known.promise,
        }
        if differs := ", ".join(pointer for pointer, differs in found.items() if differs):
            details: dict[str, str | int] = {"tracking_number": self.tracking_number, "differs": differs}
            yield Violation(code=Reason.PARCEL_ALREADY_REGISTERED, details=details)

    def _packable(self, state: JourneyState) -> UnitsByLine:
        """Units that may be in it. Goods that were to be collected are sent only if the shop names them."""
        return {**state.unpacked(), **state.uncollected()} if self.lines else state.unshipped()

    def _names(self, parcel: Parcel) -> bool:
        """Whether that is this parcel: the number decides, and the ship date where a number is used again."""
        if not self.tracking_number:
            return False  # parcels without a number are told apart by their units alone
        days = {self.shipped_on, parcel.shipped_on} - {None}
        return len(days) < 2 and same(self.tracking_number, parcel.tracking_number)

    def _requested_units(self) -> dict[str, int]:
        requested: dict[str, int] = {}
        for line in self.lines:
            requested[line.line_id] = requested.get(line.line_id, 0) + line.quantity
        return requested

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        known = self._known(state)
        if known is not None:
            return accepted(known.parcel_id).model_copy(update={"repeated": True})
        left = self._packable(state)
        units = (
            {line: left[line][:count] for line, count in self._requested_units().items()}
            if self.lines
            else left
        )
        named = (self.carrier, self.tracking_number, self.shipped_on)
        return accepted(add_parcel(state, named, units, self.actor, now, self.promise).parcel_id)


def _bare(carrier: str) -> str:
    """The name as it is compared: `royal-mail` and `Royal Mail` are one carrier."""
    folded = carrier.casefold()
    return "".join(character for character in folded if character.isalnum()) or folded
