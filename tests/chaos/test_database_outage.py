"""PostgreSQL dies, hangs or comes back: every caller gets Retry-After, and nothing acknowledged is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio

from tests.chaos.killable_deployment import KillableDeployment, until_true
from tests.chaos.order_lifecycle import OrderLifecycle
from tests.postgres import Postgres
from tests.scenarios.shop import Shop


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A separate server: it dies."""
    with Postgres.running() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def deployment(
    server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KillableDeployment]:
    deployment = KillableDeployment(
        tmp_path_factory.mktemp("away") / "data", database=await server.create("smot")
    )
    await deployment.open()
    yield deployment
    await deployment.close()


class ConcurrentClients:
    """Many clients that read and write all the time; counts their answers."""

    def __init__(self, shop: Shop, order: str) -> None:
        self.shop, self.order = shop, order
        self.answers: Counter[tuple[int, str]] = Counter()
        self.placed: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work()) for work in (self._read, self._place) * 4]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            answer = await self.shop.call("GET", f"/v1/orders/{self.order}")
            self.answers[answer.status, str(answer.body.get("code", ""))] += 1
            await asyncio.sleep(0.01)

    async def _place(self) -> None:
        while True:
            body = await self.shop.order_body()
            answer = await self.shop.call("POST", "/v1/orders", body)
            self.answers[answer.status, str(answer.body.get("code", ""))] += 1
            if answer.status < 300:
                self.placed.append(answer["order"])
            await asyncio.sleep(0.05)


async def order_accepted(shop: Shop) -> bool:
    return (await shop.call("POST", "/v1/orders", await shop.order_body())).status == 201


@pytest.mark.scenario("S-94")
@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_while_the_database_is_down_every_caller_gets_retry_after_and_then_all_goes_on(
    deployment: KillableDeployment, server: Postgres, http: aiohttp.ClientSession, how: str
) -> None:
    shop = await Shop.create(deployment, http)
    order = await shop.place()
    clients = ConcurrentClients(shop, order)
    async with clients.running():
        await until_true(lambda: _true(clients.answers[200, ""] > 20 and len(clients.placed) > 2))
        if how == "killed":
            server.kill()
            answer = await shop.call("GET", f"/v1/orders/{order}")
            assert (answer.status, answer["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
        else:
            server.freeze()
        async with http.get(deployment.addresses["api"] + "/readyz") as ready:
            assert ready.status == 503
        if how == "killed":
            await asyncio.to_thread(server.start)
        else:
            server.thaw()
        await until_true(lambda: order_accepted(shop), seconds=20)
        before = clients.answers.copy()
        await until_true(lambda: _true(sum((clients.answers - before).values()) > 40))
        assert {status for status, _ in clients.answers - before} <= {200, 201}, clients.answers - before
    assert {got for got in clients.answers if got[0] >= 300} <= {(503, "unavailable")}, clients.answers
    assert deployment.open_count == 1
    for placed in clients.placed:
        assert (await shop.view(placed))["stage"] == "placed"

    async def clean() -> bool:
        return (await deployment.run_verify())[0] == 0

    await until_true(clean)


@pytest.mark.scenario("S-94")
async def test_a_lifecycle_with_a_database_crash_before_every_step_has_the_same_outcome(
    deployment: KillableDeployment, server: Postgres, http: aiohttp.ClientSession
) -> None:
    lifecycle = OrderLifecycle(deployment, await Shop.create(deployment, http))

    def restart(step: str) -> None:
        server.kill()
        server.start()

    await lifecycle.run(before=restart)
    outcome = await lifecycle.outcome()
    assert outcome["return"] == ("settled", "received", "paid", 2400)
    assert (outcome["provider"], outcome["legs"]) == ([2400], [("settled", 2400)])


async def _true(it: bool) -> bool:
    return it
