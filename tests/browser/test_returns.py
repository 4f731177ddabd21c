"""A customer sends two mugs back in a browser, with and without JavaScript, and holds the code in their hand."""

import io
from collections.abc import Sequence

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.shops import MakeShop, link_token, live_shop

__all__ = ["live_shop"]

FAST = {"steps": [{"days": 3, "bonus": 1000}, {"days": 7, "bonus": 500}], "cap": {"GBP": 5000}}


async def _codes(page: Page) -> Sequence[str]:
    picture = Image.open(io.BytesIO(await page.locator(".qr").screenshot()))
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


@pytest.mark.parametrize("script", [True, False])
async def test_two_units_are_returned_and_the_code_can_be_scanned(
    new_page: NewPage, live_shop: MakeShop, script: bool
) -> None:
    shop = await live_shop(fast_return=FAST)
    order = await shop.delivered()
    token = await link_token(shop, order)
    page = await new_page(390, script=script, dark=not script)
    await page.goto(f"/r/{token}")
    if script:
        await assert_accessible(page)
    await page.get_by_label("Mug").check()
    await page.locator('select[name="units.1"]').select_option("2")
    await page.get_by_role("button", name="Next: what you get for it").click()
    assert await page.locator("#why-1").inner_text() == "Please choose why it comes back."
    await page.locator('select[name="reason.1"]').select_option("too_small")
    await page.get_by_role("button", name="Next: what you get for it").click()
    assert (await page.locator("h1").inner_text()).startswith("All 2 can come back.")
    assert await page.get_by_text("£24.00").count() >= 1
    assert await page.locator("table.bonus tbody tr").count() == 3
    if script:
        await assert_accessible(page)
    await page.get_by_label("Store credit").check()
    offers = page.url
    await page.get_by_role("button", name="Get the code").click()
    text = await page.locator("p.code").inner_text()
    code = "".join(text.split())
    assert await _codes(page) == [f"SMOT:{code}"]
    if script:
        await assert_accessible(page)

    returned = page.url
    await page.goto(offers)  # the back button: the units are on the return by now
    assert (await page.locator("h1").inner_text()).startswith("It can come back") or await page.get_by_text(
        "Only 1 can come back now."
    ).count() == 1
    [listed] = (await shop.call("GET", "/v1/returns")).ok()["items"]
    assert (listed["units"], listed["resolution"]) == ({"1": 2}, "store_credit")
    await page.goto(returned)
    if not script:
        return
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Keep it offline").click()
    kept = await (await download.value).path()
    assert code[:4] in kept.read_text()
    scanned = {"code": code, "location_id": "bar-7", "nonce": "n"}
    (await shop.call("POST", "/v1/drop-offs/scans", scanned, role="partner")).ok()
    await page.reload()
    assert await page.locator(".qr").count() == 0
    assert await page.get_by_role("button", name="Cancel the return").count() == 0


async def test_what_cannot_come_back_says_why_and_a_return_is_changed_and_cancelled(
    new_page: NewPage, live_shop: MakeShop
) -> None:
    shop = await live_shop()
    body = await shop.order_body()
    body["lines"][1]["final_sale"] = True
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    token = await link_token(shop, order)
    page = await new_page(script=False, locale="de-DE")
    await page.goto(f"/r/{token}?lang=de")
    lamp = page.get_by_label("Lamp")
    assert await lamp.is_disabled()
    reason = await lamp.get_attribute("aria-describedby")
    assert "ohne Rückgaberecht" in await page.locator(f"#{reason}").inner_text()

    await page.get_by_label("Mug").check()
    await page.locator('select[name="reason.1"]').select_option("unwanted")
    await page.locator("#choose button").click()
    form = page.locator("#offers")
    key = await form.locator('input[name="quote"]').input_value()
    sent: dict[str, str | float | bool] = {
        "units.1": "1",
        "reason.1": "unwanted",
        "quote": key,
        "resolution": "refund",
    }
    answers = [await page.request.post(f"/r/{token}/open", form=sent) for _ in range(2)]
    assert len({one.url for one in answers}) == 1, "a double click is one return"
    await page.goto(answers[0].url)
    await page.locator("details summary").click()
    await page.locator('button[name="change"]').click()
    assert await page.get_by_label("Mug").is_checked()
    assert await page.locator('select[name="reason.1"]').input_value() == "unwanted"
    [listed] = (await shop.call("GET", "/v1/returns")).ok()["items"]
    assert listed["status"] == "cancelled"

    for path in (f"/r/{token}x", "/r/nothing", f"/r/{token}/returns/ret_other"):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 404
