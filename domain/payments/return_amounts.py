"""What a return pays, part by part: what is quoted, and what of the quote the units have earned that came back."""

from collections.abc import Mapping

from domain.model.country_packs import PACKS, PackName
from domain.model.refund_part import RefundPart, RefundPartKind
from domain.model.refund_terms import RefundTerms
from domain.model.return_case import ReturnCase
from domain.model.return_choices import ReturnMethod
from domain.model.state import JourneyState
from domain.model.withdrawal import WITHDRAWAL
from domain.payments.extras import completes_order, extras_left, unpaid_left
from domain.payments.refund_amounts import Part, deduct, unit_parts
from domain.units import UnitsByLine, units_in, without


def quoted_parts(
    state: JourneyState,
    units: UnitsByLine,
    reasons: Mapping[str, str],
    method: ReturnMethod,
    law: PackName | None = None,
) -> list[Part]:
    """What these units pay if all of them come back. `reasons`: why each line comes back; `law`: see `Quote`."""
    terms = _terms(state, reasons, law)
    parts = unit_parts(state.order, units, terms, reasons)
    if terms.shipping == "whole_order" and completes_order(state, units):
        parts += extras_left(state, with_tip=False)
    if terms.method_fees and not any(reason in terms.free_reasons for reason in reasons.values()):
        deduct(parts, "method_fee", terms.method_fees.get(method, {}).get(state.order.currency, 0))
    deduct(parts, "unpaid", unpaid_for(state))
    return parts


def _terms(state: JourneyState, reasons: Mapping[str, str], law: PackName | None) -> RefundTerms:
    """The order's terms, or what the law leaves of them: of a withdrawal from the contract, or by a country pack."""
    terms = state.terms.policy.refunds
    if {*reasons.values()} == {WITHDRAWAL}:
        return terms.for_withdrawal()
    return terms if law is None else terms.under(PACKS[law])


def unpaid_for(state: JourneyState, case: ReturnCase | None = None) -> int:
    """What the customer has not paid and no other return than this one has said that it deducts, in minor units."""
    left = unpaid_left(state)
    if not left:
        return 0
    others = [one for one in state.returns if one.live and one is not case]
    return max(0, left - sum(_rest(state, one, "unpaid") for one in others))


def due_parts(state: JourneyState, case: ReturnCase, units: UnitsByLine) -> list[Part]:
    """What these units of the return pay, after what was paid for others of it.

    Fees are deducted once, from the first money on; shipping goes back with the last units. So all payments of a return
    together are its quote, however its goods come back.
    """
    reasons = {item.line_id: item.reason for item in case.quote.items}
    parts = unit_parts(state.order, units, _terms(state, reasons, case.quote.law), reasons)
    if not case.quote.has_extras:
        return parts
    if _completes(state, case, units):
        quoted = _of_kind(case.quote.parts, "shipping")
        parts += [
            part._replace(minor=min(part.minor, quoted))
            for part in extras_left(state, with_tip=False)
            if quoted
        ]
    deduct(parts, "method_fee", _rest(state, case, "method_fee"))
    return parts


def _completes(state: JourneyState, case: ReturnCase, units: UnitsByLine) -> bool:
    """Whether with these units all of the return has come back."""
    others = [settlement.units for settlement in state.settlements_of(case.return_id)]
    return not without(case.units, units_in([units, *others]))


def _rest(state: JourneyState, case: ReturnCase, kind: RefundPartKind) -> int:
    """What the return's quote deducts and no payment of it has deducted yet, in minor units."""
    deducted = sum(_of_kind(s.parts, kind) for s in state.settlements_of(case.return_id))
    return max(0, deducted - _of_kind(case.quote.parts, kind))


def _of_kind(parts: tuple[RefundPart, ...], kind: RefundPartKind) -> int:
    return sum(part.amount.minor for part in parts if part.kind == kind)
