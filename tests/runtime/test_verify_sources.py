"""What `verify` reads from outside: the provider's whole listing, and Temporal's open runs."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import aiohttp
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from runtime.processes.embedded_temporal import EmbeddedTemporal
from runtime.processes.simulators import payment_sandbox
from runtime.verify import runs
from runtime.verify.sandbox_provider import SandboxProvider
from runtime.verify.temporal_runs import TemporalJourneys
from tests.patience import PATIENCE


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
        provider = SandboxProvider(base)
        refunds = [refund async for page in provider.refund_pages() for refund in page]
        assert [refund.leg for refund in refunds] == [f"acme/{n}" for n in range(101)]
        assert len({refund.id for refund in refunds}) == 101
        found = await provider.find_records(["pay_1", "pay_unknown"], [f"acme/{n}" for n in range(150)])
        [payment] = found.payments
        assert (payment.amount, payment.refunded) == (1000, 101)
        assert sorted(refund.id for refund in found.refunds) == sorted(refund.id for refund in refunds)
        assert [refund.leg for refund in (await provider.find_records([], ["acme/7", "acme/x"])).refunds] == [
            "acme/7"
        ]
    finally:
        await child.stop()


async def test_open_journeys_are_counted_and_other_workflows_are_not(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        client = await Client.connect(server.address)
        for name in ("order/acme/ord_1", "order/acme/ord_2", "something/else"):
            await client.start_workflow("OrderJourney", id=name, task_queue="nobody-works-here")
        await client.get_workflow_handle("order/acme/ord_2").terminate()
        journeys = TemporalJourneys(client)
        deadline = time.monotonic() + PATIENCE
        while await journeys.open_runs() != Counter({"order/acme/ord_1": 1}):
            assert time.monotonic() < deadline, await journeys.open_runs()
            await asyncio.sleep(0.05)
        names = ["order/acme/ord_1", "order/acme/ord_2", "order/acme/ord_3"]
        assert await journeys.runs_of(names) == {"order/acme/ord_1": 1, "order/acme/ord_2": 0}
        assert await journeys.failing() == []


@workflow.defn(name="OrderJourney", sandboxed=False)
class BrokenJourney:
    """A journey whose code fails each time that it is run."""

    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("a defect")


async def test_a_journey_whose_task_fails_again_and_again_is_named(tmp_path: Path) -> None:
    soon = {"system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2}
    async with EmbeddedTemporal(tmp_path / "temporal.db", dynamic_config=soon) as server:
        client = await Client.connect(server.address)
        journeys = TemporalJourneys(client)
        for name in ("order/acme/ord_1", "something/else"):
            await client.start_workflow("OrderJourney", id=name, task_queue="q")
        async with Worker(client, task_queue="q", workflows=[BrokenJourney]):
            deadline = time.monotonic() + PATIENCE
            while not (failing := await journeys.failing()):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.2)
        assert [journey.id for journey in failing] == ["order/acme/ord_1"]
        assert "category=WorkflowTaskFailed" in failing[0].problem
        [broken] = runs.failing(failing)
        assert broken.message.startswith("the journey of order ord_1 of acme fails again and again (")
