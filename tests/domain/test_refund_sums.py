"""Any sequence of partial refunds sums to the whole and never above, in every currency (MON-3, MON-4).

A few hundred random baskets run here. `python -m tests.domain.test_refund_sums 100000` runs as many as it is told.
"""

import random
import sys
from collections import Counter
from datetime import timedelta

import pytest

from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.payments import refund_plan
from domain.payments.fast_return import FAST_RETURN_TENDER, authorize
from domain.returns.quotes import quote
from tests.builders import AGENT, a_parcel, a_scan
from tests.domain.baskets import a_basket_state
from tests.domain.state_driver import return_items

_REASONS = ("unwanted", "damaged", "too_small")


def check_basket(seed: int) -> int:
    """Send a random basket back in random returns, whose units come in random parts. Returns how many parts were paid."""
    rng = random.Random(seed)
    state = a_basket_state(rng)
    now = state.order.placed_at + timedelta(days=2)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, now)])
    state.clock = now
    left = {line.line_id: line.quantity for line in state.order.lines}
    while left:
        items = {line: rng.randint(0, count) for line, count in left.items()}
        items = {line: count for line, count in items.items() if count} or dict([next(iter(left.items()))])
        left = {line: more for line, count in left.items() if (more := count - items.get(line, 0))}
        _return(state, rng, items)
    _check_sums(state)
    return len(state.settlements)


def _return(state: JourneyState, rng: random.Random, items: dict[str, int]) -> None:
    now = state.clock
    assert now is not None
    shown = quote(state, return_items(items, rng.choice(_REASONS)), now)
    case = ReturnCase(
        return_id=f"ret_{len(state.returns)}",
        number=f"R{len(state.returns)}",
        quote=shown,
        resolution=rng.choice(["refund", "store_credit"]),
        method="drop_off",
        decision="authorized",
        opened_at=now,
        opened_by=AGENT,
        code_hash=f"h{len(state.returns)}",
        code_expires_at=now + timedelta(days=14),
    )
    state.returns.append(case)
    authorize(state, case, now)
    case.received_at = now + timedelta(days=rng.randint(0, 20))
    units = [(item.line_id, unit) for item in shown.items for unit in item.units]
    rng.shuffle(units)
    while units:
        count = rng.randint(1, len(units))
        for line, unit in units[:count]:
            case.received.setdefault(line, []).append(unit)
        units = units[count:]
        state.plan(refund_plan.plan_return(state, case, now), now)
    _check_return(state, case)


def _check_return(state: JourneyState, case: ReturnCase) -> None:
    """All parts together are the quote: principal, each kind of part, each tender's share and both bonuses."""
    settlements = state.settlements_of(case.return_id)
    legs = [leg for settlement in settlements for leg in settlement.legs]
    shown = case.quote
    assert sum(leg.principal.minor for leg in legs) == shown.refund.minor == _sum(shown.parts)
    for settlement in settlements:
        assert sum(leg.principal.minor for leg in settlement.legs) == _sum(settlement.parts)
    paid: Counter[str] = Counter()
    for leg in legs:
        paid[leg.tender_id] += leg.principal.minor
    del paid[FAST_RETURN_TENDER]
    assert +paid == Counter({share.tender_id: share.amount.minor for share in shown.shares})
    kinds: Counter[str] = Counter()
    for part in (part for settlement in settlements for part in settlement.parts):
        kinds[part.kind] += part.amount.minor
    assert kinds == Counter({part.kind: part.amount.minor for part in shown.parts})
    fast = sum(leg.bonus.minor for leg in legs if leg.tender_id == FAST_RETURN_TENDER)
    bonus = sum(leg.bonus.minor for leg in legs) - fast
    whole = bool(shown.shares)
    assert bonus == (shown.credit_bonus.minor if case.resolution == "store_credit" and whole else 0)
    at = case.received_at
    assert at is not None
    assert fast == next((row.bonus.minor for row in case.fast_return if at < row.ends_at), 0)


def _sum(parts: tuple[object, ...]) -> int:
    return sum(part.amount.minor for part in parts)  # type: ignore[attr-defined]


def _check_sums(state: JourneyState) -> None:
    """The whole order has come back: what was charged less the fees, and of no tender more than it paid."""
    order, parts = state.order, [part for s in state.settlements for part in s.parts]
    of = Counter[str]()
    for part in parts:
        of[part.kind] += part.amount.minor
    charged = sum(line.charged.minor for line in order.lines)
    assert of["goods"] + of["duty"] == charged
    with_shipping = state.terms.policy.refunds.shipping == "whole_order"
    assert of["shipping"] == (order.shipping.minor if with_shipping else 0)
    assert (of["already_refunded"], of["unpaid"], of["tip"]) == (0, 0, 0)
    paid, booked = Counter[str](), Counter[str]()
    for leg in state.legs():
        paid[leg.tender_id] += leg.principal.minor
        booked[leg.tender_id] += leg.in_shop_currency.minor if leg.in_shop_currency else 0
    for tender in order.tenders:
        assert tender.in_shop_currency is not None
        assert paid[tender.tender_id] <= tender.amount.minor
        assert booked[tender.tender_id] <= tender.in_shop_currency.minor
        if paid[tender.tender_id] == tender.amount.minor:
            assert booked[tender.tender_id] == tender.in_shop_currency.minor
    fees = of["restocking_fee"] + of["method_fee"]
    assert sum(paid.values()) == charged + of["shipping"] + fees <= order.bill.minor
    if all(line.tax is not None for line in order.lines):
        taxes = sum(part.tax.minor for part in parts if part.kind == "goods" and part.tax is not None)
        assert taxes == sum(line.tax.minor for line in order.lines if line.tax is not None and line.paid)


@pytest.mark.scenario("S-64", "S-68", "S-83")
@pytest.mark.parametrize("block", range(6))
def test_any_sequence_of_partial_refunds_sums_to_the_whole(block: int) -> None:
    assert sum(check_basket(seed) for seed in range(block * 50, block * 50 + 50)) >= 50


if __name__ == "__main__":
    baskets = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    payments = sum(check_basket(seed) for seed in range(baskets))
    sys.stdout.write(
        f"{baskets} baskets, {payments} payments: each sums to its quote, none above what was paid\n"
    )
