"""What the rows of a policy say about items that are to come back, with the facts and the row."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from domain.model.country_packs import law_of
from domain.model.order_rules import KeptVerdict
from domain.model.quote import ReturnItem
from domain.model.state import JourneyState
from domain.payments.refund_amounts import charged_for
from domain.reasons import Reason, Violation

Facts = dict[str, str | int]


def row_violations(state: JourneyState, items: Sequence[ReturnItem], code: Reason) -> list[Violation]:
    """The rows that refuse these items (`policy_denies`), or leave them to an agent (`policy_needs_review`).

    items: one for each line. Limits count what all returns of the order that are not over bring back by the row.
    """
    if not state.terms.rules.verdicts:
        return []
    return [found for found in _all_violations(state, items) if found.code is code]


def by_line(violations: Iterable[Violation]) -> dict[str, list[Violation]]:
    """The reasons by the line that they are about."""
    found: dict[str, list[Violation]] = {}
    for one in violations:
        found.setdefault(str(one.details["line"]), []).append(one)
    return found


def decides_final_sale(state: JourneyState, item: ReturnItem) -> bool:
    """Whether a row decides about the item in place of the mark of a final sale."""
    row = state.terms.rules.verdict(item.line_id, item.reason)
    return row is not None and row.final_sale


def is_exempt(state: JourneyState, item: ReturnItem) -> bool:
    """Whether the law gives no right to withdraw from the purchase of these goods: a row says why, and the law knows it.

    The law is that of the destination, whether or not the policy has its pack for all returns.
    """
    row = state.terms.rules.verdict(item.line_id, item.reason)
    law = law_of(state.order.destination.country)
    return row is not None and law is not None and row.exemption in law.exemptions


def _all_violations(state: JourneyState, items: Sequence[ReturnItem]) -> Iterator[Violation]:
    units, values = _brought_back(state)
    for item in items:
        row = state.terms.rules.verdict(item.line_id, item.reason)
        if row is None or not row.may_object:
            continue
        units[row.id] += item.quantity
        values[row.id] += _value(state, item.line_id, item.quantity)
        facts: Facts = {"line": item.line_id, "rule": row.id}
        if row.verdict != "allow":
            yield Violation(code=_code(row.verdict == "deny"), details=facts)
        yield from _over_limits(state, row, facts, units[row.id], values[row.id])


def _over_limits(
    state: JourneyState, row: KeptVerdict, facts: Facts, units: int, value: int
) -> Iterator[Violation]:
    code = _code(row.beyond == "deny")
    if row.max_units is not None and units > row.max_units:
        yield Violation(code=code, details={**facts, "units": units, "max": row.max_units})
    if row.max_value is None:
        return
    limit = row.max_value.get(state.order.currency)
    if limit is None:
        details: Facts = {**facts, "setting": "max_value", "currency": state.order.currency}
        yield Violation(code=Reason.POLICY_NEEDS_REVIEW, details=details)
    elif value > limit:
        yield Violation(code=code, details={**facts, "value": value, "limit": limit})


def _code(denies: bool) -> Reason:
    return Reason.POLICY_DENIES if denies else Reason.POLICY_NEEDS_REVIEW


def _brought_back(state: JourneyState) -> tuple[Counter[str], Counter[str]]:
    """By row, the units of all returns that are not over, and what they cost."""
    units, values = Counter[str](), Counter[str]()
    for case in state.returns:
        for item in case.quote.items if case.live else ():
            row = state.terms.rules.verdict(item.line_id, item.reason)
            if row is not None:
                units[row.id] += len(item.units)
                values[row.id] += item.amount.minor
    return units, values


def _value(state: JourneyState, line_id: str, quantity: int) -> int:
    """What so many units of the line cost; the first ones, where they differ by a minor unit."""
    line = state.order.line(line_id)
    return charged_for(line, range(min(quantity, line.quantity))) if line else 0
