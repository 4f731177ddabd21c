"""A batch of 100 units at the dock: all of one return, and each of another one. A round has units that no round before had."""

import asyncio
import time
from pathlib import Path
from typing import Any, Final

from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.screen_scene import running_shop
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

GOAL: Final = 300.0  # milliseconds, p95
_BATCH: Final = 100
_TOGETHER: Final = 4


async def measure(folder: Path, *, database: str | None = None, rounds: int = 10) -> list[Figure]:
    """The time until a batch has its results, for both kinds of batches."""
    kind = kind_of(database)
    async with running_shop(folder, database, pay_on="receipt", review_above=None) as shop:
        one = await _returned(shop, lines=rounds, quantity=_BATCH)
        many = await _many(shop, rounds)
        of_one = await _rounds(shop, [one] * _BATCH, rounds)
        of_many = await _rounds(shop, many, rounds)
    return [
        _figure(f"100 receipts of one return, {kind}", of_one, GOAL),
        _figure(f"100 receipts of 100 returns, {kind}", of_many, None),
    ]


async def _many(shop: Shop, rounds: int) -> list[str]:
    """A return of as many units as there are rounds, for each unit of a batch."""
    at_once = asyncio.Semaphore(_TOGETHER)

    async def one() -> str:
        async with at_once:
            return await _returned(shop, lines=1, quantity=rounds)

    return await asyncio.gather(*(one() for _ in range(_BATCH)))


async def _returned(shop: Shop, *, lines: int, quantity: int) -> str:
    """A return of everything in an order."""
    goods = [
        {"line_id": str(n), "sku": f"SKU-{n}", "title": "Cup", "quantity": quantity, "unit_price": gbp(100)}
        for n in range(lines)
    ]
    order = await shop.delivered(lines=goods)
    opened = (await shop.open(order, *(item(str(n), quantity) for n in range(lines)))).ok()
    return str(opened["return"]["return_id"])


async def _rounds(shop: Shop, returns: list[str], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    times = []
    for nth in range(rounds):
        units: list[dict[str, Any]] = [
            {"receipt": f"{nth}/{number}", "reference": return_id, "grade": "A", "disposition": "restock",
             "line_id": str(nth) if returns[0] == returns[-1] else "0"}
            for number, return_id in enumerate(returns)
        ]  # fmt: skip
        began = time.perf_counter()
        answer = (await shop.call("POST", "/v1/receipts", {"units": units}, role="warehouse")).ok()
        times.append((time.perf_counter() - began) * 1000)
        assert {one["result"] for one in answer["results"]} == {"expected"}, answer.body
    return times


def _figure(name: str, times: list[float], goal: float | None) -> Figure:
    return Figure(
        name, round(percentile(times, 95), 1), "ms", goal, at_most=True,
        of={"p50": round(percentile(times, 50), 1), "rounds": len(times)},
    )  # fmt: skip
