"""Timers that become due while nothing runs: Temporal and the worker are killed, and come back too late.

`python -m tests.chaos.overdue --orders 300`: orders in real time whose notice of not being shipped is due at the same
moment; the double kill comes before it, the restart after. Prints how long it takes from the restart until all is
written, and until all is sent; exit code 1 when a notice is doubled or `verify` finds something.
"""

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from store.engine.columns import real_now
from tests.chaos.killable_deployment import until
from tests.chaos.stack import Stack
from tests.scenarios.shop import Shop

AT_RISK = timedelta(hours=24)  # so long before the promise an unshipped order is notified as late
_PLACING = 0.15  # seconds per order, with reserve
_DOWNTIME = 5.0  # seconds around the deadline in which nothing runs


async def run(orders: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="smot-overdue-"))
    stack = Stack(folder / "stack")
    try:
        await stack.open()
        result = await _overdue(stack, orders)
    finally:
        await stack.close()
        shutil.rmtree(folder, ignore_errors=True)
    return result


async def _overdue(stack: Stack, orders: int) -> dict[str, Any]:
    due = real_now() + timedelta(seconds=10 + orders * _PLACING)
    async with aiohttp.ClientSession() as http:
        shops = [await Shop.create(stack, http, sandbox=False) for _ in range(5)]  # type: ignore[arg-type]
        door = asyncio.Semaphore(8)

        async def place(number: int) -> None:
            async with door:
                promise = {"at": (due + AT_RISK).isoformat()}
                await shops[number % 5].place(placed_at=real_now().isoformat(), promise=promise)

        await asyncio.gather(*(place(number) for number in range(orders)))
    ahead = (due - real_now()).total_seconds()
    assert ahead > _DOWNTIME, f"placing took too long: due in {ahead:.1f} s"
    await asyncio.sleep(ahead - _DOWNTIME / 2)
    assert _count_notices(stack) == 0
    for target in ("temporal", "worker"):
        stack.send_signal(target, signal.SIGKILL)
    await asyncio.sleep(_DOWNTIME)
    late = (real_now() - due).total_seconds()
    assert late > 0
    began = time.monotonic()
    await asyncio.gather(*(stack.restore(target, signal.SIGKILL) for target in ("temporal", "worker")))
    back = time.monotonic() - began
    await until(lambda: _count_notices(stack) >= orders, seconds=120)
    written = time.monotonic() - began
    await until(lambda: _count_notices(stack, "sent") >= orders, seconds=120)
    sent = time.monotonic() - began
    report = await stack.run_verify()
    return {
        "timers": orders,
        "overdue_at_restart": round(late, 1),
        "servers_back": round(back, 2),
        "all_written": round(written, 2),
        "all_sent": round(sent, 2),
        "notices": _count_notices(stack),
        "broken": [f"{one.invariant} {one.message}" for one in report.broken],
    }


def _count_notices(stack: Stack, status: str = "%") -> int:
    counts = stack.rows("SELECT count(*) FROM outbox WHERE kind = 'delayed' AND status LIKE ?", status)
    return int(counts[0][0])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=300)
    options = parser.parse_args()
    result = asyncio.run(run(options.orders))
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 1 if result["broken"] or result["notices"] != result["timers"] else 0


if __name__ == "__main__":
    sys.exit(main())
