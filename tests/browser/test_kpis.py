"""How it goes, and how it went, in a browser: the chart shows the numbers of its table, and one click keeps an answer."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.accessibility import assert_accessible, assert_accessible_without_script
from tests.browser.conftest import NewPage
from tests.browser.signed_in import signed_in
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

POINTS = "circle[data-figure]"


@pytest_asyncio.fixture(loop_scope="session")
async def shop(live: Deployment) -> AsyncIterator[Shop]:
    async with aiohttp.ClientSession() as http:
        yield await Shop.create(live, http)


async def cells(page: Page, selector: str) -> dict[tuple[str, str], str]:
    """The text or value of each mark, by figure and group."""
    read = "all => all.map(one => [one.dataset.figure, one.dataset.group, one.dataset.value || one.textContent.trim()])"
    found = await page.locator(selector).evaluate_all(read)
    return {(figure, group): text for figure, group, text in found}


async def test_a_chart_is_its_table_and_the_page_its_json(shop: Shop, new_page: NewPage) -> None:
    late = await shop.place()
    number = await shop.ship(late, carrier="DPD")
    order = await shop.delivered()
    opened = (await shop.open(order, item("2"), resolution="store_credit")).ok()
    (await shop.drop_off(opened)).ok()
    await shop.paid(order, opened["return"]["return_id"])
    await shop.advance_clock(days=9)
    await shop.scan(number, "delivered")
    await shop.until(late, lambda view: view["stage"] == "delivered")
    page = await new_page()
    await signed_in(page, shop)
    await page.goto("/agents/kpis?days=30")
    assert await page.locator("p.sum b").count() == 1
    drawn, told = await cells(page, f"#delivery {POINTS}"), await cells(page, "#delivery td[data-figure]")
    assert drawn == {key: text for key, text in told.items() if text != "–"}
    assert ("on_time", "2026-03-02") in drawn
    shown = await cells(page, "#all td[data-figure]")
    figures = (await shop.call("GET", "/v1/kpis", role="agent")).ok()["figures"]
    on_time = next(one for one in figures if one["figure"] == "on_time")
    assert (on_time["value"], [text for key, text in shown.items() if key[0] == "on_time"]) == (50, ["50.0%"])
    assert "UPS" in await page.locator("section:has(#k2) table").inner_text()
    articles = (await shop.call("GET", "/v1/kpis?group_by=sku", role="agent")).ok()["articles"]
    units = "all => all.map(one => [one.dataset.sku, one.dataset.reason, Number(one.dataset.units)])"
    heat = await page.locator("#heat td[data-sku]").evaluate_all(units)
    assert heat == [[one["sku"], why["reason"], why["units"]] for one in articles for why in one["reasons"]]
    assert "Bonus" in await page.locator("#costs").inner_text()
    assert await page.locator("#unfinished").count() == 1
    async with page.expect_download() as download:
        await page.locator('a[href$="facts.csv"]').click()
    rows = (await (await download.value).path()).read_text().splitlines()
    every = (await shop.call("GET", "/v1/kpis/facts?limit=5000", role="agent")).ok()["items"]
    assert len(rows) == len(every) + 1
    await assert_accessible(page)
    dark = await new_page(width=390, dark=True, script=False)
    await signed_in(dark, shop)
    await dark.goto("/agents/kpis?carrier=UPS&days=this_month&lang=de")
    assert await dark.locator("#f-days").input_value() == "this_month"
    assert "Pünktlich" in await dark.locator("dl.strip").inner_text()
    await assert_accessible_without_script(dark, await new_page(width=390, dark=True))


async def test_one_click_says_how_it_went(shop: Shop, new_page: NewPage) -> None:
    order = await shop.delivered()
    address = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()["open"]["page"]
    page, reader = await new_page(width=390, script=False), await new_page(width=390)
    await page.goto(address)
    await assert_accessible_without_script(page, reader)
    await page.get_by_role("button", name="4").click()
    await page.get_by_role("heading", name="Thank you.").wait_for()
    await assert_accessible_without_script(page, reader)
    answers = (await shop.call("GET", f"/v1/orders/{order}/feedback")).ok()["answers"]
    assert [one["score"] for one in answers] == [4]
