"""A customer asks a person on a page, and reads the answer there."""

import re

from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.shops import MakeShop, link_token, live_shop
from tests.browser.signed_in import signed_in

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


async def test_staff_answer_and_close_on_a_page_of_the_console(
    new_page: NewPage, live_shop: MakeShop
) -> None:
    shop = await live_shop()
    order, other = await shop.place(), await shop.place()
    token = await link_token(shop, order)
    page = await new_page()
    await signed_in(page, shop)
    for number, text in enumerate(("Where is <i>it</i>?", "And when?")):
        path = f"/v1/orders/{(order, other)[number]}/messages"
        (await shop.call("POST", path, {"text": text}, key=f"m{number}")).ok()
    await page.goto("/agents/conversations")
    assert await page.locator("ul.rows li").count() == 2
    await assert_accessible(page)
    await page.goto(f"/agents/conversations/{order}")
    assert await page.get_by_text("Where is <i>it</i>?").count() == 1
    await assert_accessible(page)
    macro = {"name": "Greeting", "text": "Yours, {agent} <b>"}
    (await shop.call("PUT", "/v1/reply-macros/greeting", macro, role="admin")).ok()
    await page.reload()
    await page.get_by_label("Your message").fill("On its way.")
    await page.get_by_label("Text that is used often").select_option("greeting")
    await page.get_by_role("button", name="Insert it").click()
    written = page.get_by_label("Your message")
    await expect(written).to_have_value("On its way.\n\nYours, Maria Ullrich <b>")
    await assert_accessible(page)
    await written.fill("On its way.")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.locator("#flash")).to_have_text(re.compile("Your answer was sent."))
    await expect(page.locator("#flash")).to_be_focused()
    await assert_accessible(page)
    assert "Testowa" not in page.url
    await page.reload()
    assert await page.locator("#flash").count() == 0, "it is said once"
    assert await page.get_by_text("On its way.").count() == 1
    written_by = page.locator("#h-lines + ol li.letter b")
    assert await written_by.inner_text() == "Maria Ullrich"
    assert (await page.locator("#h-lines + ol li.letter p").last.inner_text()) == "Maria Ullrich", (
        "it is signed"
    )
    assert await page.get_by_text("No message waits for an answer").count() == 1
    await page.goto(f"/agents/conversations/{other}")
    await page.get_by_label("Why").fill("answered by phone")
    await page.get_by_role("button", name="Close it").click()
    assert await page.get_by_role("button", name="Close it").count() == 0
    await page.goto(f"/o/{token}/messages")
    shown = await page.locator(".timeline li").first.locator("p").all_inner_texts()
    assert shown[0] == "On its way."
    assert shown[1] == "Maria Ullrich", "the letter has the shop's name below"
