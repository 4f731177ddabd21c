"""The customer's page of an order in a real browser: it answers, changes by itself, and works without script."""

import asyncio
import gzip
import re
from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import assert_accessible, assert_accessible_without_script
from tests.browser.conftest import NewPage
from tests.browser.test_design import recorded
from tests.browser.whole_words import divided_words
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_consents import request_consent


@pytest.fixture
async def page_shop(live: Deployment, http: aiohttp.ClientSession) -> Shop:
    return await Shop.create(live, http, notices={**AT_ONCE, "progress": ["shipped"]})


async def the_address(shop: Shop, order: str) -> str:
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()
    return f"/o/{link['token']}"


async def after_htmx(page: Page, route: Route) -> None:
    """The file comes late: htmx runs already, and its first timers have passed."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate(
            "Boolean(window.htmx)"
        ):  # Playwright's own wait needs eval, which the page forbids
            await asyncio.sleep(0.02)
    await page.evaluate("new Promise(done => setTimeout(() => setTimeout(done)))")
    await route.continue_()


async def test_a_delay_is_answered_with_cancel_on_the_page(page_shop: Shop, new_page: NewPage) -> None:
    order = await page_shop.place()
    (await request_consent(page_shop, order)).ok()
    page = await new_page(390)
    problems = recorded(page)
    await page.goto(await the_address(page_shop, order))
    await assert_accessible(page)
    question = page.locator("section", has_text="It takes longer. Will you wait?")
    await expect(question.locator("button.first b")).to_have_text("Cancel it")
    await question.get_by_role("button", name="Cancel it").click()
    await expect(page.locator("h1")).to_have_text("Your order is cancelled")
    view = await page_shop.until(order, lambda view: view["stage"] == "cancelled")
    assert view["consents"][0]["answered_by"] == "customer"
    await assert_accessible(page)
    assert problems == []


async def test_a_scan_changes_the_open_page_and_the_focus_stays(page_shop: Shop, new_page: NewPage) -> None:
    order = await page_shop.place()
    number = await page_shop.ship(order)
    page = await new_page()
    problems = recorded(page)
    await page.route("**/hx-sse*", lambda route: after_htmx(page, route))
    await page.goto(await the_address(page_shop, order))
    await expect(page.locator(".chip")).to_have_text("On time")
    opened = page.locator("summary", has_text="Carrier and tracking number")
    await opened.click()
    await opened.focus()
    await page_shop.scan(number, "in_transit", scan={"location": "Swindon <b>hub</b>"})
    await expect(page.locator("#journey li.now")).to_contain_text("On its way")
    await expect(page.locator("#journey li.now p")).to_have_text("Swindon <b>hub</b>")
    assert await page.evaluate("document.activeElement.textContent.trim()") == "Carrier and tracking number"
    await expect(page.locator(".copy").first).to_be_visible()
    at = await page_shop.now() + timedelta(hours=1)
    await page_shop.post_webhook(
        {
            "carrier": "UPS",
            "tracking_number": number,
            "estimate": {"at": (at + timedelta(days=9)).isoformat()},
        }
    )
    await expect(page.locator("h1")).to_contain_text("4 days later than we promised")
    await assert_accessible(page)
    assert problems == []


@pytest.mark.parametrize(
    ("locale", "dark", "heading"), [("de-DE", True, "Samstag"), ("zh-CN", False, "星期六")]
)
async def test_the_page_works_without_script_in_the_language_that_is_chosen(
    page_shop: Shop, new_page: NewPage, locale: str, dark: bool, heading: str
) -> None:
    customer = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.org", "locale": locale}
    order = await page_shop.place(customer=customer)
    await page_shop.scan(await page_shop.ship(order), "in_transit")
    await page_shop.until_notice(order, "shipped")
    page = await new_page(390, dark=dark, script=False)
    await page.goto(await the_address(page_shop, order))
    await expect(page.locator("h1")).to_contain_text(heading)
    assert await divided_words(page, "h1.date" if locale == "de-DE" else "h1 .day") == []
    await page.locator(".foot a[href$='/letters']").click()
    await page.locator("summary").first.click()
    await expect(page.locator("details p").first).to_be_visible()
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("h1")).to_have_text("Letters we sent you")
    await page.get_by_role("link", name="What we send you").click()
    await assert_accessible_without_script(page, await new_page(390, dark=dark))
    returns = page.locator("fieldset", has_text="What happens with what you send back").get_by_label(
        "By e-mail"
    )
    await returns.uncheck()
    await page.get_by_role("button", name="Keep").click()
    await expect(page.get_by_role("status")).to_contain_text("Kept.")
    await expect(returns).not_to_be_checked()


async def test_the_page_is_light(page_shop: Shop, http: aiohttp.ClientSession) -> None:
    order = await page_shop.delivered()
    url = page_shop.deployment.addresses["api"] + await the_address(page_shop, order)
    async with http.get(url) as answer:
        body = await answer.read()
    sizes = await _packed(http, page_shop, body)
    assert sum(sizes.values()) <= 100_000, sizes


async def _packed(http: aiohttp.ClientSession, shop: Shop, body: bytes) -> dict[str, int]:
    """The compressed sizes of the page and of all files that it loads."""
    found = {*re.findall(r'(/static/[^"#]+)', body.decode())}
    sizes = {"page": len(gzip.compress(body))}
    for path in found:
        async with http.get(shop.deployment.addresses["api"] + path) as answer:
            sizes[path] = len(gzip.compress(await answer.read(), 9))
    return sizes


async def test_an_old_link_says_what_to_do_next(page_shop: Shop, new_page: NewPage) -> None:
    order = await page_shop.place()
    address = await the_address(page_shop, order)
    (await page_shop.call("DELETE", f"/v1/orders/{order}/customer-links")).ok()
    page = await new_page(390)
    await page.goto(address)
    await expect(page.locator("h1")).to_have_text("The shop has ended this link")
    await expect(page.get_by_role("link", name="Find your order")).to_have_attribute(
        "href", f"/find/{page_shop.name}"
    )
    await assert_accessible(page)
    await page.goto(address[:-3])
    await expect(page.locator("h1")).to_have_text("This link does not work")


async def test_the_dates_go_into_a_calendar(page_shop: Shop, http: aiohttp.ClientSession) -> None:
    order = await page_shop.place()
    url = page_shop.deployment.addresses["api"] + await the_address(page_shop, order) + "/calendar.ics"
    async with http.get(url) as answer:
        assert answer.content_type == "text/calendar"
        text = await answer.text()
    assert "DTSTART;VALUE=DATE:20260307" in text
    assert "SUMMARY:Parcel from A shop" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
