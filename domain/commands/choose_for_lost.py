"""A parcel is presumed lost or came back: its customer, or an agent for them, says what they want instead."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain import losing
from domain.commands.base import Command
from domain.doing import call_off_idle_returns, idle_returns, pay_back_undelivered
from domain.journey import JourneyState
from domain.parcels import LostChoice
from domain.reasons import Answer, Objection, Reason, accepted
from domain.units import units_in, without


class ChooseForLost(Command):
    """`resend`: the merchant packs it again, or pays; `refund`: what was in it is paid back now."""

    parcel: Annotated[str, Field(max_length=64)]
    choice: LostChoice

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        facts: dict[str, str | int] = {"parcel": self.parcel}
        parcel = state.parcel(self.parcel)
        if parcel is None:
            return [Objection(code=Reason.PARCEL_UNKNOWN, facts=facts)]
        open_ = {f"presumed_lost/{self.parcel}", f"returned_to_sender/{self.parcel}"}
        if not any(item.id in open_ and now < item.deadline for item in state.attention):
            return [Objection(code=Reason.NOTHING_TO_CHOOSE, facts=facts)]
        idle = units_in(case.units for case in idle_returns(state, parcel))
        if self.choice == "resend" and not without(parcel.units, state.units_out() - idle):
            return [Objection(code=Reason.UNITS_OUT, facts=facts)]
        return []

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        parcel = state.parcel(self.parcel)
        assert parcel is not None
        if self.choice == "resend":
            call_off_idle_returns(state, parcel, now)
            losing.resend(state, parcel, self.actor, now)
        else:
            parcel.choice = "refund"
            state.write(now, self.actor, "refund_chosen", self.parcel)
            pay_back_undelivered(state, self.parcel, now)
        return accepted(self.parcel)
