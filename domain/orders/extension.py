"""An order that was extended after it was placed: its new units are followed like the first ones."""

from datetime import datetime

from domain.actors import Actor, Role
from domain.model.extension import OrderExtended, extended
from domain.model.state import JourneyState
from domain.model.terms import compile_terms


def apply_extension(state: JourneyState, extension: OrderExtended, now: datetime) -> bool:
    """Add the lines and tenders that are new; False when there are none, and for an order that is cancelled."""
    order = extended(state.order, extension)
    if order == state.order or state.cancelled_at is not None:
        return False
    actor = Actor(role=Role.STOREFRONT, name=extension.storefront)
    paid = order.captured.minor - state.order.captured.minor
    added = len(order.lines) - len(state.order.lines)
    terms, due = state.terms, state.terms.due
    # The new lines may be such that are not returned. A change of time zones since the order moves no promise.
    rules = terms.rules.with_others(extension.rules)
    state.terms = compile_terms(terms.policy, terms.version, order, terms.off_days, rules).model_copy(
        update={"due": due}
    )
    state.order, state.closed_at = order, None
    state.audit(now, actor, "order_extended", order.order, lines=added, captured=paid)
    return True
