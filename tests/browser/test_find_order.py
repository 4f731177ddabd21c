"""A customer finds their order without script: the form, the letter, the button, the page; and an old link."""

import re

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop


@pytest.fixture
async def lost_shop(live: Deployment, http: aiohttp.ClientSession) -> Shop:
    return await Shop.create(live, http, notices=AT_ONCE)


async def test_the_order_is_found_and_opened_without_script(lost_shop: Shop, new_page: NewPage) -> None:
    order = await lost_shop.place(order_id="#F-1001")
    page = await new_page(390, script=False)
    await page.goto(f"/find/{lost_shop.name}")
    await page.get_by_label("Order number").fill("f-1001")
    await page.get_by_label("Your e-mail address").fill("zdzislawa.testowa@example.org")
    await page.get_by_role("button", name="Send me the link").click()
    await expect(page.locator("h1")).to_have_text("Look into your mailbox")
    letter = await lost_shop.until_notice(order, "order_link")
    found = re.search(r"/f/once_\S+", letter["text"])
    assert found
    await page.goto(found[0])
    await page.get_by_role("button", name="Open your order").click()
    await expect(page.locator("h1")).to_contain_text("Arriving Saturday")
    await page.goto(found[0])
    await expect(page.locator("h1")).to_have_text("This link was used already")
    await expect(page.get_by_role("link", name="Find your order")).to_be_visible()


async def test_the_pages_can_be_read_and_a_missing_field_is_named(lost_shop: Shop, new_page: NewPage) -> None:
    page = await new_page(390, dark=True, locale="de-DE")
    await page.goto(f"/find/{lost_shop.name}")
    await assert_accessible(page)
    await page.evaluate("document.querySelector('form').noValidate = true")
    await page.get_by_label("Bestellnummer").fill("7")
    await page.get_by_role("button", name="Link zusenden").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ihre E-Mail-Adresse oder Postleitzahl fehlt")
    await expect(page.get_by_label("Bestellnummer")).to_have_value("7")
    await assert_accessible(page)
    await page.goto("/f/once_x")
    await assert_accessible(page)
    missing = await page.goto("/find/no-such-shop")
    assert missing is not None
    assert missing.status == 404
