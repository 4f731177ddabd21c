"""Facts about what returns cost the shop, by part: taking them back, what was paid on top, and paid goods that never came."""

from collections.abc import Iterable, Iterator
from typing import Literal

from domain.clock import local_day
from domain.figures.fact import FigureFact
from domain.figures.taken_back import lost_units, taken_back
from domain.model.refund_part import RefundPartKind
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState

CostPart = Literal["handling", "bonus", "shipping", "lost_goods", "fees", "asked_back"]
"""
handling: carriage and work, as the policy has them in `refunds.handling_costs`, once the goods were handed over.
bonus: what store credit added to the refund. shipping: what the way to the customer had cost and was paid back.
lost_goods: the price of paid units written off, or whose money was asked back as they did not come or were rejected.
fees: what the customer paid of it; negative. asked_back: what the shop got of money that it asked back; negative.
"""
_FEES: frozenset[RefundPartKind] = frozenset({"method_fee", "restocking_fee"})


def cost_facts(state: JourneyState) -> Iterator[FigureFact]:
    """Of each return that stands, on the day of its opening: what it costs apart from the price of its goods."""
    for case in state.returns:
        if not case.live:
            continue
        for part, minor in _costs(state, case).items():
            if minor:
                yield FigureFact(
                    "return_cost", f"{case.return_id} {part}", local_day(case.opened_at, state.zone),
                    country=state.order.destination.country, reason=part,
                    currency=state.order.currency, value=minor,
                )  # fmt: skip


def _costs(state: JourneyState, case: ReturnCase) -> dict[CostPart, int]:
    paid = [one for one in state.settlements_of(case.return_id) if not one.takes_back and _has_left(one)]
    return {
        "handling": _handling(state, case),
        "bonus": sum(leg.bonus.minor for one in paid for leg in one.legs if leg.status == "settled"),
        "shipping": _parts(paid, {"shipping"}),
        "lost_goods": _lost(state, case) if paid else 0,
        "fees": _parts(paid, _FEES),
        "asked_back": -taken_back(state, case.return_id),
    }


def _has_left(settlement: Settlement) -> bool:
    return any(leg.status == "settled" for leg in settlement.legs)


def _handling(state: JourneyState, case: ReturnCase) -> int:
    if case.handed_over_at is None:
        return 0
    return state.terms.policy.refunds.handling_costs.get(case.method, {}).get(state.order.currency, 0)


def _parts(settlements: Iterable[Settlement], kinds: Iterable[RefundPartKind]) -> int:
    return sum(part.amount.minor for one in settlements for part in one.parts if part.kind in kinds)


def _lost(state: JourneyState, case: ReturnCase) -> int:
    """The price of the units that were paid, and whose goods the shop does not have."""
    lost = lost_units(state, case)
    return sum(
        item.amount.minor * sum((item.line_id, unit) in lost for unit in item.units) // len(item.units)
        for item in case.quote.items
        if item.units
    )
