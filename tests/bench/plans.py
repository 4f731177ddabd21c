"""Settlement plans per second and core: of an order of 20 lines and three tenders, and of its quote.

Processor time, the best of some rounds: beside other work wall time would measure the other work.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from domain.model.order import OrderLine, Tender
from domain.model.refund_terms import FastReturnTerms, RefundTerms
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.payments import refund_plan
from domain.payments.fast_return import authorize
from domain.returns import quotes
from tests.bench.figures import Figure
from tests.builders import AGENT, PLACED, a_parcel, a_scan, a_state, an_order, gbp
from tests.domain.state_driver import return_items

LINES = 20
NOW = PLACED + timedelta(days=3)


async def measure(
    folder: Path, *, database: str | None = None, seconds: float = 1.0, rounds: int = 3
) -> list[Figure]:
    """Plans and quotes of the whole order, with fees, shipping, tax and a fast-return bonus."""
    state = whole_order_back()
    case = state.returns[0]
    items = return_items({line.line_id: line.quantity for line in state.order.lines})
    fresh = whole_order_back()
    fresh.returns = []
    plans = await best_rate(lambda: refund_plan.plan_return(state, case, NOW), seconds, rounds)
    shown = await best_rate(lambda: quotes.quote(fresh, items, NOW), seconds, rounds)
    of = {"lines": LINES, "tenders": len(state.order.tenders)}
    return [
        Figure("settlement plan", round(plans), "per s", 5000, of=of),
        Figure("quote of the same return", round(shown), "per s", of=of),
    ]


async def best_rate(work: Callable[[], object], seconds: float, rounds: int) -> float:
    """How often a second the work is done, in the best of the rounds."""
    return max([await asyncio.to_thread(_rate, work, seconds) for _ in range(rounds)])


def _rate(work: Callable[[], object], seconds: float) -> float:
    done, began = 0, time.thread_time()
    while (spent := time.thread_time() - began) < seconds:
        for _ in range(20):
            work()
        done += 20
    return done / spent


def whole_order_back() -> JourneyState:
    """An order of 20 lines and three tenders, delivered and returned whole, whose refund is due."""
    lines = tuple(
        OrderLine(
            line_id=str(number), sku=f"S{number}", title="Thing", quantity=2, unit_price=gbp(1999 + number),
            discount=gbp(number), tax=gbp(333 + number), duty=gbp(number % 3),
        )
        for number in range(LINES)
    )  # fmt: skip
    order = an_order(lines=lines, tenders=(Tender(tender_id="gift", kind="gift_card", amount=gbp(1)),))
    rest = order.bill.minor - 30_000
    tenders = (
        Tender(tender_id="gift", kind="gift_card", amount=gbp(10_000)),
        Tender(tender_id="credit", kind="store_credit", amount=gbp(20_000)),
        Tender(tender_id="card", kind="card", amount=gbp(rest), payment="pay_1", provider="sandbox"),
    )
    policy = Policy(
        refunds=RefundTerms(shipping="whole_order", restocking=500, method_fees={"drop_off": {"GBP": 395}}),
        fast_return=FastReturnTerms(),
        review_above=None,
    )
    state = a_state(order.model_copy(update={"tenders": tenders}), policy)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=2))])
    items = return_items({line.line_id: line.quantity for line in lines})
    case = ReturnCase(
        return_id="ret_1", number="R1", quote=quotes.quote(state, items, NOW), resolution="refund", method="drop_off",
        decision="authorized", opened_at=NOW, opened_by=AGENT, code_hash="h", code_expires_at=NOW + timedelta(days=14),
    )  # fmt: skip
    state.returns.append(case)
    authorize(state, case, NOW)
    case.received_at, case.received = NOW, case.units
    return state
