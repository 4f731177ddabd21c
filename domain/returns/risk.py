"""The risk of a return as named points: they decide when its money leaves and whether an agent looks first, and nothing else."""

from collections.abc import Iterator

from domain.model.return_choices import PayOn, ReturnMethod
from domain.model.risk import CustomerHistory, RiskAssessment, RiskPoints, RiskReason, RiskTerms
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import Reason, Violation


def assess(state: JourneyState, refund: Money, history: CustomerHistory) -> RiskAssessment | None:
    """The points of a return that pays so much; None where the policy has none."""
    terms = state.terms.policy.risk
    if terms is None:
        return None
    found = [one for one in _points(state, terms, refund, history) if one.points]
    points = sum(one.points for one in found)
    return RiskAssessment(tier=terms.tier(points), points=points, reasons=tuple(found))


def _points(
    state: JourneyState, terms: RiskTerms, refund: Money, history: CustomerHistory
) -> Iterator[RiskPoints]:
    signals, limit = state.risk_signals, terms.value_above.get(refund.currency)
    holds: list[tuple[RiskReason, bool, dict[str, int]]] = [
        ("value", bool(refund) and (limit is None or refund.minor > limit), {"refund": refund.minor}),
        ("earlier_returns", history.returns >= terms.returns_from, {"returns": history.returns}),
        ("rejected_earlier", history.rejected > 0, {"rejected": history.rejected}),
        ("unpaid_claw_back", history.owes, {}),
        (
            "new_customer",
            history.first_order_days < terms.new_customer_days,
            {"days": history.first_order_days},
        ),
        ("address_mismatch", signals.address_mismatch, {}),
        ("flagged", signals.flagged, {}),
    ]
    for reason, applies, details in holds:
        if applies:
            yield RiskPoints(reason=reason, points=terms.points.get(reason, 0), details=details)
    if signals.score is not None:
        points = terms.points.get("shop_score", 0) * signals.score // 100
        yield RiskPoints(reason="shop_score", points=points, details={"score": signals.score})


def pays_on(state: JourneyState, risk: RiskAssessment | None, method: ReturnMethod) -> PayOn:
    """What the money waits for: by the tier of the risk, or without points as the policy says for all returns.

    Goods that come by mail are handed over when it is proved that they were sent: nothing is scanned before.
    """
    policy = state.terms.policy
    tiers = policy.risk.pay_on if policy.risk and risk else None
    pay_on = policy.pay_on if tiers is None or risk is None else tiers.get(risk.tier, "receipt")
    return "sent" if method == "mail" and pay_on == "drop_off" else pay_on


def risk_violations(state: JourneyState, risk: RiskAssessment | None) -> list[Violation]:
    """Why an agent looks first: the policy says so for the tier. The points are not named, as customers read reasons."""
    terms = state.terms.policy.risk
    if terms is None or risk is None or risk.tier not in terms.review:
        return []
    return [Violation(code=Reason.RISK_NEEDS_REVIEW)]
