"""Messages in one workflow task: each is answered as if the ones before it had been applied."""

import asyncio
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.returns import quotes
from runtime.processes.embedded_temporal import EmbeddedTemporal
from tests.databases import Databases
from tests.workflows.journey_harness import JourneyDriver, JourneyHarness, a_scan
from tests.workflows.lifecycles import opened


async def test_a_return_requested_right_behind_the_delivering_scan_is_opened(
    tmp_path: Path, databases: Databases
) -> None:
    """The worker is paused while both are sent, so both come in one workflow task."""
    url = await databases.migrated("sqlite")
    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        async with JourneyHarness.on(client, url) as harness:
            journey = await harness.place("shop-together")
            await journey.ship()
            state = await journey.state()
        scan = a_scan(ParcelStatus.DELIVERED, journey.order.placed_at + timedelta(hours=1))
        assert state.parcels[0].apply_update([scan], None)
        quote = quotes.quote(state, [ReturnItem(line_id="1", quantity=1, reason="unwanted")], scan.at)
        behind = JourneyDriver(JourneyHarness(client, harness.db), journey.placed, sandbox=True)
        await behind.send_scans(scan)
        opening = asyncio.create_task(opened(behind, "R1", quote))
        async with JourneyHarness.on(client, url):
            answer = await opening
        assert answer.verdict == "accepted", answer.reasons
