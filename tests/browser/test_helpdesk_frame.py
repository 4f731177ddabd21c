"""A helpdesk's page frames a customer's orders: those of allowed origins do, others do not, and an old link says what to do."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop


@pytest_asyncio.fixture(loop_scope="session")
async def helpdesk() -> AsyncIterator[str]:
    """A page of another origin that frames the address in its query."""

    async def frame(request: web.Request) -> web.Response:
        page = f'<!doctype html><title>Ticket</title><iframe title="Orders" src="{request.query["src"]}"></iframe>'
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/ticket", frame)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    yield f"http://localhost:{port}"
    await runner.cleanup()


async def test_only_an_allowed_helpdesk_frames_a_customers_orders(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage, helpdesk: str
) -> None:
    shop = await Shop.create(live, http, review_above={"GBP": 100})
    order = await shop.delivered(order_id="10482")
    assert (await shop.open(order, item())).status == 202
    email = "zdzislawa.testowa@example.org"
    shown = (await shop.call("GET", f"/v1/panel?email={email}", role="agent")).ok()["items"]
    assert [(one["number"], one["stage"], one["attention"][0]["kind"]) for one in shown] == [
        ("10482", "delivered", "review")
    ]
    made = await shop.call("POST", "/v1/panel-links", {"email": email}, role="agent")
    path = made.ok()["path"]
    assert email not in path
    address = live.addresses["api"] + path

    page = await new_page()
    await page.goto(f"{helpdesk}/ticket?src={address}")
    assert "10482" not in await page.frame_locator("iframe").locator("body").inner_text()
    (await shop.call("PUT", "/v1/allowed-origins", {"origins": [helpdesk]})).ok()
    await page.goto(f"{helpdesk}/ticket?src={address}")
    panel = page.frame_locator("iframe")
    await expect(panel.locator("h2")).to_have_text("Order 10482")
    await expect(panel.locator("section")).to_contain_text("Review")
    await page.goto(address)
    await assert_accessible(page)
    answer = await page.goto(address + "x")
    assert answer is not None
    assert answer.status == 410
    await expect(page.locator("h1")).to_have_text("This view has ended")
    await assert_accessible(page)
