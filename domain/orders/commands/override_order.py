"""Command: an agent overrides a step of an order.

The rules stay the same, the result is another, and the agent's name and reason are recorded.
"""

from datetime import datetime, timedelta

from domain.clock import MAX_WAIT
from domain.delays.follow_ups import expire
from domain.model.command import Command
from domain.model.leg import Leg
from domain.model.override import OrderOverrideRequest, override_violations
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.orders.cancellation import cancel_rest, left_the_shop
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.legs import retry_leg
from domain.payments.payment_results import notify_if_paid
from domain.payments.returned_refunds import leg_to_choose, pay_otherwise
from domain.payments.waiting_legs import waive_waiting_leg
from domain.reasons import CommandResult, Reason, Violation, accepted, too_long
from domain.tracking.contents import assign_contents
from domain.tracking.traces import close_trace
from domain.tracking.undelivered import refund_disputed, refund_undelivered


class OverrideOrder(Command):
    """Apply one of the overrides of an order, with the agent's reason."""

    request: OrderOverrideRequest

    def violations(self, state: JourneyState, now: datetime) -> list[Violation]:
        violations = override_violations(self, self.request.override, self.request.expected_seq, state)
        match self.request.override:
            case "mark_delivered" | "mark_lost":
                violations += self._parcel_violations(state, state.parcel(self.request.parcel))
            case "set_contents":
                violations += self._contents_violations(state, state.parcel(self.request.parcel))
            case "skip_step" | "retry_step" | "paid_by_hand" | "look_up" | "confirm_paid" | "confirm_unpaid":
                if self._leg(state) is None:
                    violations.append(
                        Violation(code=Reason.NOTHING_TO_OVERRIDE, details={"leg": self.request.leg})
                    )
            case "cancel":
                violations += [] if self._rest_alone(state) else self._cancel().violations(state, now)
            case "extend_window":
                days = state.window_extension + self.request.days
                violations += [too_long()] if timedelta(days=days) > MAX_WAIT else []
            case "note":
                pass
        return violations

    def _parcel_violations(self, state: JourneyState, parcel: Parcel | None) -> list[Violation]:
        """Why the parcel cannot be marked as delivered or lost.

        A cancelled order is refunded already. A cancelled label cannot be lost: its units ship in another parcel.
        """
        if parcel is None:
            return [Violation(code=Reason.PARCEL_UNKNOWN, details={"parcel": self.request.parcel})]
        if state.cancelled_at is not None:
            return [Violation(code=Reason.ORDER_CANCELLED)]
        if self.request.override == "mark_lost" and state.contents_unknown(parcel):
            return [Violation(code=Reason.CONTENTS_UNKNOWN, details={"parcel": self.request.parcel})]
        void = parcel.void and self.request.override == "mark_lost"
        if self._disputed(state):
            return []
        if void or parcel.delivered_at is not None or parcel.lost_at is not None:
            return [Violation(code=Reason.NOTHING_TO_OVERRIDE, details={"parcel": self.request.parcel})]
        return []

    def _contents_violations(self, state: JourneyState, parcel: Parcel | None) -> list[Violation]:
        """Why the agent cannot say what is in the parcel: it is known, or these units are in none of the labels."""
        if parcel is None:
            return [Violation(code=Reason.PARCEL_UNKNOWN, details={"parcel": self.request.parcel})]
        if not state.contents_unknown(parcel):
            return [Violation(code=Reason.NOTHING_TO_OVERRIDE, details={"parcel": self.request.parcel})]
        shared = state.possible_units(parcel)
        return [
            Violation(
                code=Reason.UNITS_UNAVAILABLE,
                details={"line": line, "requested": count, "available": len(shared.get(line, []))},
            )
            for line, count in self._contents().items()
            if count > len(shared.get(line, []))
        ]

    def _contents(self) -> dict[str, int]:
        contents: dict[str, int] = {}
        for packed in self.request.lines:
            contents[packed.line_id] = contents.get(packed.line_id, 0) + packed.quantity
        return contents

    def _disputed(self, state: JourneyState) -> bool:
        """Whether the customer reports that the parcel did not arrive. An agent may end the trace as found or lost."""
        return state.has_open("not_received", self.request.parcel)

    def _leg(self, state: JourneyState) -> Leg | None:
        """The requested payment if it is stuck: failed, come back, with an unknown result, or waiting. None otherwise.

        A payment with an unknown result can be retried, never skipped. One that waits for a person, or came back, can be reported
        as paid; so can one that waits for a dispute. What a provider has taken can be looked up there; of an unknown one a person
        who has looked at the provider's account can say what became of it.
        """
        found = state.find_leg(self.request.leg)
        if found is None:
            return None
        leg, override = found[1], self.request.override
        is_held = dispute_that_holds(state, *found) is not None
        match override:
            case "paid_by_hand":
                fits = (leg.waits and leg.awaits == "person") or leg_to_choose(state, leg.key) is not None
                fits = fits or (is_held and bool(leg.principal))  # a bonus is only ever store credit
            case "look_up":
                fits = leg.to == "provider" and leg.status in ("accepted", "settled", "reversed")
            case "confirm_paid" | "confirm_unpaid":
                fits = leg.to == "provider" and leg.status == "unknown"
            case "retry_step":
                fits = leg.status in ("failed", "unknown", "reversed")
            case _:
                fits = leg.waits or leg.status == "failed" or is_held
        return leg if fits else None

    def _cancel(self) -> CancelOrder:
        return CancelOrder(command_id=self.command_id, actor=self.actor, now=self.now)

    def _rest_alone(self, state: JourneyState) -> bool:
        """Whether some units have shipped and others have not: an agent may cancel those that have not."""
        return state.cancelled_at is None and left_the_shop(state) and bool(state.cancellable_units())

    def execute(self, state: JourneyState, now: datetime) -> CommandResult:
        state.audit(
            now, self.actor, self.request.override, self._subject(state), override_reason=self.request.reason
        )
        match self.request.override:
            case "extend_window":
                state.window_extension += self.request.days
                state.closed_at = None
            case "mark_delivered":
                self._mark_delivered(state, now)
            case "mark_lost":
                self._mark_lost(state, now)
            case "set_contents":
                self._set_contents(state)
            case "skip_step":
                self._skip_payment(state, now)
            case "retry_step":
                state.settle_question("payment_failed", self.request.leg)
                state.settle_question("payment_unknown", self.request.leg)
                retry_leg(state, self.request.leg, now)
            case "paid_by_hand":
                self._record_payment_by_hand(state, now)
            case "look_up":
                leg = self._leg(state)
                assert leg is not None
                leg.request_lookup(now)
            case "confirm_paid" | "confirm_unpaid":
                leg = self._leg(state)
                assert leg is not None
                leg.confirm(paid=self.request.override == "confirm_paid", now=now)
            case "cancel":
                if self._rest_alone(state):
                    cancel_rest(state, now)
                else:
                    self._cancel().execute(state, now)
            case "note":
                pass
        return accepted(self._subject(state))

    def _record_payment_by_hand(self, state: JourneyState, now: datetime) -> None:
        leg = self._leg(state)
        assert leg is not None
        if leg.status == "planned" and not leg.waits:
            leg.record_held_payment(now)
            return
        if not leg.waits:
            pay_otherwise(state, leg.key, "other_way", self.actor, now)
        state.settle_question("refund_by_hand", leg.key)
        leg.record_payment_by_hand(now)

    def _subject(self, state: JourneyState) -> str:
        match self.request.override:
            case "mark_delivered" | "mark_lost" | "set_contents":
                return self.request.parcel
            case "skip_step" | "retry_step" | "paid_by_hand" | "look_up" | "confirm_paid" | "confirm_unpaid":
                return self.request.leg
            case _:
                return state.order.order

    def _mark_delivered(self, state: JourneyState, now: datetime) -> None:
        parcel = state.parcel(self.request.parcel)
        assert parcel is not None
        if self._disputed(state):
            close_trace(state, parcel, "found", now)
            return
        parcel.declared_at, state.closed_at = now, None
        state.settle_questions_about(parcel.parcel_id)
        expire(state, parcel.parcel_id, now)

    def _mark_lost(self, state: JourneyState, now: datetime) -> None:
        parcel = state.parcel(self.request.parcel)
        assert parcel is not None
        if self._disputed(state):
            refund_disputed(state, parcel, now, self.actor.role)
        else:
            refund_undelivered(state, self.request.parcel, now, self.actor.role)

    def _set_contents(self, state: JourneyState) -> None:
        parcel = state.parcel(self.request.parcel)
        assert parcel is not None
        shared = state.possible_units(parcel)
        units = {line: shared[line][:count] for line, count in self._contents().items()}
        parcel.unfollowed_at = state.closed_at = None
        assign_contents(state, parcel, units)

    def _skip_payment(self, state: JourneyState, now: datetime) -> None:
        """Skip the payment. The rest of the settlement stays, and the customer is notified when it is paid."""
        leg = self._leg(state)
        assert leg is not None
        if leg.waits:
            waive_waiting_leg(state, leg.key, now)
            return
        if leg.status == "planned":
            leg.skip_held()
        else:
            leg.skip()
        state.settle_question("payment_failed", leg.key)
        settlement = next(s for s in state.settlements if s.occasion == leg.occasion)
        notify_if_paid(state, settlement, now)
