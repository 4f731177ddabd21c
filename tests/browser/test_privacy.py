"""The console's page of privacy: a request is written down, read, confirmed, and the person is erased."""

import secrets

import aiohttp

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.signed_in import signed_in
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.problem_assertions import eventually
from tests.scenarios.shop import Shop


async def test_an_admin_reads_what_is_kept_and_erases_with_a_confirmation(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop, page = await Shop.create(live, http), await new_page()
    email = f"qz-{secrets.token_hex(4)}@example.org"
    order = await shop.place(customer={"customer_id": "c-1", "name": "Ada <b>Testowa</b>", "email": email})
    await signed_in(page, shop, "admin")
    await page.goto("/agents/privacy")
    await assert_accessible(page)
    await page.get_by_label("What the person demands").select_option("erasure")
    await page.get_by_label("Address or number").fill("no address")
    await page.get_by_role("button", name="Write it down").click()
    assert "not of that form" in await page.get_by_role("alert").inner_text()
    await page.get_by_label("What the person demands").select_option("erasure")
    await page.get_by_label("Address or number").fill(email)
    await page.get_by_role("button", name="Write it down").click()
    await page.get_by_role("link", name="Read what is kept").click()
    while (
        await page.get_by_role("link", name="Go on").count() and not await page.get_by_text("Testowa").count()
    ):
        await page.get_by_role("link", name="Go on").click()
    assert "Ada <b>Testowa</b>" in await page.locator("main").inner_text()
    await assert_accessible(page)
    await page.get_by_role("link", name="Privacy request").click()
    await page.get_by_label("Why").fill("she wrote to us")
    await page.get_by_role("button", name="Erase this person").click()
    assert "cannot be undone" in await page.get_by_role("alert").inner_text()
    await page.get_by_label("I know that").check()
    await page.get_by_role("button", name="Erase this person").click()
    state = "SELECT status FROM privacy_requests WHERE merchant = ?"
    await eventually(lambda: live.rows(state, shop.name) == [("done",)], PATIENCE)
    await page.reload()
    assert "Erased person" in await page.locator("main").inner_text()
    await assert_accessible(page)
    view = await shop.call("GET", f"/v1/orders/{order}?include=customer", role="agent")
    assert view.ok().body["customer"]["name"] == "erased person"
