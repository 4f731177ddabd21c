"""Messages on a device in a real browser: a refusal says what to do, and our worker shows what a push service brings."""

import json

import aiohttp
from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.shops import link_token
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import AT_ONCE, Shop

SHOWN = """async () => {
  const worker = await navigator.serviceWorker.getRegistration("/static/push_worker.js");
  const shown = await worker.getNotifications();
  return shown.map(one => [one.title, one.body, one.data.page]);
}"""


async def test_a_browser_that_refuses_says_so_and_the_worker_shows_one_line_for_each_message(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop = await Shop.create(live, http, notices={**AT_ONCE, "channels": ["push", "email"]})
    (await shop.call("PUT", "/v1/channels/push", {"url": "webpush:"})).ok()
    page = await new_page(390)
    await page.goto(f"/o/{await link_token(shop, await shop.place())}")
    await page.get_by_role("link", name="Messages on this device").click()
    await page.get_by_role("button", name="Send messages to this device").click()
    await expect(page.get_by_text("This browser does not allow it")).to_be_visible()
    await assert_accessible(page)

    await page.context.grant_permissions(["notifications"])
    await page.evaluate("navigator.serviceWorker.register('/static/push_worker.js')")
    devtools = await page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    await devtools.send("ServiceWorker.enable")
    await page.wait_for_function(
        "navigator.serviceWorker.getRegistration('/static/push_worker.js').then(one => one?.active?.state === 'activated')"
    )
    for message in (
        {"title": "A shop", "body": "Late", "tag": "1", "page": "/o/x"},
        {"title": "A shop", "body": "Later", "tag": "1", "page": "/o/x"},
        {"title": "<b>A shop</b>", "body": "Here", "tag": "2"},
    ):
        await devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": live.addresses["api"], "registrationId": found[-1], "data": json.dumps(message)},
        )
    await page.wait_for_function(f"({SHOWN})().then(shown => shown.length === 2)")
    shown = await page.evaluate(SHOWN)
    assert sorted(shown) == [["<b>A shop</b>", "Here", ""], ["A shop", "Later", "/o/x"]]
