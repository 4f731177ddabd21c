"""What of an order can be returned now: per line how many units, until when, what they would pay, or why none can be.

It agrees with `quotes.quote` and `eligibility.violations`, because it is made of them: what is offered here is quoted, and what
is denied here is refused for the same reasons.
"""

from datetime import datetime

from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import OrderLine
from domain.model.quote import ReturnItem
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.reasons import Violation
from domain.returns import eligibility, quotes
from domain.returns.offers import resolutions


class ReturnableLine(Frozen):
    """One line: the units that can be returned now, or why none can be."""

    line_id: str
    """The shop's own id of the line."""
    sku: str
    """The merchant's name of the article."""
    title: str
    """What it is called."""
    quantity: int
    """How many units were bought."""
    units_left: int
    """How many of them can be returned now."""
    returnable_until: Instant | None
    """Until when the first of these can be returned; null where none can be."""
    refund: Money
    """What all of these pay at most, as a return of their own."""
    credit_bonus: Money
    """What store credit adds to that at most."""
    reasons: tuple[Violation, ...]
    """Why none can be returned; empty where some can be."""
    rule: str
    """The row of the policy's verdicts that decides about it; empty where none matches."""
    window_rule: str
    """The row that says how long it may come back; empty for the policy's `window`."""


class Returnable(Frozen):
    """What of the order can be returned now."""

    lines: tuple[ReturnableLine, ...]
    """The lines of the order, in its order."""
    refund: Money
    """What all units that are left pay at most, in one return."""
    credit_bonus: Money
    """What store credit adds to that at most."""
    credit_days: int | None
    """How many days the bonus is valid; null for ever. The rest of the store credit never expires."""
    resolutions: tuple[Resolution, ...]
    """What the customer may choose, in the order in which it is offered."""


def returnable(state: JourneyState, now: datetime) -> Returnable:
    """What can be returned at that business time."""
    units = eligibility.ReturnableUnits(state, now)
    lines = tuple(_line(state, line, units, now) for line in state.order.lines)
    left = [_item(state, line.line_id, line.units_left, now) for line in lines if line.units_left]
    refund, bonus = _pays(state, left, now)
    numbers = {line.line_id: units.in_time(line.line_id) for line in lines if line.units_left}
    return Returnable(
        lines=lines,
        refund=refund,
        credit_bonus=bonus,
        credit_days=state.terms.policy.credit.days,
        resolutions=resolutions(state, numbers, now),
    )


def _line(
    state: JourneyState, line: OrderLine, units: eligibility.ReturnableUnits, now: datetime
) -> ReturnableLine:
    item = _item(state, line.line_id, 1, now)
    reasons = eligibility.violations(state, [item], now)
    left = [] if reasons else units.in_time(line.line_id)
    refund, bonus = _pays(state, [_item(state, line.line_id, len(left), now)] if left else [], now)
    return ReturnableLine(
        line_id=line.line_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        units_left=len(left),
        returnable_until=units.first_end(line.line_id, left) if left else None,
        refund=refund,
        credit_bonus=bonus,
        reasons=tuple(reasons),
        rule=row.id if (row := state.terms.rules.verdict(line.line_id, item.reason)) else "",
        window_rule=units.window_rule(line.line_id, item.reason),
    )


def _item(state: JourneyState, line_id: str, quantity: int, now: datetime) -> ReturnItem:
    reason = eligibility.some_reason(state, line_id, now)
    return ReturnItem(line_id=line_id, quantity=quantity or 1, reason=reason)


def _pays(state: JourneyState, items: list[ReturnItem], now: datetime) -> tuple[Money, Money]:
    if not items:
        return zero(state.order.currency), zero(state.order.currency)
    quote = quotes.quote(state, items, now)
    return quote.refund, quote.credit_bonus
