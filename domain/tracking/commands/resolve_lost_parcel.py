"""A parcel is presumed lost or came back: its customer, or an agent for them, says what they want instead."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.actors import STAFF
from domain.model.attention import AttentionKind
from domain.model.command import Command
from domain.model.parcel import LostParcelChoice
from domain.model.state import JourneyState
from domain.reasons import CommandResult, Reason, Violation, accepted
from domain.returns.steps import cancel_idle_returns, idle_returns
from domain.tracking import resends
from domain.tracking.undelivered import refund_undelivered
from domain.units import units_in, without


class ResolveLostParcel(Command):
    """`resend`: the merchant packs it again, or pays; `refund`: what was in it is paid back now."""

    parcel: Annotated[str, Field(max_length=64)]
    choice: LostParcelChoice

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        details: dict[str, str | int] = {"parcel": self.parcel}
        parcel = state.parcel(self.parcel)
        if parcel is None:
            return [Violation(code=Reason.PARCEL_UNKNOWN, details=details)]
        kinds: list[AttentionKind] = ["presumed_lost", "returned_to_sender"]
        if self.actor.role in STAFF and not state.contents_unknown(parcel):
            kinds.append(
                "never_scanned"
            )  # no scan backs what a customer chooses, so a person of the shop does
        questions = [state.open_item(kind, self.parcel) for kind in kinds]
        if not any(item and now < item.deadline for item in questions):
            return [Violation(code=Reason.NOTHING_TO_CHOOSE, details=details)]
        idle = units_in(case.units for case in idle_returns(state, parcel))
        if self.choice == "resend" and not without(parcel.units, state.unavailable_units() - idle):
            return [Violation(code=Reason.UNITS_UNAVAILABLE, details=details)]
        return []

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        parcel = state.parcel(self.parcel)
        assert parcel is not None
        if self.choice == "resend":
            cancel_idle_returns(state, parcel, now)
            resends.resend(state, parcel, self.actor, now)
        else:
            parcel.choice = "refund"
            state.audit(now, self.actor, "refund_requested", self.parcel)
            refund_undelivered(state, self.parcel, now, self.actor.role)
        return accepted(self.parcel)
