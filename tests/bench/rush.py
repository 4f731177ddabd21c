"""A rush of one merchant beside the few webhooks of another: what the other one waits, alone and beside it.

`python -m tests.bench.rush FILE` also draws the minute: what the first merchant sent and had written, and what the other waited.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import wire
from tests.bench.environment import kind_of
from tests.bench.figures import Figure, percentile
from tests.bench.journey_opener import JourneyOpener
from tests.bench.rush_picture import Minute, draw
from tests.bench.scans import Carrier, a_deployment, a_shop
from tests.scenarios.shop import Shop

RUSH, FEW = 200.0, 5.0  # webhooks a second of the merchant in a rush and of the other
GOAL = 1.2  # times what the other one waits alone
PATIENCE = 240.0  # seconds until the last scan of the other is written


async def measure(
    folder: Path, *, database: str | None = None, seconds: float = 60.0, journeys: int = 600
) -> list[Figure]:
    """The other one alone and beside a rush, of a shop and of a sandbox, whose deliveries wait for their journeys to settle."""
    kind, figures = kind_of(database), []
    for sandbox in (False, True):
        async with a_deployment(folder / str(sandbox), database) as deployment, a_shop(deployment) as shop:
            other = await Sender.create(shop, 60)
            alone = await other.send(FEW, seconds)
            async with a_shop(deployment, sandbox=sandbox, clock=datetime.now(UTC)) as rushing:
                rush = await Sender.create(rushing, journeys)
                beside, _ = await asyncio.gather(
                    other.send(FEW, seconds), rush.send(RUSH, seconds, wait=False)
                )
                await rush.close()
            await other.close()
        name = f"beside {RUSH:g}/s of {'a sandbox' if sandbox else 'another'}"
        figures += compared(f"{name}: p99 of {{}} ÷ alone, {kind}", beside, alone)
    return figures


@dataclass(frozen=True)
class Waits:
    """What each webhook waited, in seconds: for its answer, and from when it was due until its scan is the order's status.

    Both in the order in which they were sent. `began`: when the first was due.
    """

    began: float
    accepted: Sequence[float]
    applied: Sequence[float]

    def by_name(self) -> dict[str, Sequence[float]]:
        return {"accepting": self.accepted, "the status": self.applied}


class Sender:
    """Sends scans of one merchant's open orders at a rate."""

    def __init__(self, shop: Shop, opener: JourneyOpener) -> None:
        self._shop, self._opener, self._carrier = shop, opener, Carrier(shop)
        self._sent: Counter[str] = Counter()

    @classmethod
    async def create(cls, shop: Shop, journeys: int) -> "Sender":
        """With so many open orders, each scanned once, so that none of them is new to the worker."""
        opener = await JourneyOpener.create(shop)
        await opener.open_until(journeys)
        sender = cls(shop, opener)
        await sender.send(RUSH / 4, journeys / (RUSH / 4))
        return sender

    async def send(self, per_second: float, seconds: float, *, wait: bool = True) -> Waits:
        """One scan of each order in turn. `wait`: until the last of them is written; else nothing is known of when."""
        numbers = self._opener.numbers
        sent = [numbers[place % len(numbers)] for place in range(int(per_second * seconds))]
        requests, before = self._carrier.requests(sent), Counter(self._sent)
        self._sent.update(sent)
        began = time.time()
        tally = await wire.at_rate(self._shop.deployment.addresses["api"], requests, per_second)
        accepted = tally.only(202).seconds
        if not wait:
            return Waits(began, accepted, ())
        written = await self._all_written()
        applied, turns = [], before
        for place, number in enumerate(sent):
            applied.append(written[number][turns[number]] - (began + place / per_second))
            turns[number] += 1
        return Waits(began, accepted, applied)

    async def written(self) -> dict[str, list[float]]:
        """When each scan of each parcel was written, in order."""
        query = "SELECT \"order\", written_at FROM audit WHERE merchant = ? AND action = 'parcel_scanned' ORDER BY id"
        number_of, found = self._opener.number_of(), defaultdict[str, list[float]](list)
        for order, at in await asyncio.to_thread(self._shop.deployment.rows, query, self._shop.name):
            found[number_of[order]].append(_moment(at))
        return found

    async def close(self) -> None:
        await self._opener.close()

    async def _all_written(self) -> dict[str, list[float]]:
        async with asyncio.timeout(PATIENCE):
            while True:
                written = await self.written()
                if all(len(written[number]) >= count for number, count in self._sent.items()):
                    return written
                await asyncio.sleep(0.5)


def compared(name: str, beside: Waits, alone: Waits) -> list[Figure]:
    """How many times as long as alone the other waits."""
    figures = []
    for what, values in beside.by_name().items():
        ours, floor = millis(values), millis(alone.by_name()[what])
        of = {"p99_ms": ours, "alone_ms": floor, "p50_ms": millis(values, 50)}
        figures.append(Figure(name.format(what), round(ours / floor, 2), "ratio", GOAL, at_most=True, of=of))
    return figures


def millis(seconds: Sequence[float], percent: float = 99) -> float:
    return round(percentile(seconds, percent) * 1000, 1)


def _moment(stored: object) -> float:
    """Of a time as the database gives it, as seconds."""
    at = stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


async def picture(file: Path, seconds: float) -> None:
    """A minute with a rush on SQLite, drawn into that file."""
    with tempfile.TemporaryDirectory(prefix="smot-bench-") as folder:
        async with a_deployment(Path(folder) / "data") as deployment, a_shop(deployment) as shop:
            other = await Sender.create(shop, 60)
            async with a_shop(deployment) as rushing:
                rush = await Sender.create(rushing, 600)
                beside, sent = await asyncio.gather(
                    other.send(FEW, seconds), rush.send(RUSH, seconds, wait=False)
                )
                written = [at - sent.began for times in (await rush.written()).values() for at in times]
            minute = Minute(seconds, len(sent.accepted), written, beside.accepted, beside.applied)
            file.write_text(draw(minute))
            await rush.close()
            await other.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="where the picture (SVG) is written")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    asyncio.run(picture(options.file, options.seconds))
