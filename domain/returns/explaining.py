"""Why a return was decided as it was: each unit with every reason, its facts and the rule, by any version of the policy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.base import Frozen
from domain.clock import Instant
from domain.model.country_packs import law_of
from domain.model.order_rules import OrderRules, rules_for
from domain.model.policy_tables import RowVerdict
from domain.model.quote import QuotedItem
from domain.model.return_case import ReturnCase
from domain.model.return_choices import PayOn, Resolution
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import Policy, Terms, compile_terms
from domain.money import Money, zero
from domain.payments.bonuses import quoted_bonus
from domain.reasons import NEEDS_AGENT, Reason, Violation
from domain.returns import quotes
from domain.returns.eligibility import violations
from domain.returns.offers import resolutions
from domain.returns.risk import pays_on, risk_violations
from domain.returns.windows import ReturnWindows
from domain.returns.withdrawal import withdrawal_end
from domain.returns.withdrawal_rules import exempting_row, withdrawal_violations

_SEVERITY: tuple[RowVerdict, ...] = ("allow", "review", "deny")
_RULES: Mapping[Reason, str] = {  # what of the policy or of the order decides, where no row does
    Reason.OUTSIDE_WINDOW: "window",
    Reason.FINAL_SALE: "order.final_sale",
    Reason.NOT_RETURNABLE: "order.returnable",
    Reason.REASON_UNKNOWN: "reasons",
    Reason.RESOLUTION_NOT_OFFERED: "resolutions",
    Reason.VALUE_NEEDS_REVIEW: "review_above",
    Reason.RISK_NEEDS_REVIEW: "risk.review",
}


class ExplainedReason(Frozen):
    """One reason."""

    code: Reason
    """Its code."""
    rule: str
    """The row of the policy that gave it, by its id; else the policy's or the order's field; empty for plain facts."""
    details: dict[str, str | int]
    """The facts, by name."""


class UnitVerdict(Frozen):
    """What was decided about one unit, and why."""

    line_id: str
    """The order's line."""
    unit: int
    """The number of the unit within its line, from 0."""
    reason: str
    """Why it comes back."""
    verdict: RowVerdict
    """`allow`, `review` by a person, or `deny`."""
    rule: str
    """The row of the verdicts that it fell under; empty where none matched it, or none was asked, as about a withdrawal."""
    window_rule: str
    """The row that says how long it could come back; empty for the policy's `window`."""
    window_end: Instant | None
    """Until when it could come back; null where it has not arrived."""
    reasons: tuple[ExplainedReason, ...]
    """Everything that speaks against it, those about the whole return among them."""


class ReturnVerdict(Frozen):
    """What rules decide about a return as it was asked for."""

    verdict: RowVerdict
    """That of its strictest unit: a return is not opened in part."""
    units: tuple[UnitVerdict, ...]
    """Each unit by itself."""
    refund: Money
    """What it pays back; nothing where it is denied. Of an exchange, what the new goods cost less."""
    credit_bonus: Money
    """What store credit adds to that."""
    pay_on: PayOn
    """What the money waits for."""


def terms_under(policy: Policy, version: int, state: JourneyState) -> Terms:
    """The terms that the order would have under another policy. The days that are off, and its promise, are its own."""
    terms = compile_terms(policy, version, state.order, state.terms.off_days)
    return terms.model_copy(update={"due": state.terms.due})


class TermsUnder:
    """The terms that many orders would have under one policy. Their hashes are not those of the orders' own."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[str, bool], Terms] = {}

    def of(self, state: JourneyState) -> Terms:
        """Those of that order; what depends on the policy alone is computed once for each currency."""
        order, own = state.order, state.terms
        key = (order.currency, order.destination.country in self._policy.credit.no_expiry_in)
        if key not in self._known:
            self._known[key] = compile_terms(self._policy, 0, order, rules=OrderRules())
        of_order = {
            "rules": rules_for(self._policy.tables, order),
            "not_returnable": own.not_returnable,
            "final_sale": own.final_sale,
            "due": own.due,
            "off_days": own.off_days,
        }
        return self._known[key].model_copy(update=of_order)


def decided(state: JourneyState, case: ReturnCase, terms: Terms | None = None) -> ReturnVerdict:
    """The verdict about a return of the order as it was when it was opened; `terms`: by others than the order's own."""
    then = _as_opened(state, case, terms)
    units = tuple(_units(then, case, _found(then, case)))
    verdict = max((one.verdict for one in units), key=_SEVERITY.index, default="deny")
    nothing = zero(state.order.currency)
    if verdict == "deny":
        return ReturnVerdict(
            verdict=verdict, units=units, refund=nothing, credit_bonus=nothing, pay_on=case.quote.pay_on
        )
    found = quotes.priced(then, quotes.items_of(case.quote), case.opened_at, case.method)
    return ReturnVerdict(
        verdict=verdict,
        units=units,
        refund=paid_back(case, found.refund),
        credit_bonus=quoted_bonus(then, found.shares) if case.resolution == "store_credit" else nothing,
        pay_on=pays_on(then, case.risk, case.method),
    )


def paid_back(case: ReturnCase, refund: Money) -> Money:
    """What of the value of its goods goes back: at an exchange the new goods take it, and only what they cost less is paid."""
    exchange = case.quote.exchange if case.resolution == "exchange" else None
    return exchange.pays_back if exchange else refund


def _as_opened(state: JourneyState, case: ReturnCase, terms: Terms | None) -> JourneyState:
    """The order with what it had before that return. What was learnt later of its parcels stays."""
    place = next(index for index, one in enumerate(state.returns) if one.return_id == case.return_id)
    earlier = state.returns[:place]
    ids = {one.return_id for one in earlier}
    settlements = [one for one in state.settlements if _was_there(one, ids, case.opened_at)]
    changed = {"returns": earlier, "settlements": settlements, "terms": terms or state.terms}
    return state.model_copy(update=changed)


def _was_there(settlement: Settlement, earlier: set[str], opened_at: datetime) -> bool:
    if settlement.return_id is not None and settlement.return_id not in earlier:
        return False
    return all(leg.planned_at <= opened_at for leg in settlement.legs)


def _found(then: JourneyState, case: ReturnCase) -> list[Violation]:
    """Every reason against it but closed windows, which units have each by itself. A withdrawal has rules of its own."""
    items = quotes.items_of(case.quote)
    if case.withdrawal is not None:
        told_at = min(case.opened_at, case.withdrawal.received_at)
        return [*withdrawal_violations(then, items, told_at), *quotes.unread_refunds(then)]
    found = [one for one in violations(then, items, case.opened_at) if one.code is not Reason.OUTSIDE_WINDOW]
    found += quotes.review_violations(then, case.quote, case.resolution)
    found += risk_violations(then, case.risk)
    units = {item.line_id: list(item.units) for item in case.quote.items}
    if case.resolution not in resolutions(then, units, case.opened_at):
        found.append(_not_offered(case.resolution))
    return found


def _not_offered(resolution: Resolution) -> Violation:
    return Violation(code=Reason.RESOLUTION_NOT_OFFERED, details={"resolution": resolution})


def _units(then: JourneyState, case: ReturnCase, found: Sequence[Violation]) -> Iterable[UnitVerdict]:
    windows = ReturnWindows(then, case.opened_at)
    for item in case.quote.items:
        of_line = [one for one in found if one.details.get("line", item.line_id) == item.line_id]
        rule = _row(then, case, item)
        for unit in item.units:
            window = _window(then, case, windows, item, unit)
            reasons = [*of_line, *window.late]
            yield UnitVerdict(
                line_id=item.line_id,
                unit=unit,
                reason=item.reason,
                verdict=_verdict(reasons),
                rule=rule,
                window_rule=window.rule,
                window_end=window.end,
                reasons=tuple(map(_explained, reasons)),
            )


def _row(then: JourneyState, case: ReturnCase, item: QuotedItem) -> str:
    """The row of the verdicts by which it was decided. About a withdrawal none decides but one that exempts the goods."""
    if case.withdrawal is not None:
        return exempting_row(then, item.line_id)
    row = then.terms.rules.verdict(item.line_id, item.reason)
    return row.id if row else ""


class _Window(NamedTuple):
    """Until when a unit could come back, by what, and the reason that this was over."""

    end: datetime | None
    rule: str = ""
    late: Sequence[Violation] = ()


def _window(
    then: JourneyState, case: ReturnCase, windows: ReturnWindows, item: QuotedItem, unit: int
) -> _Window:
    if case.withdrawal is not None:  # its rules have said whether it came too late
        law = law_of(then.order.destination.country)
        return _Window(withdrawal_end(then), law.name if law else "")
    if unit not in windows.arrived.get(item.line_id, {}):
        return _Window(None)
    end, rule = windows.end(item.line_id, unit, item.reason), windows.rule_of(item.line_id, unit, item.reason)
    if end > case.opened_at:
        return _Window(end, rule)
    details: dict[str, str | int] = {"line": item.line_id, "window_end": end.isoformat()}
    details |= {"rule": rule} if rule else {}
    return _Window(end, rule, [Violation(code=Reason.OUTSIDE_WINDOW, details=details)])


def _verdict(reasons: Sequence[Violation]) -> RowVerdict:
    if not reasons:
        return "allow"
    return "review" if all(one.code in NEEDS_AGENT for one in reasons) else "deny"


def _explained(one: Violation) -> ExplainedReason:
    details = {name: value for name, value in one.details.items() if name != "rule"}
    rule = one.details.get("rule") or one.details.get("setting") or _RULES.get(one.code, "")
    return ExplainedReason(code=one.code, rule=str(rule), details=details)
