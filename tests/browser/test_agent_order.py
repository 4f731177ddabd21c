"""An agent's work on one order in a real browser: read, decide with a reason, be overtaken, take back; without scripts too."""

import aiohttp
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.accessibility import assert_accessible, assert_accessible_without_script
from tests.browser.conftest import NewPage
from tests.browser.whole_words import divided_words
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import gbp, item
from tests.scenarios.people_of_a_shop import PASSWORD, with_password
from tests.scenarios.shop import Shop

DEAR = [
    {"line_id": "tv", "sku": "TV", "title": "<b>Television</b>", "quantity": 2, "unit_price": gbp(60_000)}
]
REASON = "Photo shows painted steel, the page says solid brass."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(live: Deployment, http: aiohttp.ClientSession) -> Shop:
    made = await Shop.create(live, http)
    await with_password(made, "priya@example.org", "agent", "Priya Nair")
    return made


async def signed_in(page: Page, shop: Shop, address: str) -> None:
    await page.goto(f"/agents/sign-in?shop={shop.name}&next={address}")
    await page.get_by_label("E-mail address").fill("priya@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"**{address}")


async def in_review(shop: Shop) -> tuple[str, str]:
    """The shop's order with a return that waits for an agent, and the return."""
    order, _ = await shop.bought(lines=DEAR)
    token = (await shop.quote(order, item("tv"))).ok()["token"]
    opened = await shop.open(order, item("tv"), quote=token)
    return (await shop.view(order))["order"], opened["return"]["return_id"]


async def test_an_agent_approves_with_a_reason_and_what_the_customer_sees_changes(
    shop: Shop, new_page: NewPage
) -> None:
    order, return_id = await in_review(shop)
    page, address = await new_page(), f"/agents/orders/{order}"
    await signed_in(page, shop, address)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Order")
    assert await page.locator("table b", has_text="Television").count() == 0, "a title is never markup"
    await assert_accessible(page)
    await page.locator(".actbar").get_by_role("link", name="Approve return").click()
    await expect(page.locator(".ba")).to_contain_text("Your return is approved")
    await assert_accessible(page)
    await page.get_by_label("Reason").fill("no")
    await page.locator("form[action*=approve]").evaluate(
        "form => { form.noValidate = true; form.requestSubmit(); }"
    )
    await expect(page.get_by_role("alert")).to_contain_text("Between 3 and 500 characters")
    await page.get_by_label("Reason").fill(REASON)
    await page.locator("form button.go").click()
    await page.wait_for_url(f"**{address}")
    await expect(page.locator(".tl")).to_contain_text(REASON)
    await expect(page.locator(".tl")).to_contain_text("Priya Nair")
    shown = await shop.get_return(return_id)
    assert shown["return"]["status"] == "authorized"
    for lane in ("letters", "money"):
        await page.goto(f"{address}?lane={lane}")
    await page.goto(f"{address}?lane=letters")
    await page.get_by_role("link", name="read").first.click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await assert_accessible(page)


async def test_the_page_changes_by_itself_and_the_focus_stays(shop: Shop, new_page: NewPage) -> None:
    order, _ = await in_review(shop)
    page, address = await new_page(), f"/agents/orders/{order}"
    await signed_in(page, shop, address)
    assert await divided_words(page, ".tl time, .dates, .rows, kbd") == []
    explained = page.locator("summary").first
    await explained.focus()
    await page.evaluate("window.marked = document.activeElement")
    note = {"text": "Third lamp this week."}
    (await shop.call("POST", f"/v1/orders/{order}/notes", note, role="agent", key="note")).ok()
    await expect(page.locator(".tl")).to_contain_text("Third lamp this week.")
    assert await page.evaluate("window.marked === document.activeElement && window.marked.isConnected")


async def test_a_cancellation_is_taken_back_within_its_window(shop: Shop, new_page: NewPage) -> None:
    order = (await shop.view(await shop.place()))["order"]
    page, address = await new_page(), f"/agents/orders/{order}"
    await signed_in(page, shop, address)
    await page.locator(".actbar").get_by_role("link", name="Cancel order").click()
    await expect(page.locator(".sheet")).to_contain_text("Can be taken back for 30 seconds")
    await expect(page.get_by_label("Reason")).to_be_focused()
    await page.get_by_label("Reason").fill("She asked by phone")
    await page.locator("form button.go").click()
    await page.wait_for_url(f"**{address}")
    await expect(page.locator(".planned")).to_contain_text("Cancel order: can be taken back")
    await assert_accessible(page)
    form = await page.locator(".planned form").evaluate("form => form.outerHTML")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".planned")).to_have_count(0)
    await expect(page.locator("#flash")).to_contain_text("taken back. Nothing has happened.")
    await page.locator("main").evaluate("(main, form) => main.insertAdjacentHTML('beforeend', form)", form)
    await page.get_by_role("button", name="Do it now").click()
    await expect(page.locator("#flash.late")).to_contain_text(
        "it has happened already, or was taken back before"
    )
    await page.wait_for_url(f"**{address}")
    await assert_accessible(page)
    await expect(page.locator(".tl")).to_contain_text("Taken back")
    await shop.advance_clock(minutes=2)
    assert (await shop.view(order))["stage"] == "placed"


async def test_without_javascript_a_stale_sheet_says_what_moved_and_keeps_the_reason(
    shop: Shop, new_page: NewPage
) -> None:
    order, return_id = await in_review(shop)
    page, reader = await new_page(390, script=False, dark=True), await new_page(390, dark=True)
    sheet = f"/agents/orders/{order}/commands/approve?subject={return_id}"
    await signed_in(page, shop, f"/agents/orders/{order}")
    await assert_accessible_without_script(page, reader)
    assert await divided_words(page, ".tl time, .dates, .rows") == []
    await page.goto(sheet)
    await shop.advance_clock(minutes=5)  # the last scan is two minutes ahead of the shop's clock
    (await shop.call("POST", f"/v1/orders/{order}/notes", {"text": "wait"}, role="agent", key="n")).ok()
    await page.get_by_label("Reason").fill(REASON)
    await page.locator("form button.go").click()
    await expect(page.locator("#moved")).to_contain_text("The order moved on")
    await expect(page.locator("#moved .diff")).to_contain_text("Note")
    assert await page.get_by_label("Reason").input_value() == REASON
    await assert_accessible_without_script(page, reader)
    assert (await shop.get_return(return_id))["return"]["status"] == "in_review"
    await page.locator("form button.go").click()
    await page.wait_for_url(f"**/agents/orders/{order}")
    assert (await shop.get_return(return_id))["return"]["status"] == "authorized"
    await page.goto(sheet)
    await expect(page.locator(".sheet")).to_contain_text("This has been done already.")
    await page.goto(f"/agents/orders/{order}/commands")
    await assert_accessible_without_script(page, reader)
