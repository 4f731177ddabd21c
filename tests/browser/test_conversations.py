"""A customer asks a person on a page, and reads the answer there."""

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.shops import MakeShop, link_token, live_shop

__all__ = ["live_shop"]


async def test_a_person_is_asked_and_answers(new_page: NewPage, live_shop: MakeShop) -> None:
    shop = await live_shop()
    order = await shop.place()
    token = await link_token(shop, order)
    page = await new_page(390)
    await page.goto(f"/o/{token}/messages")
    await assert_accessible(page)
    await page.get_by_label("Your message").fill("Is the mug <b>safe</b>?\nIn a dishwasher, I mean.")
    await page.get_by_role("button", name="Send").click()
    assert "A person answers by Tue, 3 Mar" in (await page.locator("h1").inner_text()).replace("\u00a0", " ")
    assert await page.locator(".timeline p").first.inner_text() == "Is the mug <b>safe</b>?"
    reply = {"text": "Yes, it is."}
    (await shop.call("POST", f"/v1/orders/{order}/replies", reply, role="agent", key="r")).ok()
    await page.reload()
    assert await page.locator(".timeline li").first.locator("p").inner_text() == "Yes, it is."
    await assert_accessible(page)
    sent: dict[str, str | float | bool] = {"text": "ab", "sent": "x"}
    answer = await page.request.post(f"/o/{token}/messages", form=sent)
    assert answer.status == 422
    assert "ab</textarea>" in await answer.text()
