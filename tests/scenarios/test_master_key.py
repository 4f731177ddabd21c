"""The master key is replaced under a running deployment: cut off in the middle, gone on with, and nothing stops working."""

import asyncio
import os
import sys

import pytest

from runtime.admin import master_keys
from runtime.config.settings import Settings
from runtime.config.version import smot_version
from runtime.errors import CommandFailed
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


async def cut_off(deployment: Deployment, after: str) -> None:
    """Run `smot keys rotate-master` and kill it once it has printed that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime.cli.main", "keys", "rotate-master", "--data", str(deployment.data),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1", **deployment.env},
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(150):
        while after not in (line := (await process.stdout.readline()).decode()):
            assert line, f"it ended before it printed {after!r}"
    process.kill()
    await process.wait()


async def test_a_master_key_is_replaced_while_customers_go_on(shop: Shop, deployment: Deployment) -> None:
    order = await shop.place()
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    customer = await shop.call("GET", f"/v1/orders/{order}", token=link)
    assert customer.status == 200
    settings = Settings(data=deployment.data)
    [before] = (await master_keys.report(settings)).keys
    assert before.active
    kinds = {one.kind for one in (await master_keys.report(settings)).processes}
    assert kinds == {"api", "worker"}

    await cut_off(deployment, after="seals what is new")
    assert (await shop.call("GET", f"/v1/orders/{order}", token=link)).status == 200
    await shop.place()
    with pytest.raises(CommandFailed):
        await master_keys.forget(settings, (await master_keys.report(settings)).keys[-1].key_id, print)

    said: list[str] = []
    await master_keys.rotate(settings, said.append)
    assert "every row is sealed with" in said[-1]
    found = {one.key_id: one for one in (await master_keys.report(settings)).keys}
    assert not found[before.key_id].rows
    [new] = [one for one in found.values() if one.active]
    assert new.rows["person_keys"] > 0
    await master_keys.forget(settings, before.key_id, said.append)
    assert [one.key_id for one in (await master_keys.report(settings)).keys] == [new.key_id]
    assert settings.secrets_file.stat().st_mode & 0o777 == 0o600
    assert (await shop.call("GET", f"/v1/orders/{order}", token=link)).status == 200
    (await shop.call("POST", f"/v1/orders/{order}/cancel", {}, key="cancel")).ok()
    body = b"{}"
    unknown = await shop.post_carrier_webhook("generic", body, shop.standard_signature(body), "no-such-shop")
    problem(unknown, 401, "signature_invalid")


async def test_the_probe_shows_version_and_commit(shop: Shop) -> None:
    alive = (await shop.call("GET", "/healthz")).ok()
    assert alive.body == {"ok": True, "version": smot_version().version, "commit": smot_version().commit}
