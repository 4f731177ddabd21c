"""Temporal's database is lost: orders go on from the store, and nothing is notified or paid twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def own_deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment of this test alone."""
    deployment = Deployment(tmp_path / "data")
    await deployment.open()
    yield deployment
    await deployment.close()


async def test_orders_go_on_from_their_snapshots_when_temporal_has_forgotten_everything(
    own_deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    shop = await Shop.create(own_deployment, http)
    order = await shop.place()
    await shop.ship(order)
    port = own_deployment.port
    await own_deployment.close()
    for file in own_deployment.data.glob("temporal.db*"):
        file.unlink()
    await own_deployment.open(port)
    data = ("--data", str(own_deployment.data))

    code, printed, _ = await smot("verify", *data, env=own_deployment.env)
    assert code == 1
    assert "no run is open" in printed
    assert (await smot("resume", *data, env=own_deployment.env))[:2] == (
        0,
        "1 journeys were started from their snapshots\n",
    )
    assert (await smot("resume", *data, env=own_deployment.env))[:2] == (
        0,
        "0 journeys were started from their snapshots\n",
    )
    code, printed, _ = await smot("verify", *data, env=own_deployment.env)
    assert code == 0, printed

    await shop.advance_clock(days=60)
    view = await shop.until(order, lambda view: view["stage"] == "closed")
    assert len(view["delay_notices"]) == 1, "its deadlines are kept, each once"
    code, printed, _ = await smot("verify", *data, "--quiesced", env=own_deployment.env)
    assert code == 0, printed
