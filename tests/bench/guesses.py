"""Guesses of an order's proof: none of them may be confirmed, whatever the limits.

Once as it comes, where the limits refuse nearly all; and once without limits, where each guess is answered. The order exists, and
the right address is never sent: so any difference between two answers, and any letter, would confirm something.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.screen_scene import OPEN, placed, running_shop
from tests.scenarios.shared_deployment import LOCAL_WEBHOOKS
from tests.scenarios.shop import Shop

_AT_ONCE: Final = 400
_NUMBER: Final = "#1001"


@dataclass
class Guesses:
    """What became of them. answers: the bodies of those that were taken, each once."""

    statuses: Counter[int] = field(default_factory=Counter)
    answers: set[bytes] = field(default_factory=set)
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def measure(folder: Path, *, database: str | None = None, guesses: int = 50_000) -> list[Figure]:
    """So many with the limits, and as many without."""
    kind = kind_of(database)
    return [
        _figure(
            f"confirmed of {guesses:,}{name}, {kind}", await _against(folder / place, database, env, guesses)
        )
        for place, name, env in (("limited", "", LOCAL_WEBHOOKS), ("open", ", no limits", OPEN))
    ]


async def _against(
    folder: Path, database: str | None, env: dict[str, str], count: int
) -> tuple[Guesses, int]:
    """The guesses, and how many letters there were."""
    async with running_shop(folder, database, env) as shop:
        order = await placed(shop, _NUMBER)
        found = await _guess(shop, count)
        return found, len(await shop.notices(order, "order_link"))


def _figure(name: str, found: tuple[Guesses, int]) -> Figure:
    guesses, letters = found
    unlike = max(0, len(guesses.answers) - 1)
    of = {
        "answered": guesses.statuses[202], "refused": guesses.statuses[429],
        "others": sum(guesses.statuses.values()) - guesses.statuses[202] - guesses.statuses[429],
        "letters": letters, "answer p50": round(percentile(guesses.times or [0.0], 50), 3),
        "p99": round(percentile(guesses.times or [0.0], 99), 3), "seconds": round(guesses.seconds, 1),
    }  # fmt: skip
    return Figure(name, letters + unlike, "guesses", 0, at_most=True, of=of)


async def _guess(shop: Shop, count: int) -> Guesses:
    """Send that many guesses of an e-mail address, many at once."""
    found, numbers, began = Guesses(), iter(range(count)), time.monotonic()
    url = f"{shop.deployment.addresses['api']}/v1/order-lookups"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def guesser() -> None:
            for nth in numbers:
                body = {"merchant": shop.name, "number": _NUMBER, "proof": f"guess{nth}@example.org"}
                since = time.monotonic()
                async with http.post(url, json=body) as answer:
                    raw = await answer.read()
                found.statuses[answer.status] += 1
                if answer.status == 202:
                    found.answers.add(raw)
                    found.times.append(time.monotonic() - since)

        await asyncio.gather(*(guesser() for _ in range(min(count, _AT_ONCE))))
    found.seconds = time.monotonic() - began
    return found
