"""Every public report in `cases/`, played over HTTP; afterwards every invariant holds."""

import secrets

import aiohttp
import pytest

from tests.reports.case import names, read
from tests.reports.player import Player
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop
from tests.scenarios.shopify import SECRET, ShopifyShop

# What differs between the databases has tests of its own.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"])


@on_sqlite
@pytest.mark.parametrize("name", names())
async def test_report(name: str, deployment: Deployment, http: aiohttp.ClientSession) -> None:
    values = {"N": str(secrets.randbelow(9 * 10**8) + 10**8)}
    case = read(name, values)
    shop = await Shop.create(deployment, http, clock=case.clock, **case.policy)
    shopify = ShopifyShop(shop)
    await shopify.sign_with(SECRET)
    player = Player(shopify)
    for step in case.steps:
        await player.play(step)


@on_sqlite
async def test_after_all_reports_every_invariant_holds(deployment: Deployment) -> None:
    code, report, _ = await smot("verify", "--data", str(deployment.data), env=deployment.env)
    assert code == 0, report
