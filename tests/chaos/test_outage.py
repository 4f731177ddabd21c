"""Temporal or the worker is down: what can be accepted is, the rest gets Retry-After, and nothing happens twice."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.chaos.killable_deployment import KillableDeployment, alive, retry_until_ok, until, until_true
from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import START, Shop

pytestmark = pytest.mark.databases_in_turn


@asynccontextmanager
async def frozen(deployment: KillableDeployment, part: str) -> AsyncIterator[None]:
    """That part hangs, like a machine that swaps: connections stay open without an answer."""
    pid = await deployment.send_signal(part, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def assert_retry_later(answer: ApiResponse) -> None:
    assert answer.status == 503, (answer.status, answer.body)
    assert answer["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.scenario("S-94")
@pytest.mark.parametrize("part", ["temporal", "worker"])
async def test_while_it_is_down_scans_and_orders_are_accepted_and_read_and_commands_happen_once_afterwards(
    killable_deployment: KillableDeployment, http: aiohttp.ClientSession, part: str
) -> None:
    shop = await Shop.create(killable_deployment, http)
    order, waiting = await shop.place(), await shop.order_body()
    number = await shop.ship(order)
    scan = {"at": START.isoformat(), "status": "delivered"}
    path = f"/v1/orders/{await shop.place()}/parcels"
    parcel = {"carrier": "UPS", "tracking_number": f"{number}B"}

    async with frozen(killable_deployment, part):
        began = time.monotonic()
        hook = await shop.post_webhook({"carrier": "UPS", "tracking_number": number, "scans": [scan]})
        assert hook.status == 202
        await shop.view(order)
        assert time.monotonic() - began < 2
        command, placing = await asyncio.gather(
            shop.call("POST", path, parcel, key="again-and-again"), shop.call("POST", "/v1/orders", waiting)
        )
        assert time.monotonic() - began < 8
        assert_retry_later(command)
        assert placing.status == 201, "what is written is placed"
        await assert_readable(shop, placing["order"])
        assert (await shop.view(order))["stage"] == "placed", "no part was down"
        if part == "temporal":
            async with http.get(killable_deployment.addresses["api"] + "/readyz") as ready:
                assert (ready.status, (await ready.json())["temporal"]["ok"]) == (503, False)

    await shop.until(order, lambda view: view["stage"] == "delivered", seconds=40)
    done = await retry_until_ok(
        killable_deployment, lambda: shop.call("POST", path, parcel, key="again-and-again")
    )
    assert [one["tracking_number"] for one in done["parcels"]] == [f"{number}B"]
    repeated = await shop.call("POST", path, parcel, key="again-and-again")
    assert repeated.body == done.body
    whats = [one["action"] for one in await shop.timeline(done["order"])]
    assert whats.count("parcel_registered") == 1
    await until_begun(shop, placing["order"])
    known = await shop.call("POST", "/v1/orders", waiting)
    assert (known.status, known.body) == (200, placing.body)
    orders = killable_deployment.rows("SELECT id FROM orders WHERE merchant = ?", shop.name)
    assert len(orders) == 3
    assert (known["order"],) in orders


async def assert_readable(shop: Shop, order: str) -> None:
    """Its status, its timeline, the list of orders, and the page of its customer."""
    view = await shop.view(order)
    assert (view["seq"], view["stage"]) == (1, "placed")
    assert [line["action"] for line in await shop.timeline(order)] == ["placed"]
    assert order in [one["order"] for one in (await shop.call("GET", "/v1/orders")).ok()["items"]]
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links", {"hours": 1})).ok()
    async with shop.http.get(f"{shop.deployment.addresses['api']}/o/{link['token']}") as page:
        assert page.status == 200


async def until_begun(shop: Shop, order: str) -> None:
    """The unfinished intent is resumed: the journey begins without another request."""

    async def begun() -> bool:
        intent = shop.deployment.rows("SELECT intent FROM orders WHERE id = ?", order)
        return intent == [("started",)] and (await shop.view(order, live=True))["seq"] == 1

    await until_true(begun, seconds=30)


async def second_up(deployment: KillableDeployment) -> tuple[int, str]:
    """Output and exit code of another `smot up` on the same folder."""
    argv = (
        sys.executable,
        "-m",
        "runtime.cli.main",
        "up",
        "--data",
        str(deployment.data),
        "--port",
        "0",
        "--json",
    )
    second = await asyncio.create_subprocess_exec(
        *argv,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **deployment.env},
    )
    out, err = await asyncio.wait_for(second.communicate(), PATIENCE)
    assert out == b"", "it reported that it is ready"
    assert second.returncode is not None
    return second.returncode, err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_terminated_it_leaves_nothing_running_and_a_second_one_on_its_folder_is_refused(
    deployment: KillableDeployment, number: signal.Signals
) -> None:
    await deployment.open()
    assert deployment.process is not None
    await until(lambda: len(deployment.parts()) == 3)
    parts = deployment.parts()
    code, output = await second_up(deployment)
    assert code == 2
    assert "is in use by another smot" in output
    assert str(deployment.process.pid) in output
    assert deployment.parts() == parts, "the first one was disturbed"
    deployment.process.send_signal(number)
    assert await asyncio.wait_for(deployment.process.wait(), PATIENCE) == 0
    assert not any(alive(pid) for pid in parts.values())
    assert not (deployment.data / "worker.ready").exists()


async def test_killed_outright_it_leaves_no_orphan_and_its_folder_can_be_used_again(
    deployment: KillableDeployment,
) -> None:
    await deployment.open()
    parts = deployment.parts()
    assert len(parts) == 3
    await deployment.kill()
    await until(lambda: not any(alive(pid) for pid in parts.values()), seconds=5)
    await deployment.reopen()
    assert not set(parts.values()) & set(deployment.parts().values())
    assert await deployment.close() == 0
