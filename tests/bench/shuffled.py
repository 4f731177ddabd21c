"""Scans per second end to end when carriers report them in any order, a fifth of them twice.

Every parcel has twelve scans; each comes in a separate delivery, and all deliveries of all parcels are shuffled together.
Done when every journey has written each of its scans once.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import wire
from tests.bench.api_requests import a_scan, signed
from tests.bench.environment import kind_of
from tests.bench.figures import Figure
from tests.bench.journey_opener import JourneyOpener
from tests.bench.scans import CONNECTIONS, a_deployment, a_shop, until_written

SCANS = 12
DOUBLED = 0.2
WRITE_TIMEOUT = 500.0  # seconds


async def measure(
    folder: Path, *, database: str | None = None, parcels: int = 1000, seed: int = 1
) -> list[Figure]:
    """Deliveries are accepted as fast as they come; the rate counts scans that are new."""
    rnd = random.Random(seed)
    async with a_deployment(folder, database) as deployment, a_shop(deployment) as shop:
        opening = await JourneyOpener.create(shop)
        await opening.open_until(parcels)
        base, secret = deployment.addresses["api"], shop.secrets["generic"]
        began_at = datetime.now(UTC) - timedelta(hours=12)
        told = [
            (number, began_at + timedelta(minutes=place))
            for number in opening.numbers[:parcels]
            for place in range(SCANS)
        ]
        deliveries = [*told, *rnd.sample(told, round(DOUBLED * len(told)))]
        rnd.shuffle(deliveries)
        requests = [
            signed(base, shop.name, secret, a_scan(number, at.isoformat())) for number, at in deliveries
        ]
        began = time.perf_counter()
        (await wire.all_at_once(base, requests, CONNECTIONS)).only(202)
        accepted = time.perf_counter() - began
        await until_written(shop, len(told), WRITE_TIMEOUT)
        seconds = time.perf_counter() - began
        await opening.close()
    name = f"scans/s, {parcels} parcels × {SCANS} shuffled, a fifth twice, {kind_of(database)}"
    of = {"accepted_per_s": round(len(requests) / accepted, 1), "deliveries": float(len(requests))}
    return [Figure(name, round(len(told) / seconds, 1), "per s", of=of)]
