"""Verdicts by a policy of 200 rows: of an order of 20 lines with its quote, and of 10,000 past returns under a draft.

Processor time of one core, the best of some rounds: beside other work wall time would measure the other work.
"""

import time
from datetime import timedelta
from pathlib import Path

from domain.model.order import Order
from domain.model.policy_tables import PolicyTables, RowCondition, VerdictRow, WindowRow
from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.returns import eligibility, quotes
from services.policies.backtesting import backtest
from tests.bench.figures import Figure
from tests.bench.plans import LINES, best_rate, whole_order_back
from tests.builders import PLACED, a_parcel, a_return, a_scan, a_state, an_order

ROWS = 200
NOW = PLACED + timedelta(days=3)
_SECONDS = 10.0  # goal for the past returns


async def measure(
    folder: Path, *, database: str | None = None, seconds: float = 1.0, rounds: int = 3, returns: int = 10_000
) -> list[Figure]:
    """Verdict and quote of a whole order; the choice of its rows when it is placed; a draft over past returns."""
    policy = Policy(tables=tables(ROWS), review_above=None)
    order = order_of_20()
    state = a_state(order, policy)
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=2))])
    items = [ReturnItem(line_id=line.line_id, quantity=1, reason="unwanted") for line in order.lines]

    def decide() -> None:
        assert not eligibility.violations(state, items, NOW)
        quotes.quote(state, items, NOW)

    of = {"lines": LINES, "rows": ROWS}
    decided = await best_rate(decide, seconds, rounds)
    placed = await best_rate(lambda: compile_terms(policy, 1, order), seconds, rounds)
    spent = seconds_of_backtest(returns)
    return [
        Figure("verdict and quote by a policy", round(decided), "per s", 2000, of=of),
        Figure("terms of a new order", round(placed), "per s", of=of),
        Figure(
            "draft over past returns", round(spent, 2), "s", _SECONDS, at_most=True, of={"returns": returns}
        ),
    ]


def tables(rows: int) -> PolicyTables:
    """Half of the rows are windows, half are verdicts; lines match in the middle, some only for a reason."""
    half = rows // 2
    windows = [WindowRow(id=f"w{n}", when=_when(n), days=14 + n) for n in range(half)]
    verdicts = [VerdictRow(id=f"v{n}", when=_when(n), verdict="allow") for n in range(half)]
    return PolicyTables(windows=tuple(windows), verdicts=tuple(verdicts))


def _when(number: int) -> RowCondition:
    reasons = ("damaged",) if number % 3 == 0 else ()
    return RowCondition(categories=(f"kind-{number}",), reasons=reasons)


def order_of_20() -> Order:
    """The order of the benchmark of plans, each line of a kind of its own."""
    order = whole_order_back().order
    lines = tuple(
        line.model_copy(update={"category": f"kind-{40 + place}"}) for place, line in enumerate(order.lines)
    )
    return order.model_copy(update={"lines": lines})


def seconds_of_backtest(returns: int) -> float:
    """Orders as they are stored, each with a return, read and decided twice: by their terms and by a draft of 200 rows."""
    stored = _stored(a_delivered_return())
    draft = Policy(tables=tables(ROWS))
    began = time.process_time()
    report = backtest(draft, (JourneyState.model_validate_json(stored) for _ in range(returns)))
    spent = time.process_time() - began
    assert report.returns == returns
    return spent


def a_delivered_return() -> JourneyState:
    """The builders' order with a return of one mug."""
    state = a_state(an_order())
    a_parcel(state, scans=[a_scan(ParcelStatus.DELIVERED, PLACED + timedelta(days=2))])
    state.clock = NOW
    a_return(state)
    return state


def _stored(state: JourneyState) -> str:
    return state.model_dump_json()
