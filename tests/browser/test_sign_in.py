"""Sign-in in a real browser: wrong password, second factor, and a session that ends in the middle of a form."""

import base64
import re
import secrets

import aiohttp
from playwright.async_api import Page

from domain.staff.one_time_codes import code_at, step_at
from services.clock import real_now
from tests.browser.accessibility import assert_accessible, assert_accessible_without_script
from tests.browser.conftest import NewPage
from tests.scenarios.deployment import Deployment
from tests.scenarios.openid_issuer import OpenIdIssuer
from tests.scenarios.people_of_a_shop import PASSWORD, invited, with_password
from tests.scenarios.shop import Shop


async def sign_in(page: Page, shop: Shop, email: str, password: str = PASSWORD) -> None:
    await page.goto(f"/agents/sign-in?shop={shop.name}&next=/agents/me")
    await fill(page, email, password)


async def fill(page: Page, email: str, password: str = PASSWORD) -> None:
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_user_follows_the_link_signs_in_adds_a_second_factor_and_signs_out(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop, page = await Shop.create(live, http), await new_page()
    made = await invited(shop, "maria@example.org", "agent", "Maria <b>Ullrich</b>")
    await page.goto(f"/agents/welcome/{made['token']}")
    await assert_accessible(page)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill("something else entirely")
    await page.get_by_role("button", name="Choose this password").click()
    assert "differ" in await page.get_by_role("alert").inner_text()
    for label in ("Password", "The same password again"):
        await page.get_by_label(label, exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Choose this password").click()
    await page.wait_for_url("**/agents/sign-in?shop=*")
    assert "Your password is set" in await page.locator("main").inner_text()
    assert await page.get_by_label("E-mail address").input_value() == "maria@example.org"
    await assert_accessible(page)
    await fill(page, "maria@example.org", "wrong horse battery")
    assert "wrong" in await page.get_by_role("alert").inner_text()
    await assert_accessible(page)
    await sign_in(page, shop, "maria@example.org")
    await page.wait_for_url("**/agents/me")
    assert "Maria <b>Ullrich</b>" in await page.locator(".me").inner_text()
    await assert_accessible(page)
    recovery = await _add_second_factor(page)
    await page.goto("/agents/me")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/agents/sign-in")
    await page.goto("/agents/me")
    assert page.url.endswith("/agents/sign-in?next=%2Fagents%2Fme")
    await fill(page, "maria@example.org")
    await page.wait_for_url(re.compile("/agents/sign-in/code"))
    await assert_accessible(page)
    await page.goto("/agents/me")
    assert "/agents/sign-in" in page.url
    await page.goto("/agents/sign-in/code?next=/agents/me")
    await page.get_by_label("Code", exact=True).fill(recovery)
    await page.get_by_role("button", name="Go on").click()
    await page.wait_for_url("**/agents/me")
    cookie = next(one for one in await page.context.cookies() if one["name"] == "smot_session")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/agents")


async def _add_second_factor(page: Page) -> str:
    """Returns a recovery code."""
    await page.get_by_role("link", name="Add an app").click()
    await assert_accessible(page)
    text = (await page.locator("code").inner_text()).replace(" ", "")
    secret = _decoded(text)
    await page.get_by_label("Code", exact=True).fill(code_at(secret, step_at(real_now())))
    await page.get_by_role("button", name="Switch it on").click()
    codes = await page.locator(".codes li").all_inner_texts()
    assert len({*codes}) == 10
    await assert_accessible(page)
    return codes[0]


def _decoded(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


async def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing_that_was_typed(
    live: Deployment, http: aiohttp.ClientSession, new_page: NewPage
) -> None:
    shop = await Shop.create(live, http)
    user = await with_password(shop, "maria@example.org")
    page = await new_page(width=390, script=False)
    await sign_in(page, shop, "maria@example.org")
    name = f'Maria "M" <i>{secrets.token_hex(4)}</i>'
    await page.get_by_label("Name").fill(name)
    assert (await shop.call("DELETE", f"/v1/users/{user}/sessions", role="admin")).status == 204
    await page.get_by_role("button", name="Save").click()
    assert "kept" in await page.locator(".note").inner_text()
    await assert_accessible_without_script(page, await new_page(width=390))
    await fill(page, "maria@example.org", "wrong horse battery")
    await fill(page, "maria@example.org")
    await page.get_by_role("button", name="Send it now").click()
    assert re.search(r"/agents/me$", page.url)
    assert await page.get_by_label("Name").input_value() == name
    stale = await page.locator("input[name=csrf]").first.input_value()
    forged = await page.request.post("/agents/me", form={"csrf": "0" * 32, "name": "Eve"})
    asked_again = await forged.text()
    assert (forged.status, 'name="csrf"' in asked_again) == (409, True)
    assert stale not in asked_again, "the field is another text on every page"
    foreign = await page.request.post(
        "/agents/me", form={"csrf": stale, "name": "Eve"}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status == 403
    assert (await shop.call("GET", f"/v1/users/{user}", role="admin")).ok()["name"] == name
    away = await page.request.get("/agents/sign-in?next=//evil.example", max_redirects=0)
    assert away.headers["location"] == "/agents"
    await _send_after_the_provider(live, shop, user, page)


async def _send_after_the_provider(live: Deployment, shop: Shop, user: str, page: Page) -> None:
    """The session ends again. A provider on another site signs the user in, without script, and the form comes back."""
    issuer = OpenIdIssuer("localhost")
    issuer.return_address = live.addresses["api"] + "/agents/sign-in/oidc"
    issuer.person = {"sub": "1", "email": "maria@example.org", "email_verified": True}
    await page.goto("/agents/me")
    await page.get_by_label("Name").fill("Maria at the provider")
    async with issuer.served():
        (await shop.call("PUT", "/v1/oidc-provider", issuer.settings(), role="admin")).ok()
        assert (await shop.call("DELETE", f"/v1/users/{user}/sessions", role="admin")).status == 204
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name="Sign in with Acme <ID>").click()
        await page.get_by_role("button", name="Send it now").click()
    assert await page.get_by_label("Name").input_value() == "Maria at the provider"
