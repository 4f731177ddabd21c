"""The settings in a real browser: a policy with a mistake, a key, looks with a logo, webhooks, channels, the clock, letters."""

import aiohttp
from playwright.async_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.signed_in import signed_in
from tests.domain.test_branding import picture
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import AT_ONCE, Shop
from tests.scenarios.test_consents import request_consent
from tests.scenarios.test_letter_links import letter_links

ADMIN = "/agents/admin"
PARTS = (
    "",
    "/policies",
    "/accounts",
    "/webhooks",
    "/keys",
    "/macros",
    "/channels",
    "/branding",
    "/mailbox",
    "/audit",
    "/sandbox",
)


async def test_an_admin_sets_a_shop_up(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop, page = await Shop.create(live, http, notices=AT_ONCE), await new_page()
    await signed_in(page, shop, "admin")
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for part in PARTS:
        answer = await page.goto(ADMIN + part)
        assert answer is not None
        assert answer.status == 200, part
    assert problems == []
    await _publishes_a_policy(page, shop)
    await _makes_a_key(page, shop)
    await _writes_a_macro(page, shop)
    await _sets_the_looks(page, shop)
    await _adds_an_endpoint(page)
    await _tries_a_channel(page)
    await _moves_the_clock(page, shop)
    await _reads_a_letter(page, shop)


async def _publishes_a_policy(page: Page, shop: Shop) -> None:
    """A mistake is named with its line and what was meant; nothing that was typed is lost."""
    await page.goto(ADMIN + "/policies")
    await page.get_by_label("Policy as YAML").fill("windw: 30\nundo_seconds: 60\n")
    await page.get_by_role("button", name="Check").click()
    alert = await page.get_by_role("alert").inner_text()
    assert "Line 1" in alert
    assert "did you mean window" in alert
    assert await page.get_by_label("Policy as YAML").input_value() == "windw: 30\nundo_seconds: 60"
    await assert_accessible(page)
    await page.get_by_label("Policy as YAML").fill("window: 45\n")
    await page.get_by_role("button", name="Check").click()
    assert "/window" in await page.locator("table").first.inner_text()
    await page.get_by_role("button", name="Publish").click()
    await page.wait_for_url("**/policies")
    path = f"/v1/merchants/{shop.name}/policies/current"
    assert (await shop.call("GET", path, role="admin")).ok()["policy"]["window"] == 45
    await page.get_by_role("link", name="1", exact=True).click()
    await assert_accessible(page)
    await page.get_by_role("button", name="Publish this version again").click()
    await page.wait_for_url("**/policies")
    assert (await shop.call("GET", path, role="admin")).ok()["version"] == 3


async def _makes_a_key(page: Page, shop: Shop) -> None:
    await page.goto(ADMIN + "/keys")
    await page.get_by_label("What is it for?").fill("<b>Depot</b>")
    await page.get_by_label("Role").select_option("warehouse")
    await page.get_by_role("button", name="Make the key").click()
    key = (await page.locator(".secret").inner_text()).strip()
    assert key.startswith("smot_test_")
    await assert_accessible(page)
    row = page.locator("tr", has_text="<b>Depot</b>")
    await row.get_by_role("button", name="Revoke").click()
    await page.wait_for_url("**/keys")
    assert (await shop.call("GET", "/v1/attention", token=key)).status == 401


async def _writes_a_macro(page: Page, shop: Shop) -> None:
    """A place that nothing fills is named, and what was typed stays."""
    await page.goto(ADMIN + "/macros")
    await page.get_by_label("Name").fill("<i>Late</i>")
    await page.get_by_label("Text", exact=True).fill("Dear {customr}, it is late.")
    await page.get_by_role("button", name="Add it").click()
    assert "{customer}, {order}, {agent}" in await page.locator(".error").inner_text()
    assert await page.get_by_label("Name").input_value() == "<i>Late</i>"
    await page.get_by_label("Text", exact=True).fill("Dear {customer}, it is late.")
    await page.get_by_role("button", name="Add it").click()
    await page.get_by_role("heading", name="<i>Late</i>").wait_for()
    await assert_accessible(page)
    [macro] = (await shop.call("GET", "/v1/reply-macros", role="agent")).ok()["items"]
    assert (macro["name"], macro["text"]) == ("<i>Late</i>", "Dear {customer}, it is late.")
    await page.get_by_role("button", name="Delete it").click()
    await page.get_by_role("heading", name="<i>Late</i>").wait_for(state="detached")


async def _sets_the_looks(page: Page, shop: Shop) -> None:
    await page.goto(ADMIN + "/branding")
    await page.get_by_label("Name that customers know").fill("Tallis & Wren")
    await page.get_by_label("Colour of buttons and links").fill("yellow!")
    await page.get_by_role("button", name="Save").click()
    assert "hexadecimal" in await page.locator(".error").inner_text()
    assert await page.get_by_label("Name that customers know").input_value() == "Tallis & Wren"
    await page.get_by_label("Colour of buttons and links").fill("#ffee00")
    file = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": picture("PNG")}
    await page.get_by_label("Logo", exact=True).set_input_files(files=[file])  # type: ignore[list-item]
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_selector("img.logo")
    assert await page.evaluate("document.querySelector('img.logo').naturalWidth") == 40
    assert (await shop.call("GET", "/v1/branding")).ok()["name"] == "Tallis & Wren"
    await assert_accessible(page)
    await page.get_by_role("link", name="How letters look").click()
    await page.get_by_label("Letter", exact=True).select_option("delivered")
    await page.get_by_label("Language").select_option("de")
    await page.get_by_role("button", name="Show it").click()
    await page.wait_for_url("**letter=delivered&locale=de**")
    letter = page.frame_locator("iframe").first
    assert "Tallis & Wren" in await letter.locator("body").inner_text()
    assert await letter.locator("[bgcolor='#0b5394']").count() == 0, "buttons have the merchant's colour"
    await assert_accessible(page)


async def _adds_an_endpoint(page: Page) -> None:
    await page.goto(ADMIN + "/webhooks")
    await page.get_by_label("Address").fill("http://127.0.0.1:9/hooks")
    await page.get_by_role("button", name="Add it").click()
    assert (await page.locator(".secret").inner_text()).strip().startswith("whsec_")
    await page.get_by_role("link", name="http://127.0.0.1:9/hooks").click()
    await page.get_by_role("button", name="Send a ping").click()
    assert "did not accept" in await page.locator(".note").inner_text()
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_role("button", name="Resume").wait_for()
    await assert_accessible(page)


async def _tries_a_channel(page: Page) -> None:
    await page.goto(ADMIN + "/channels")
    await page.get_by_label("E-mail address for a test").fill("ada@shop.example")
    await page.get_by_role("button", name="Send a test message").first.click()
    assert "took the test message" in await page.locator(".note").inner_text()
    await assert_accessible(page)


async def _moves_the_clock(page: Page, shop: Shop) -> None:
    """And plays a scripted parcel, whose scan stands on the order's page."""
    await page.goto(ADMIN + "/sandbox")
    await page.get_by_role("button", name="An hour on").click()
    assert "due is done" in await page.locator(".note").inner_text()
    await page.get_by_label("Order", exact=True).fill("no-such-order")
    await page.get_by_role("button", name="Next step").click()
    assert "no such order" in await page.locator(".error").inner_text()
    order = await shop.place()
    await page.get_by_label("Order", exact=True).fill(order)
    await page.get_by_role("button", name="Next step").click()
    assert "pre transit" in await page.locator(".note").inner_text()
    await assert_accessible(page)
    [parcel] = (await shop.view(order))["parcels"]
    assert parcel["status"] == "pre_transit"


async def _reads_a_letter(page: Page, shop: Shop) -> None:
    order = await shop.place()
    (await request_consent(shop, order)).ok()
    await letter_links(shop, order, "consent_requested")
    await page.goto(ADMIN + "/mailbox")
    line = page.locator("tr", has_text="Will you wait?")
    await expect(line).to_contain_text("Zdzisława Testowa")
    assert "ord_" not in await line.inner_text(), "orders have the number that people know"
    await page.get_by_role("link", name="Will you wait?").click()
    frame = page.frame_locator("iframe").first
    assert "Tallis & Wren" in await frame.locator("body").inner_text()
    await assert_accessible(page)


async def test_only_admins_open_the_settings(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop, page = await Shop.create(live, http), await new_page(390, script=False)
    await signed_in(page, shop, "agent")
    answer = await page.goto(ADMIN + "/keys")
    assert answer is not None
    assert answer.status == 403
    answer = await page.goto(ADMIN + "/mailbox")
    assert answer is not None
    assert answer.status == 200
    await page.goto(ADMIN)
    names = await page.locator(".parts b").all_inner_texts()
    assert [name.strip() for name in names] == ["Approvals", "Letters"]
    await _sends_it_again(page, shop)
    await signed_in(page, shop, "senior_agent")
    await page.goto(ADMIN + "/audit?order=10777&actor=agent")
    assert "10777" in await page.locator("tbody tr").first.inner_text()
    assert "Letter sent again" in await page.locator("tbody th").first.inner_text()


async def _sends_it_again(page: Page, shop: Shop) -> None:
    """Two clicks of one form send one letter."""
    order = await shop.delivered(order_id="10777")
    (await shop.open(order, item())).ok()
    letter = await shop.until_notice(order, "return_authorized")
    again = page.get_by_role("button", name="Send it again")
    for _ in range(2):
        await page.goto(f"{ADMIN}/mailbox/{letter['id']}")
        await page.get_by_label("Why is it sent again?").fill("It never came")
        await page.locator("[name=click]").evaluate("field => { field.value = 'one click' }")
        await again.click()
        await page.wait_for_url(lambda url: not url.endswith(f"/{letter['id']}"))
    assert len(await shop.notices(order, "return_authorized")) == 2
