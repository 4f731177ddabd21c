"""axe on every page of every screen, each in one palette and width; in all of them: `python -m tests.browser.every_page`."""

import asyncio
import itertools

import aiohttp
from playwright.async_api import Browser, Page

from tests.browser.every_page import LOOKS, Place, findings, make_shop, places, two_pages
from tests.scenarios.deployment import Deployment


async def test_axe_finds_nothing_on_any_page(
    live: Deployment, http: aiohttp.ClientSession, chromium: Browser
) -> None:
    shop = await make_shop(live, http)
    every = await places(shop)
    looks = dict(zip(every, itertools.cycle(LOOKS), strict=False))
    async with two_pages(chromium, shop) as (customers, staff):

        async def of(page: Page, own: list[Place]) -> list[str]:
            return [one for place in own for one in await findings(page, place, [looks[place]])]

        found = await asyncio.gather(
            of(customers, [one for one in every if not one.signed]),
            of(staff, [one for one in every if one.signed]),
        )
    assert [*itertools.chain(*found)] == []
