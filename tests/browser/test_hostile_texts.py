"""A hundred hostile texts as titles, articles and messages: every page shows them as they were written."""

from tests.browser.conftest import NewPage
from tests.browser.hostile import HOSTILE, assert_inert, record_effects
from tests.browser.shops import MakeShop, link_token, live_shop
from tests.scenarios.helpers import gbp

__all__ = ["live_shop"]

# All in one call: one call for each box and list took most of the test's time.
_CHOOSE = """count => {
  const first = selector => [...document.querySelectorAll(selector)].slice(0, count);
  const boxes = first('.line input'), reasons = first(".extra select[name^='reason']");
  boxes.forEach(one => one.click());
  reasons.forEach(one => { one.value = 'unwanted'; one.dispatchEvent(new Event('change', { bubbles: true })); });
  return [boxes.filter(one => one.checked).length, reasons.filter(one => one.value === 'unwanted').length];
}"""


def test_there_are_a_hundred_and_none_twice() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) == 100


async def test_hostile_titles_and_messages_are_texts_on_every_page_of_the_customer(
    new_page: NewPage, live_shop: MakeShop
) -> None:
    shop = await live_shop()
    lines = [
        {"line_id": f"<i>{n}", "sku": text[:64], "title": text, "quantity": 1, "unit_price": gbp(100)}
        for n, text in enumerate(HOSTILE)
    ]
    body = await shop.order_body(order_id="<img src=x onerror=alert(1)>", lines=lines)
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    token = await link_token(shop, order)
    page = await new_page()
    effects = record_effects(page)

    await page.goto(f"/r/{token}")
    await assert_inert(page)
    titles = [_plain(one) for one in await page.locator(".line b").all_inner_texts()]
    assert titles == [" ".join(text.split()) for text in HOSTILE]
    assert await page.evaluate(_CHOOSE, 40) == [40, 40]
    await page.locator("#choose button").click()
    await assert_inert(page)
    await page.locator(".offer input").first.check()
    await page.locator("#offers button").click()
    await assert_inert(page)

    for start in range(0, 100, 25):
        text = "\n".join(HOSTILE[start : start + 25])[:2000]
        await page.goto(f"/o/{token}/messages")
        await page.locator("textarea").fill(text)
        await page.locator("form button").click()
        reply = {"text": text}
        (await shop.call("POST", f"/v1/orders/{order}/replies", reply, role="agent", key=text[:8])).ok()
    await page.reload()
    await assert_inert(page)
    shown = {_plain(one) for one in await page.locator(".timeline p").all_inner_texts()}
    assert {" ".join(text.split()) for text in HOSTILE} <= shown
    assert effects == []


def _plain(text: str) -> str:
    """Without the marks that keep the text's direction to itself."""
    return " ".join(text.translate({0x2068: None, 0x2069: None, 0x200E: None}).split())
