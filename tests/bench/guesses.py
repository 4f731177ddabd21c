"""Guesses of an order's proof: `python -m tests.bench.guesses URL MERCHANT NUMBER [COUNT]`. None may be confirmed.

Reports how many were answered, how many were refused by the limits, how many different answers there were, and the times.
"""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import aiohttp

_AT_ONCE = 50


@dataclass
class Guesses:
    """What became of them."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted: set[bytes] = field(default_factory=set)
    times: list[float] = field(default_factory=list)

    def report(self) -> str:
        """One line for each figure."""
        times = sorted(self.times) or [0.0]
        return "\n".join(
            [
                f"guesses             {sum(self.statuses.values()):,}",
                f"answered            {self.statuses[202]:,}, with {len(self.accepted)} different answers",
                f"refused by limits   {self.statuses[429]:,}",
                f"time of an answer   {times[0]:.3f} to {times[-1]:.3f} s",
            ]
        )


async def guess(url: str, merchant: str, number: str, count: int) -> Guesses:
    """Send that many guesses of an e-mail address."""
    found, slots = Guesses(), asyncio.Semaphore(_AT_ONCE)
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def one(nth: int) -> None:
            body = {"merchant": merchant, "number": number, "proof": f"guess{nth}@example.org"}
            async with slots:
                began = time.monotonic()
                async with http.post(f"{url}/v1/order-lookups", json=body) as answer:
                    raw = await answer.read()
                found.statuses[answer.status] += 1
                if answer.status == 202:
                    found.accepted.add(raw)
                    found.times.append(time.monotonic() - began)

        await asyncio.gather(*(one(nth) for nth in range(count)))
    return found


if __name__ == "__main__":
    target, shop, order, *rest = sys.argv[1:]
    print(asyncio.run(guess(target, shop, order, int(rest[0]) if rest else 50_000)).report())
