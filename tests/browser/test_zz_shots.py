from tests.browser.shops import link_token, live_shop  # noqa: F401
from tests.browser.test_returns import FAST


async def test_shots(new_page, live_shop):
    shop = await live_shop(fast_return=FAST)
    body = await shop.order_body()
    body["lines"].append(
        {
            "line_id": "3",
            "sku": "STUD",
            "title": "Silver ear studs",
            "quantity": 1,
            "unit_price": {"minor": 3800, "currency": "GBP"},
            "final_sale": True,
        }
    )
    body["tenders"][0]["amount"]["minor"] += 3800
    body["tenders"][0]["payment"] = await shop.pay(body["tenders"][0]["amount"]["minor"])
    order = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    token = await link_token(shop, order)
    for tag, width, dark, lang in (
        ("390", 390, False, "en"),
        ("1280", 1280, False, "de"),
        ("390d", 390, True, "zh-Hans"),
    ):
        page = await new_page(width, dark=dark)

        async def shot(name):
            await page.screenshot(path=f"/tmp/shots/{name}-{tag}.png", full_page=True)

        await page.goto(f"/r/{token}?lang={lang}")
        await shot("lines")
        q = "units.1=2&reason.1=too_small&units.2=1&reason.2=unwanted&method=drop_off"
        await page.goto(f"/r/{token}/offers?{q}")
        await shot("offers")
        await page.goto(f"/o/{token}/messages")
        await shot("ask")
    page = await new_page(390)
    await page.goto(f"/r/{token}/offers?{q}")
    await page.locator("#offer-store_credit").check()
    await page.locator("#offers button").click()
    url = page.url
    await page.locator("details summary").click()
    await page.screenshot(path="/tmp/shots/code-390.png", full_page=True)
    page = await new_page(1280)
    await page.goto(url)
    await page.screenshot(path="/tmp/shots/code-1280.png", full_page=True)
    await page.emulate_media(media="print")
    await page.screenshot(path="/tmp/shots/code-print.png", full_page=True)
    await page.goto(f"/o/{token}/messages")
    await page.locator("textarea").fill("Is it dishwasher safe?\nThe blue one.")
    await page.locator("form button").click()
    (
        await shop.call(
            "POST",
            f"/v1/orders/{order}/replies",
            {"text": "Yes, up to 60 degrees.\nKind regards"},
            role="agent",
            key="r",
        )
    ).ok()
    await page.reload()
    await page.screenshot(path="/tmp/shots/answered-1280.png", full_page=True)
    await page.goto("/r/nothing")
    await page.screenshot(path="/tmp/shots/unknown-1280.png", full_page=True)
