"""All benchmarks: `smot bench`, or `python -m tests.bench.run [--only NAME] [--quick] [--json] [--open 300,2500]`.

Goals are ratios to a floor measured in the same run, or times on a quiet machine with two cores; nothing here fails a test.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.waiting import waiting
from tests.bench import (
    api_requests,
    burst,
    credits,
    dock,
    guesses,
    idle,
    journeys,
    kpis,
    open_orders,
    payloads,
    plans,
    policy,
    reconcile,
    returns,
    rush,
    scans,
    screens,
    search,
    shuffled,
    starts,
    viewers,
)
from tests.bench.figures import Figure
from tests.postgres import Postgres

Bench = Callable[..., Awaitable[list[Figure]]]
BENCHES: dict[str, Bench] = {
    "journeys": journeys.measure,
    "api": api_requests.measure,
    "scans": scans.measure,
    "open": open_orders.measure,
    "shuffled": shuffled.measure,
    "payloads": payloads.measure,
    "returns": returns.measure,
    "plans": plans.measure,
    "policy": policy.measure,
    "starts": starts.measure,
    "burst": burst.measure,
    "rush": rush.measure,
    "credits": credits.measure,
    "dock": dock.measure,
    "reconcile": reconcile.measure,
    "kpis": kpis.measure,
    "search": search.measure,
    "screens": screens.measure,
    "viewers": viewers.measure,
    "guesses": guesses.measure,
    "idle": idle.measure,
}
# Those that run on PostgreSQL too; how much smaller a quick run is.
ON_POSTGRESQL = {
    "journeys",
    "api",
    "returns",
    "dock",
    "starts",
    "credits",
    "reconcile",
    "kpis",
    "search",
    "screens",
    "viewers",
    "idle",
}
QUICK: dict[str, dict[str, Any]] = {
    "journeys": {"lifecycles": 48, "rounds": 2},
    "api": {"requests": 600, "rounds": 2},
    "scans": {"batch": 100, "rounds": 1},
    "open": {"batch": 100, "rounds": 1},
    "shuffled": {"parcels": 100},
    "payloads": {"seconds": 0.2, "rounds": 1},
    "returns": {"each": 3, "rounds": 1},
    "plans": {"seconds": 0.2, "rounds": 1},
    "policy": {"seconds": 0.2, "rounds": 1, "returns": 500},
    "starts": {"orders": 96, "rounds": 1},
    "burst": {"seconds": 10.0, "journeys": 200},
    "rush": {"seconds": 10.0, "journeys": 200},
    "reconcile": {"refunds": 10_000},
    "kpis": {"orders": 10_000, "rounds": 2},
    "search": {"orders": 10_000},
    "screens": {"requests": 10, "orders": 8},
    "viewers": {"viewers": 50, "rounds": 2},
    "dock": {"rounds": 3},
    "guesses": {"guesses": 2_000},
    "idle": {"seconds": 10.0, "starts": 1},
    "credits": {"each": 200, "customers": 100},
}
CONSOLE = Console(stderr=True)
TIME_LIMIT = 240.0  # seconds that one benchmark may take; unfinished figures are left out
LONGER_TIME_LIMITS = {
    "shuffled": 600.0,
    "scans": 1200.0,
    "rush": 900.0,
    "open": 2400.0,
    "kpis": 600.0,
    "search": 600.0,
    "screens": 600.0,
    "guesses": 600.0,
}


async def run(
    only: Sequence[str],
    *,
    quick: bool,
    levels: Sequence[int],
    report_line: Callable[[str], None],
    kinds: Sequence[str],
) -> dict[str, Any]:
    """Run them one after the other. Returns the figures; each line also goes to `report_line` as it is found."""
    figures_found: list[Figure] = []
    failed: dict[str, str] = {}
    began = time.perf_counter()
    for name in only or BENCHES:
        for kind in [kind for kind in kinds if kind == "sqlite" or name in ON_POSTGRESQL]:
            options = dict(QUICK[name]) if quick else {}
            if name in ("scans", "open"):
                options["levels"] = levels
            limit = LONGER_TIME_LIMITS.get(name, TIME_LIMIT)
            try:
                async with (
                    waiting(CONSOLE, partial(_doing, name, kind, limit)),
                    asyncio.timeout(limit),
                    _database(kind) as database,
                ):
                    with tempfile.TemporaryDirectory(prefix="smot-bench-") as folder:
                        figures = await BENCHES[name](Path(folder) / "data", database=database, **options)
            except (TimeoutError, AssertionError, OSError, ExceptionGroup) as problem:
                failed[f"{name} {kind}"] = _failure(problem)
                report_line(f"{name}, {kind}: {failed[f'{name} {kind}']}")
                continue
            figures_found += figures
            for figure in figures:
                report_line(figure.row())
    return {
        "figures": [figure.plain() for figure in figures_found],
        "met": sum(figure.met is True for figure in figures_found),
        "missed": [figure.name for figure in figures_found if figure.met is False],
        "failed": failed,
        "quick": quick,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _doing(name: str, kind: str, limit: float) -> str:
    return f"{name} on {kind}, at most {limit:g} s"


def _failure(problem: BaseException) -> str:
    """The failure, of several the first."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}"[:300]


@contextlib.asynccontextmanager
async def _database(kind: str) -> AsyncIterator[str | None]:
    """A separate durable PostgreSQL server, by the URL of an empty database; None for SQLite."""
    if kind == "sqlite":
        yield None
        return
    with Postgres.running(durable=True) as server:
        yield await server.create("bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything could be measured; missed goals are printed and do not change it."""
    parser = argparse.ArgumentParser(prog="smot bench", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=[*BENCHES])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--open", default="300,2500", help="how many journeys are open while scans are measured"
    )
    parser.add_argument("--on", action="append", default=[], choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    levels = [int(level) for level in options.open.split(",")]
    report_line = (
        (lambda line: print(line, file=sys.stderr, flush=True))
        if options.json
        else (lambda line: print(line, flush=True))
    )
    kinds = options.on or ["sqlite", "postgresql"]
    result = asyncio.run(
        run(options.only, quick=options.quick, levels=levels, report_line=report_line, kinds=kinds)
    )
    print(
        json.dumps(result)
        if options.json
        else f"{result['met']} goals met, {len(result['missed'])} missed, {result['seconds']} s"
    )
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
