"""Handovers of goods without a parcel: ready to be collected, collected in the shop, or delivered digitally."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys
from domain.model.actions import Change
from domain.model.attention import AttentionItem
from domain.model.deadlines import OpenQuestion, ScheduledAction, scheduled_question
from domain.model.handover import Handover
from domain.model.state import JourneyState
from domain.units import UnitsByLine, both, units_in, without


def make_ready(state: JourneyState, units: UnitsByLine, now: datetime, fulfilment: str = "") -> Handover:
    """Record that the customer can collect these units, and notify them. The letter says so where it was promised earlier."""
    ready = Handover(handover_id=_next_id(state), units=units, ready_at=now, fulfilment=fulfilment)
    state.handovers.append(ready)
    _notify_ready(state, ready, 1, now, **({"late": 1} if now > state.due else {}))
    return ready


def hand_over(state: JourneyState, units: UnitsByLine, at: datetime, fulfilment: str = "") -> Handover:
    """Record that the customer has these units since `at`."""
    ready_at = None
    for other in state.handovers:
        if other.handed_over_at is None and (taken := both(other.units, units)):
            ready_at, other.units = other.ready_at, without(other.units, units_in([taken]))
    done = Handover(
        handover_id=_next_id(state), units=units, ready_at=ready_at, handed_over_at=at, fulfilment=fulfilment
    )
    state.handovers = [other for other in state.handovers if other.units] + [done]
    if not state.uncollected():
        state.settle_question("not_collected", state.order.order)
    return done


def _next_id(state: JourneyState) -> str:
    state.handover_count += 1
    return f"h{state.handover_count}"


def _notify_ready(state: JourneyState, ready: Handover, nth: int, now: datetime, **details: int) -> None:
    key = notice_keys.order_notice(state.order.order, ready.handover_id, "pickup_ready", nth)
    state.notify(now, key, "pickup_ready", ready.handover_id, **details)


def collection_reminders_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Goods that wait in the shop: the customer is reminded once."""
    terms = state.terms.policy.delays
    for ready in state.handovers:
        if ready.ready_at and not ready.handed_over_at and not ready.reminded and state.cancelled_at is None:
            yield ScheduledAction(
                at=ready.ready_at + timedelta(days=max(0, terms.pickup_days - terms.pickup_reminder)),
                owner="customer",
                action=RemindOfCollection(handover_id=ready.handover_id),
                reason="waiting_for_pickup",
            )


class RemindOfCollection(Change):
    """Remind the customer of goods that wait in the shop."""

    kind: ClassVar = "remind_of_collection"
    handover_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        ready = next(one for one in state.handovers if one.handover_id == self.handover_id)
        ready.reminded = True
        if both(ready.units, state.uncollected()):
            _notify_ready(state, ready, 2, now, reminder=1)


def collection_questions_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The question to the merchant about goods that were not collected; by default the journey then stops waiting.

    Goods in the shop are never lost, and nothing is refunded for them without a person.
    """
    waiting = state.uncollected()
    if not waiting or state.uncollected_at or state.cancelled_at or state.has_open("not_collected"):
        return
    policy = state.terms.policy
    ready = [one for one in state.handovers if one.ready_at and not one.handed_over_at]
    since = state.due + timedelta(days=policy.unshipped_days)
    if ready and not without(waiting, units_in(one.units for one in ready)):
        since = max(one.ready_at for one in ready if one.ready_at) + timedelta(days=policy.delays.pickup_days)
    yield scheduled_question(OpenQuestion(question="not_collected", subject=state.order.order), since)


def stop_waiting_for_collection(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    state.uncollected_at = now
