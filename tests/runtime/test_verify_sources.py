"""What `verify` reads from outside: the provider's whole listing, and Temporal's open runs."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import aiohttp
from temporalio.client import Client

from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.simulators import payment_sandbox
from runtime.verify.sandbox_refunds import SandboxProvider
from runtime.verify.temporal_runs import TemporalJourneys


async def test_the_provider_is_read_to_its_last_page(tmp_path: Path, unused_tcp_port: int) -> None:
    child = payment_sandbox(tmp_path / "psp.db", unused_tcp_port)
    base = f"http://127.0.0.1:{unused_tcp_port}"
    await child.start()
    try:
        async with aiohttp.ClientSession(base, raise_for_status=True) as http:
            await http.post("/payments", json={"payment": "pay_1", "amount": 1000, "currency": "GBP"})
            for n in range(101):
                body = {"payment": "pay_1", "amount": 1, "currency": "GBP", "metadata": {"leg": f"acme/{n}"}}
                await http.post("/refunds", json=body, headers={"Idempotency-Key": str(n)})
        refunds = await SandboxProvider(base).refunds()
        assert [refund.leg for refund in refunds] == [f"acme/{n}" for n in range(101)]
        assert len({refund.id for refund in refunds}) == 101
    finally:
        await child.stop()


async def test_open_journeys_are_counted_and_other_workflows_are_not(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        client = await Client.connect(server.address)
        for name in ("order/acme/ord_1", "order/acme/ord_2", "something/else"):
            await client.start_workflow("OrderJourney", id=name, task_queue="nobody-works-here")
        await client.get_workflow_handle("order/acme/ord_2").terminate()
        journeys = TemporalJourneys(client)
        deadline = time.monotonic() + 20
        while await journeys.open_runs() != Counter({"order/acme/ord_1": 1}):
            assert time.monotonic() < deadline, await journeys.open_runs()
            await asyncio.sleep(0.05)
