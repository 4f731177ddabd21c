"""A minute of 200 webhooks a second while the worker drains them: how long accepting takes, and whether anything is lost."""

import time
from pathlib import Path

from tests.bench import wire
from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.journey_opener import JourneyOpener
from tests.bench.scans import Carrier, a_deployment, a_shop, written


async def measure(
    folder: Path,
    *,
    database: str | None = None,
    per_second: float = 200.0,
    seconds: float = 60.0,
    journeys: int = 600,
) -> list[Figure]:
    kind = kind_of(database)
    async with a_deployment(folder, database) as deployment, a_shop(deployment) as shop:
        opening, carrier = await JourneyOpener.create(shop), Carrier(shop)
        await opening.open_until(journeys)
        await carrier.scan(opening.numbers[:100])
        count = int(per_second * seconds)
        numbers = [opening.numbers[place % journeys] for place in range(count)]
        before, requests = written(shop), carrier.requests(numbers)
        tally = await wire.at_rate(deployment.addresses["api"], requests, per_second)
        behind, began = count - (written(shop) - before), time.perf_counter()
        await carrier.all_written()
        drained = time.perf_counter() - began
        lost = count - (written(shop) - before)
        await opening.close()
    p50, p99 = (round(percentile(tally.only(202).seconds, percent) * 1000, 1) for percent in (50, 99))
    of = {"p50_ms": p50, "sent": count, "spent_s": round(tally.elapsed, 1)}
    name = f"{per_second:g} webhooks/s for {seconds:g} s"
    return [
        Figure(f"{name}: p99 of accept, {kind}", p99, "ms", 50.0, at_most=True, of=of),
        Figure(f"{name}: lost, {kind}", float(lost), "scans", 0.0, at_most=True),
        Figure(
            f"{name}: drained after, {kind}",
            round(drained, 1),
            "s",
            150.0,
            at_most=True,
            of={"behind": behind},
        ),
    ]
