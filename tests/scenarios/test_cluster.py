"""The parts as separate processes: two APIs and two worker deployments on one PostgreSQL and one Temporal."""

import asyncio
import base64
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
import pytest_asyncio
from temporalio.client import Client

from domain.keys import workflow_id
from store.merchants.api_keys import CACHE_TTL
from tests.databases import Databases
from tests.patience import PATIENCE
from tests.scenarios.cluster import Cluster
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop
from tests.scenarios.test_order_lifecycle import whole_life


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> AsyncIterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), await databases.empty("postgresql"))
    try:
        await cluster.open()
        yield cluster
    finally:
        await cluster.close()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


async def clean(cluster: Cluster) -> None:
    code, out, err = await cluster.run_smot("verify", "--quiesced")
    assert (code, err) == (0, ""), out
    assert "every invariant holds" in out


@pytest.mark.scenario("S-1")
async def test_the_main_job_is_done_with_every_request_to_another_api(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    await whole_life(await Shop.create(cluster, http))
    await clean(cluster)


async def test_merchants_and_keys_are_created_and_revoked_from_the_command_line(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    add = ("merchants", "add", "far-shop", "--sandbox", "--api", cluster.bases[0])
    code, _, err = await cluster.run_smot(*add)
    assert (code, "SMOT_ADMIN_KEY" in err) == (2, True)
    cluster.env["SMOT_ADMIN_KEY"] = cluster.admin_key
    exported = dict(re.findall(r"^export (\w+)=(.*)$", await cluster.smot(*add), re.MULTILINE))
    assert (exported["MERCHANT"], exported["SANDBOX_PSP"]) == ("far-shop", cluster.env["SMOT_PSP"])
    assert [await _status(http, base, exported["AGENT_KEY"]) for base in cluster.bases] == [200, 200]
    await cluster.smot("keys", "revoke", exported["AGENT_KEY"].split("_")[2], "far-shop")
    await asyncio.sleep(CACHE_TTL)  # so long may other processes accept it
    assert [await _status(http, base, exported["AGENT_KEY"]) for base in cluster.bases] == [401, 401]
    assert "revoked" in await cluster.smot("keys", "list", "far-shop")
    assert "journeys were asked to continue as new" in await cluster.smot("continue-as-new")


async def test_the_doctor_reports_a_healthy_cluster(cluster: Cluster) -> None:
    findings = json.loads(await cluster.smot("doctor", "--json"))["findings"]
    assert {finding["check"]: finding["status"] for finding in findings if finding["status"] != "ok"} == {}
    assert {"database clock", "temporal clock", "payments"} <= {finding["check"] for finding in findings}


async def test_the_doctor_reports_a_master_key_that_does_not_open_the_database(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cluster.env, "SMOT_MASTER_KEY", base64.b64encode(os.urandom(32)).decode())
    code, out, _ = await cluster.run_smot("doctor", "--json")
    wrong = [finding for finding in json.loads(out)["findings"] if finding["status"] == "error"]
    assert (code, [finding["check"] for finding in wrong]) == (1, ["master key"])
    assert "this database is sealed with the master key" in wrong[0]["message"]


async def test_merchants_of_a_cluster_are_managed_by_its_api(cluster: Cluster) -> None:
    code, _, err = await cluster.run_smot("merchants", "list", "--data", "no-data-folder")
    assert (code, "--api" in err, "smot up" in err) == (2, True, False)


async def test_every_killed_process_comes_back_and_the_work_is_done(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(cluster, http)
    before = cluster.parts()
    struck = ("worker-1", "worker-2", "dispatcher-1", "dispatcher-2", "api-1", "supervisor-2")
    for name in struck:
        os.kill(before[name], signal.SIGKILL)

    async def back() -> bool:
        now = cluster.parts()
        return set(now) == set(before) and all(now[name] != before[name] for name in struck)

    await until(back)
    await until(lambda: _ready(http, cluster.bases))
    order = await shop.place()
    await until(
        lambda: _carried_out(shop, order)
    )  # a worker has begun; the same request may be repeated until then
    await whole_life(shop)
    await clean(cluster)


async def test_workers_that_are_terminated_finish_what_runs(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(cluster, http)
    body = await shop.order_body()
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order)
    await shop.advance_clock(days=1)
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = (await shop.open(order, item("1", 1))).ok()
    await shop.fault("hang", seconds=3)
    (await shop.drop_off(opened)).ok()
    await until(lambda: _spent(http, cluster))
    codes = await asyncio.gather(cluster.terminate("supervisor-1"), cluster.terminate("supervisor-2"))
    assert codes == [0, 0]
    await shop.paid(order, opened["return"]["return_id"])
    assert len(await shop.refunds(body["tenders"][0]["payment"])) == 1
    assert await _attempts(cluster, shop.name, order) == [1], "a payment that ran was cut off and tried again"


async def _status(http: aiohttp.ClientSession, base: str, key: str) -> int:
    async with http.get(f"{base}/v1/orders", headers={"Authorization": f"Bearer {key}"}) as answer:
        return answer.status


async def _carried_out(shop: Shop, order: str) -> bool:
    body = {"carrier": "UPS", "tracking_number": f"TRK{order[-8:].upper()}"}
    return (await shop.call("POST", f"/v1/orders/{order}/parcels", body, key=order)).status == 201


async def _ready(http: aiohttp.ClientSession, bases: list[str]) -> bool:
    try:
        for base in bases:
            async with http.get(f"{base}/readyz") as answer:
                if answer.status != 200:
                    return False
    except aiohttp.ClientError:
        return False
    return True


async def _spent(http: aiohttp.ClientSession, cluster: Cluster) -> bool:
    """The armed fault has begun: the call has reached the provider."""
    async with http.get(cluster.addresses["psp"] + "/faults") as answer:
        return (await answer.json())["faults"] == []


async def _attempts(cluster: Cluster, merchant: str, order: str) -> list[int]:
    """At which attempt each call of the payment activity succeeded."""
    client = await Client.connect(cluster.temporal)
    events = [
        event
        async for event in client.get_workflow_handle(workflow_id(merchant, order)).fetch_history_events()
    ]
    paying = {
        event.event_id
        for event in events
        if event.activity_task_scheduled_event_attributes.activity_type.name == "pay_leg"
    }
    started = [event.activity_task_started_event_attributes for event in events]
    return [one.attempt for one in started if one.scheduled_event_id in paying]
