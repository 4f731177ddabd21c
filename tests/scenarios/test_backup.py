"""A backup is made while orders come in, the machine is lost, and everything that the backup has goes on elsewhere."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def own_deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment of this test alone."""
    deployment = Deployment(tmp_path / "data")
    await deployment.open()
    yield deployment
    await deployment.close()


async def test_a_backup_of_a_running_instance_goes_on_after_the_machine_is_lost(
    own_deployment: Deployment, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    data, env = ("--data", str(own_deployment.data)), own_deployment.env
    shop = await Shop.create(own_deployment, http)
    early = await shop.place()
    order, payment = await shop.bought()
    opened = (await shop.open(order, item("1", 2))).ok()

    async def go_on() -> None:
        (await shop.drop_off(opened, nonce="n1")).ok()
        for _ in range(10):
            await shop.ship(await shop.place())

    working = asyncio.create_task(go_on())
    backups, keys = tmp_path / "backups", tmp_path / "keys"
    code, printed, problem = await smot("backup", str(backups), "--keys", str(keys), *data, env=env)
    assert (code, problem) == (0, ""), printed
    await working

    port = own_deployment.port
    await own_deployment.kill()
    shutil.rmtree(own_deployment.data)
    [folder] = backups.iterdir()
    code, printed, problem = await smot("restore", str(folder), "--keys", str(keys), *data, env=env)
    assert (code, problem) == (0, ""), printed
    assert "smot resume" in printed
    await own_deployment.open(port)
    assert (await smot("resume", *data, env=env))[0] == 0

    # What happened after the backup is told again, by people who do not know what was lost.
    (await shop.drop_off(opened, nonce="n1")).ok()
    await shop.paid(order, opened["return"]["return_id"])
    assert [refund["amount"] for refund in await shop.refunds(payment)] == [2400], "paid once"
    await shop.scan(await shop.ship(early), "delivered")
    await shop.until(early, lambda view: view["stage"] == "delivered")
    code, printed, _ = await smot("verify", *data, env=env)
    assert code == 0, printed
