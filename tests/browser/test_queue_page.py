"""The queue in a real browser: by keys only, without script, live, and a claim race of two agents."""

import re
from typing import Any

import aiohttp
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.signed_in import signed_in
from tests.browser.whole_words import divided_words
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

ROW = "#rows tr[aria-current] b"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def busy_shop(live: Deployment) -> Any:
    """A shop with three returns that wait for an agent."""
    async with aiohttp.ClientSession() as http:
        shop = await Shop.create(live, http, review_above={"GBP": 100})
        for number in range(3):
            await _review(shop, f"1048{number}")
            await shop.advance_clock(minutes=5)
        yield shop


async def _review(shop: Shop, order_id: str) -> str:
    order = await shop.delivered(order_id=order_id)
    opened = await shop.open(order, item())
    assert opened.status == 202
    return str(opened["return"]["return_id"])


async def test_an_agent_works_with_keys_only(busy_shop: Shop, new_page: NewPage) -> None:
    page = await new_page()
    agent = await signed_in(page, busy_shop)
    await page.goto("/agents")
    await expect(page.locator("#lh")).to_have_text("3 questions are open")
    await assert_accessible(page)
    await page.keyboard.press("j")
    await expect(page.locator(ROW)).to_have_text("10481")
    await expect(page.locator("#ph")).to_contain_text("Order 10481, Zdzisława Testowa")
    assert "item=att_" in page.url, "every state has an address"
    await page.keyboard.press("k")
    await expect(page.locator("#ph")).to_contain_text("Order 10480")
    await page.keyboard.press("e")
    await expect(page.locator("#flash")).to_contain_text("You work on the question now.")
    await expect(page.locator("#rows tr[aria-current] .own")).to_have_text("Maria")
    await expect(page.locator("#views")).to_contain_text("Mine 1")
    [mine] = (await agent.call("GET", "/v1/attention?holder=me")).ok()["items"]
    assert mine["number"] == "10480"
    await page.keyboard.press("e")
    await expect(page.locator("#flash")).to_contain_text("You have given the question back.")
    await expect(page.locator("#rows tr[aria-current] .own")).to_have_text("Claim")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "q-top"
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") != "q-top"
    await page.keyboard.press("/")
    await page.keyboard.type("10482")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/agents/orders/**")
    await page.keyboard.type("/10481 n")
    assert await page.locator("#q-top").input_value() == "10481 n", (
        "the keys of an order leave the search alone"
    )
    assert "/commands/" not in page.url
    await page.locator("#q-top").blur()
    await page.keyboard.press("g")
    await page.keyboard.press("q")
    await page.wait_for_url(re.compile(r"/agents(\?.*item=att_\w+)?$"))
    place = page.url
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="All keys")
    await expect(keys).to_contain_text("send the form of a command")
    await assert_accessible(page)
    await page.keyboard.press("j")
    assert page.url == place, "the keys of the page below wait"
    await page.keyboard.press("Escape")
    await expect(keys).to_have_count(0)
    assert page.url == place
    await page.goto("/agents/search?q=testowa")
    await expect(page.locator(".hits mark").first).to_have_text("Testowa")
    await assert_accessible(page)


async def test_single_keys_can_be_switched_off(busy_shop: Shop, new_page: NewPage) -> None:
    page = await new_page()
    await signed_in(page, busy_shop)
    await page.goto("/agents/keys")
    await assert_accessible(page)
    await page.get_by_role("button", name="Switch single keys off").click()
    await expect(page.get_by_role("status")).to_have_text("Single keys are off")
    await page.goto("/agents")
    first = await page.locator(ROW).inner_text()
    await page.keyboard.press("j")
    await page.keyboard.press("Control+k")
    assert await page.evaluate("document.activeElement.id") == "q-top", "it needs no single key"
    assert await page.locator(ROW).inner_text() == first


async def test_of_two_agents_the_second_is_told_who_has_it(busy_shop: Shop, new_page: NewPage) -> None:
    """Both work without script."""
    pages = [await new_page(script=False) for _ in range(2)]
    for page, name in zip(pages, ("Maria Ullrich", "Tom Okafor"), strict=True):
        await signed_in(page, busy_shop, name=name)
        await page.goto("/agents?view=unassigned")
        await page.locator("#rows [data-row]").last.click()
    first, second = pages
    await first.locator("#claim").click()
    await expect(first.locator(".facts")).to_contain_text("Maria Ullrich")
    await expect(first.get_by_role("status")).to_contain_text("You work on the question now.")
    await second.locator("#claim").click()
    await expect(second.get_by_role("alert")).to_contain_text("Maria Ullrich has it")
    assert "view=unassigned" in first.url, "the list keeps its place"
    await first.locator("summary", has_text="Hand over").click()
    await first.get_by_label("Hand over to").select_option(label="Tom Okafor")
    await first.get_by_role("button", name="Hand over").click()
    await expect(first.locator(".facts")).to_contain_text("Tom Okafor")
    await expect(first.get_by_role("status")).to_contain_text("The question was handed over to Tom Okafor.")


async def test_new_rows_come_in_and_the_focus_stays(busy_shop: Shop, new_page: NewPage) -> None:
    page = await new_page()
    await signed_in(page, busy_shop)
    await page.goto("/agents")
    await expect(page.locator("#live")).to_be_visible()
    await page.keyboard.press("j")
    focused = await page.evaluate("document.activeElement.href")
    assert re.search("item=att_", focused)
    await _review(busy_shop, "10499")
    await expect(page.locator("#rows")).to_contain_text("10499")
    assert await page.evaluate("document.activeElement.href") == focused


async def test_the_queue_can_be_read_at_every_width_and_in_every_language(
    busy_shop: Shop, new_page: NewPage
) -> None:
    for width, dark, path, title in (
        (390, True, "/agents?lang=de", "Fragen sind offen"),
        (1280, True, "/agents?lang=zh-Hans", "个问题"),
    ):
        page: Page = await new_page(width, dark=dark)
        await signed_in(page, busy_shop)
        await page.goto(path)
        await expect(page.locator("#lh")).to_contain_text(title)
        await assert_accessible(page)
        if width == 390:
            await expect(page.locator("#views a").first).to_be_visible()
            await expect(page.locator("#pane")).to_be_hidden()
            await page.locator("#rows [data-row]").last.click()
            await expect(page.locator("#ph")).to_be_in_viewport()
            await assert_accessible(page)
        assert await divided_words(page, ".chip, .tl time, .holder, kbd") == []
