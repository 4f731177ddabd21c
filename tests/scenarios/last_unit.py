"""The race of many clients for the last unit, and its result. `python -m tests.scenarios.last_unit`."""

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from temporalio.client import Client

from domain import keys
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop

_RETRY_TIMEOUT = PATIENCE  # seconds for which a client repeats a request that was not answered yet


@dataclass(frozen=True)
class Race:
    """Figures of one race. `throttled`: answers 429 and 503, after which a client repeated its request.

    `at_once`: the most requests in flight at one moment, by the clients' clocks; `overlapping_winner`: how many others were
    in flight while the accepted one was. `events`: Temporal history events that the race cost. `seconds`: all of it.
    """

    clients: int
    accepted: int
    refused: int
    others: int
    throttled: int
    at_once: int
    overlapping_winner: int
    events: int
    seconds: float


@dataclass(frozen=True)
class _ClientRun:
    """One client: its last answer, and from when to when each of its requests was in flight."""

    answer: ApiResponse
    flights: list[tuple[float, float]]


async def race_for_the_last_unit(shop: Shop, order: str, clients: int = 50) -> Race:
    """Let that many clients, released together, request the order's only unit, each with its own connection and key."""
    history = await _events(shop, order)
    barrier = asyncio.Barrier(clients + 1)
    rides = [asyncio.create_task(_run_client(shop, order, barrier, f"client-{n}")) for n in range(clients)]
    await barrier.wait()
    begun = time.monotonic()
    done = await asyncio.gather(*rides)
    seconds = time.monotonic() - begun
    flights = [flight for ride in done for flight in ride.flights]
    winners = [ride for ride in done if ride.answer.status == 201]
    refused = [
        ride for ride in done if ride.answer.status == 422 and ride.answer.reasons == ["units_unavailable"]
    ]
    return Race(
        clients=clients,
        accepted=len(winners),
        refused=len(refused),
        others=clients - len(winners) - len(refused),
        throttled=len(flights) - clients,
        at_once=at_once(flights),
        overlapping_winner=_overlapping(winners[0].flights[-1], flights) if winners else 0,
        events=await _events(shop, order) - history,
        seconds=round(seconds, 3),
    )


async def _run_client(shop: Shop, order: str, barrier: asyncio.Barrier, key: str) -> _ClientRun:
    """Repeat until answered: 429 and 503 are no final answers, and the same request may be repeated after Retry-After."""
    flights = []
    async with aiohttp.ClientSession() as own:
        client = Shop(shop.deployment, own, shop.made)
        await client.view(order)  # the connection is open before the race begins
        await barrier.wait()
        deadline = time.monotonic() + _RETRY_TIMEOUT
        while True:
            left = time.monotonic()
            answer = await client.open(order, item(), key=key)
            flights.append((left, time.monotonic()))
            if answer.status not in (429, 503) or time.monotonic() > deadline:
                return _ClientRun(answer, flights)
            await asyncio.sleep(float(answer.headers["Retry-After"]))


def at_once(flights: list[tuple[float, float]]) -> int:
    """The most flights at one moment; one that ends when another begins does not overlap it."""
    steps = sorted([(start, 1) for start, _ in flights] + [(end, -1) for _, end in flights])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def _overlapping(winner: tuple[float, float], flights: list[tuple[float, float]]) -> int:
    return sum(start < winner[1] and winner[0] < end for start, end in flights) - 1


async def _events(shop: Shop, order: str) -> int:
    """How long the journey's history is."""
    temporal = await Client.connect(shop.deployment.addresses["temporal"])
    handle = temporal.get_workflow_handle(keys.workflow_id(shop.name, order))
    return len((await handle.fetch_history()).events)


async def main() -> None:
    """Open a deployment, run the race, print its figures as one JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(Path(folder) / "data")
        await deployment.open()
        try:
            async with aiohttp.ClientSession() as http:
                shop = await Shop.create(deployment, http)
                order, _ = await shop.bought_one()
                race = await race_for_the_last_unit(shop, order)
        finally:
            await deployment.close()
    sys.stdout.write(json.dumps(asdict(race)) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
