"""An order's life from its timeline and its plans: which party did what, in words of a few characters."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from domain.actors import Role
from domain.journey import agenda
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState
from services.order_reader import FoundOrder
from services.orders.life_picture import Lane, LifeEvent, OrderLife
from services.orders.timeline import OrderTimeline

MAX_EVENTS = 150  # the newest are drawn
MAX_PLANS = 6
_NOT_DRAWN = {"parcel_scanned"}  # its scans are drawn
_UNSENT = {"dropped", "dead"}


async def life_of_order(timeline: OrderTimeline, order: FoundOrder) -> OrderLife:
    """The life of an order as its timeline has it, and its plans."""
    found = await timeline.orders.state(order)
    return life_of(f"Order {order.order_id}", await timeline.facts(order), found.state, found.as_of)


class Fact(Protocol):
    """One line of a timeline. `kind`: scan, notice, decision, money, return, note or reply."""

    @property
    def at(self) -> datetime: ...

    @property
    def kind(self) -> str: ...

    @property
    def action(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def status(self) -> str | None: ...

    @property
    def role(self) -> str | None: ...


def life_of(title: str, facts: Iterable[Fact], state: JourneyState, now: datetime) -> OrderLife:
    """The life as it is drawn: what happened, oldest first, and the next visible plans."""
    events = [LifeEvent(state.order.placed_at, "shop", "order placed")]
    events += [event for fact in facts if (event := _event(fact)) is not None]
    plans = agenda.scheduled_actions(state)
    visible = sorted((plan for plan in plans if plan.action.visible), key=lambda plan: plan.at)
    return OrderLife(
        title=title,
        events=[*_newest(events), *map(_plan, visible[:MAX_PLANS])],
        now=max([now, *(event.at for event in events if not event.planned)]),
        due=state.due,
        left_out=max(0, len(events) - MAX_EVENTS),
    )


def _newest(events: Sequence[LifeEvent]) -> Sequence[LifeEvent]:
    return sorted(events, key=lambda event: event.at)[-MAX_EVENTS:]


def _event(fact: Fact) -> LifeEvent | None:
    label = fact.action.replace("_", " ")
    detail = f"{fact.kind}: {label}" + (f" ({fact.subject})" if fact.subject else "")
    if fact.kind == "notice":
        if fact.status in _UNSENT:
            return LifeEvent(fact.at, "smot", f"not sent: {label}", f"{detail}, {fact.status}")
        waits = fact.status in ("queued", "held")
        return LifeEvent(fact.at, "smot", label, detail, planned=waits, reaches="customer")
    if fact.action in _NOT_DRAWN:
        return None
    return LifeEvent(
        fact.at, _lane(fact), label, detail, reaches="customer" if fact.kind == "reply" else None
    )


def _lane(fact: Fact) -> Lane:
    if fact.kind == "scan":
        return "carrier"
    if fact.kind == "money" or fact.role in (None, Role.SYSTEM):
        return "smot"
    return "customer" if fact.role == Role.CUSTOMER else "shop"


def _plan(plan: ScheduledAction) -> LifeEvent:
    label = plan.action.kind.replace("_", " ")
    return LifeEvent(plan.at, "smot", label, f"{label}, {plan.reason.replace('_', ' ')}", planned=True)
