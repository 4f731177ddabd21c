"""Fifty clients race against a cluster: two APIs, two workers, PostgreSQL. `python -m tests.bench.races` prints one JSON object.

The last unit of an order (S-37); five parallel scans and receipts of each of ten returns (S-73); one customer's credit, issued
and reversed from ten orders at once, by five clients each, and spent at fifty checkouts at once (S-82).
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp

from tests.postgres import Postgres
from tests.scenarios.cluster import Cluster
from tests.scenarios.helpers import ApiResponse, gbp, item
from tests.scenarios.last_unit import at_once, race_for_the_last_unit
from tests.scenarios.shop import Shop

RETRY_TIMEOUT = 60.0  # seconds for which a client repeats a request after Retry-After
CUSTOMER = {
    "customer_id": "one-customer",
    "name": "Zdzisława Testowa",
    "email": "zdzislawa.testowa@example.org",
}
Request = Callable[[Shop], Awaitable[ApiResponse]]


class ClusterWithTemporal(Cluster):
    """A cluster whose Temporal can be queried for histories."""

    @property
    def addresses(self) -> dict[str, str]:
        return {**super().addresses, "temporal": self.temporal}


async def last_unit(shop: Shop) -> dict[str, Any]:
    order, _ = await shop.bought_one()
    race = await race_for_the_last_unit(shop, order)
    assert (race.accepted, race.refused, race.others) == (1, race.clients - 1, 0), race
    return asdict(race)


async def parallel_refunds(shop: Shop, returns: int = 10) -> dict[str, Any]:
    """Of each return three scans of its code and two receipts at once: its payment is refunded once."""
    bought = [await shop.bought() for _ in range(returns)]
    opened = [(await shop.open(order, item("1", 2))).ok() for order, _ in bought]
    moves: list[Request] = []
    for one in opened:
        moves += [lambda client, one=one, n=n: client.drop_off(one, nonce=f"n-{n}") for n in range(3)]
        moves += [lambda client, one=one: client.receive(one["return"]["return_id"])] * 2
    figures = await _together(shop, moves)
    for (order, payment), one in zip(bought, opened, strict=True):
        await shop.paid(order, one["return"]["return_id"])
        assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400]
    return {"returns": returns, "refunds": returns, **figures}


async def one_customers_credit(shop: Shop, orders: int = 10) -> dict[str, Any]:
    """Issued by ten returns at once, five scans each; then reversed by ten cancellations at once, five clients each."""
    bought = [(await shop.bought(customer=CUSTOMER))[0] for _ in range(orders)]
    opened = [(await shop.open(order, item("1", 2), resolution="store_credit")).ok() for order in bought]
    issued = await _together(
        shop,
        [
            lambda client, one=one, n=n: client.drop_off(one, nonce=f"n-{n}")
            for one in opened
            for n in range(5)
        ],
    )
    for order, one in zip(bought, opened, strict=True):
        await shop.paid(order, one["return"]["return_id"])
    balance = await _balance(shop)
    assert balance == orders * 2640, balance
    ids = [one["return"]["return_id"] for one in opened]
    taken = await _together(shop, [lambda client, it=it: _cancel(client, it) for it in ids for _ in range(5)])
    for order in bought:
        await shop.until(order, lambda view: view["returns"][0]["money"] == "reversed", seconds=60)
    assert await _balance(shop) == 0
    return {"orders": orders, "credit": gbp(balance), "given": issued, "taken_back": taken, "left": gbp(0)}


async def redemptions(shop: Shop, clients: int = 50) -> dict[str, Any]:
    """One customer's credit of 66.00, wanted by fifty checkouts at once, 5.00 each: thirteen get it, none gets less."""
    bought = [(await shop.bought(customer=CUSTOMER))[0] for _ in range(5)]
    for order in bought:
        opened = (await shop.open(order, item("1", 1), resolution="store_credit")).ok()
        (await shop.drop_off(opened)).ok()
        await shop.paid(order, opened["return"]["return_id"])
    credit = await _balance(shop)
    assert credit == 5 * 1320, credit
    spent = await _together(shop, [lambda client, n=n: _redeem(client, f"cart-{n}") for n in range(clients)])
    left = await _balance(shop)
    assert (spent["answers"], left) == ({"201": 13, "422": clients - 13}, credit - 13 * 500), (spent, left)
    return {"credit": gbp(credit), "left": gbp(left), **spent}


async def _redeem(shop: Shop, reference: str) -> ApiResponse:
    body = {"reference": reference, "amount": gbp(500)}
    path = f"/v1/customers/{CUSTOMER['customer_id']}/credit/redemptions"
    return await shop.call("POST", path, body, key=reference)


async def _cancel(shop: Shop, return_id: str) -> ApiResponse:
    return await shop.call(
        "POST", f"/v1/returns/{return_id}/cancel", {"reason": "empty box"}, role="senior_agent"
    )


async def _balance(shop: Shop) -> int:
    lots = (await shop.call("GET", f"/v1/customers/{CUSTOMER['customer_id']}/credit")).ok()["items"]
    return sum(lot["balance"]["minor"] for lot in lots)


async def _together(shop: Shop, moves: Sequence[Request]) -> dict[str, Any]:
    """Each request by a client with its own connection, all released at one moment. Returns their answers."""
    barrier = asyncio.Barrier(len(moves))
    began = time.monotonic()
    rides = await asyncio.gather(*(_run_client(shop, move, barrier) for move in moves))
    flights = [flight for _, flown in rides for flight in flown]
    statuses = Counter(str(answer.status) for answer, _ in rides)
    return {
        "clients": len(moves),
        "answers": dict(sorted(statuses.items())),
        "throttled": len(flights) - len(moves),
        "at_once": at_once(flights),
        "seconds": round(time.monotonic() - began, 2),
    }


async def _run_client(
    shop: Shop, move: Request, barrier: asyncio.Barrier
) -> tuple[ApiResponse, list[tuple[float, float]]]:
    flights = []
    async with aiohttp.ClientSession() as own:
        client = Shop(shop.deployment, own, shop.made)
        (await client.call("GET", "/v1/orders?limit=1")).ok()  # the connection is open before it begins
        await barrier.wait()
        deadline = time.monotonic() + RETRY_TIMEOUT
        while True:
            left = time.monotonic()
            answer = await move(client)
            flights.append((left, time.monotonic()))
            if answer.status not in (429, 503) or time.monotonic() > deadline:
                return answer, flights
            await asyncio.sleep(float(answer.headers["Retry-After"]))


async def main() -> None:
    async with AsyncExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="smot-races-")))
        server = open_.enter_context(Postgres.running(durable=True))
        cluster = ClusterWithTemporal(folder / "data", await server.create("races"))
        await cluster.open()
        open_.push_async_callback(cluster.close)
        http = await open_.enter_async_context(aiohttp.ClientSession())
        shop = await Shop.create(cluster, http)  # type: ignore[arg-type]
        races = {
            "S-37 last unit": last_unit,
            "S-73 refunds": parallel_refunds,
            "S-82 credit": one_customers_credit,
            "S-82 redemptions": redemptions,
        }
        results = {name: await race(shop) for name, race in races.items()}
        parts = Counter(name.rstrip("-0123456789") for name in cluster.parts())
        sys.stdout.write(json.dumps({**results, "parts": dict(parts)}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
