"""An agent overrides a step of an order: the same rules, another verdict, and a name and a reason beside it."""

from datetime import datetime

from domain.calling_off import call_off_rest, has_left
from domain.commands.base import Command
from domain.commands.cancel_order import CancelOrder
from domain.doing import pay_back_disputed, pay_back_undelivered, retry_leg
from domain.journey import JourneyState
from domain.losing import end_search
from domain.outcomes import tell_if_paid
from domain.overrides import MAY, OverrideOfOrder
from domain.parcels import Parcel
from domain.reasons import Answer, Objection, Reason, accepted
from domain.settlements import Leg
from domain.words import overtake


class OverrideOrder(Command):
    """One of the order's override words, with its reason."""

    ask: OverrideOfOrder

    def objections(self, state: JourneyState, now: datetime) -> list[Objection]:
        found = guard(self, self.ask.override, self.ask.expected_seq, state)
        match self.ask.override:
            case "mark_delivered" | "mark_lost":
                found += self._against_parcel(state, state.parcel(self.ask.parcel))
            case "skip_step" | "retry_step":
                if self._leg(state) is None:
                    found.append(Objection(code=Reason.NOTHING_TO_OVERRIDE, facts={"leg": self.ask.leg}))
            case "cancel":
                found += [] if self._rest_alone(state) else self._cancel().objections(state, now)
            case "extend_window" | "note":
                pass
        return found

    def _against_parcel(self, state: JourneyState, parcel: Parcel | None) -> list[Objection]:
        """A cancelled order or label has nothing to lose: its money has gone back, or its units will ship otherwise."""
        if parcel is None:
            return [Objection(code=Reason.PARCEL_UNKNOWN, facts={"parcel": self.ask.parcel})]
        if state.cancelled_at is not None:
            return [Objection(code=Reason.ORDER_CANCELLED)]
        void = parcel.void and self.ask.override == "mark_lost"
        if self._disputed(state):
            return []
        if void or parcel.delivered_at is not None or parcel.lost_at is not None:
            return [Objection(code=Reason.NOTHING_TO_OVERRIDE, facts={"parcel": self.ask.parcel})]
        return []

    def _disputed(self, state: JourneyState) -> bool:
        """Its customer does not have it: an agent ends the search either way."""
        return state.asks("not_received", self.ask.parcel)

    def _leg(self, state: JourneyState) -> Leg | None:
        """A step that is stuck: failed, or of unknown outcome. An unknown one can be retried, never skipped."""
        stuck = ("failed", "unknown") if self.ask.override == "retry_step" else ("failed",)
        return next((leg for leg in state.legs() if leg.key == self.ask.leg and leg.status in stuck), None)

    def _cancel(self) -> CancelOrder:
        return CancelOrder(command_id=self.command_id, actor=self.actor, now=self.now)

    def _rest_alone(self, state: JourneyState) -> bool:
        """Something has left and something has not: an agent may call off what is still here."""
        return state.cancelled_at is None and bool(has_left(state)) and bool(state.to_call_off())

    def carry_out(self, state: JourneyState, now: datetime) -> Answer:
        state.write(now, self.actor, self.ask.override, self._subject(state), because=self.ask.because)
        match self.ask.override:
            case "extend_window":
                state.window_extension += self.ask.days
                state.closed_at = None
            case "mark_delivered":
                self._mark_delivered(state, now)
            case "mark_lost":
                self._mark_lost(state, now)
            case "skip_step":
                self._skip(state, now)
            case "retry_step":
                state.settle_attention(f"payment_failed/{self.ask.leg}", f"payment_unknown/{self.ask.leg}")
                retry_leg(state, self.ask.leg, now)
            case "cancel":
                if self._rest_alone(state):
                    call_off_rest(state, now)
                else:
                    self._cancel().carry_out(state, now)
            case "note":
                pass
        return accepted(self._subject(state))

    def _subject(self, state: JourneyState) -> str:
        match self.ask.override:
            case "mark_delivered" | "mark_lost":
                return self.ask.parcel
            case "skip_step" | "retry_step":
                return self.ask.leg
            case _:
                return state.order.order

    def _mark_delivered(self, state: JourneyState, now: datetime) -> None:
        parcel = state.parcel(self.ask.parcel)
        assert parcel is not None
        if self._disputed(state):
            end_search(state, parcel, "found", now)
            return
        parcel.declared_at, state.closed_at = now, None
        state.settle_questions_about(parcel.parcel_id)
        overtake(state, parcel.parcel_id, now)

    def _mark_lost(self, state: JourneyState, now: datetime) -> None:
        parcel = state.parcel(self.ask.parcel)
        assert parcel is not None
        if self._disputed(state):
            pay_back_disputed(state, parcel, now)
        else:
            pay_back_undelivered(state, self.ask.parcel, now)

    def _skip(self, state: JourneyState, now: datetime) -> None:
        """The rest of the settlement stands, and the customer is told of it as soon as it is paid."""
        leg = self._leg(state)
        assert leg is not None
        leg.status = "skipped"
        state.settle_attention(f"payment_failed/{leg.key}")
        settlement = next(s for s in state.settlements if s.occasion == leg.occasion)
        tell_if_paid(state, settlement, now)


def guard(command: Command, word: str, expected_seq: int | None, state: JourneyState) -> list[Objection]:
    """What holds for every override: the role may say the word, and the state is the one the agent saw."""
    found = []
    if command.actor.role not in MAY[word]:
        needed = ", ".join(sorted(MAY[word]))
        found.append(Objection(code=Reason.ROLE_TOO_LOW, facts={"override": word, "needed": needed}))
    if expected_seq is not None and expected_seq != state.seq:
        found.append(Objection(code=Reason.STATE_MOVED, facts={"expected": expected_seq, "seq": state.seq}))
    return found
