"""Staff sign in at their shop's OpenID provider: a strict one over HTTP, which lies in every known way."""

import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp
import pytest
from yarl import URL

from domain.staff.one_time_codes import code_at, step_at
from services.clock import real_now
from tests.scenarios.openid_issuer import OpenIdIssuer
from tests.scenarios.people_of_a_shop import colleague, invited, page_of, sign_in, with_password
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn
MARIA = {"sub": "person-1", "email": "maria@example.org", "email_verified": True, "name": "Maria"}
PATH = "/agents/sign-in/oidc"


@dataclass
class Answer:
    """A page as the browser gets it."""

    status: int
    text: str
    location: str


@dataclass
class Browser:
    """A browser of a member of staff, by HTTP."""

    shop: Shop
    http: aiohttp.ClientSession

    async def get(self, url: str) -> Answer:
        return await self._answer("GET", url)

    async def leave(self, **form: str) -> Answer:
        """Press the button. `location`: of the provider."""
        return await self._answer("POST", PATH, {"shop": self.shop.name, **form})

    async def provider(self, left: Answer) -> str:
        """The address by which the provider sends the browser back."""
        async with self.http.get(URL(left.location, encoded=True), allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def come_in(self, **form: str) -> Answer:
        """All of it."""
        return await self.get(await self.provider(await self.leave(**form)))

    async def _answer(self, method: str, url: str, form: Any = None) -> Answer:
        base = self.shop.deployment.addresses["api"]
        at = URL(url if url.startswith("http") else base + url, encoded=True)
        async with self.http.request(method, at, data=form, allow_redirects=False) as answer:
            headers = answer.headers
            refresh = headers.get("Refresh", "").removeprefix("0; url=")
            return Answer(answer.status, await answer.text(), refresh or headers.get("Location", ""))


NewBrowser = Callable[[], Browser]


@pytest.fixture
async def issuer(shop: Shop) -> AsyncIterator[OpenIdIssuer]:
    made = OpenIdIssuer()
    made.return_address, made.person = shop.deployment.addresses["api"] + PATH, MARIA
    async with made.served():
        yield made


@pytest.fixture
async def new_browser(shop: Shop) -> AsyncIterator[NewBrowser]:
    opened: list[aiohttp.ClientSession] = []

    def make() -> Browser:
        opened.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Browser(shop, opened[-1])

    yield make
    for session in opened:
        await session.close()


async def used(shop: Shop, issuer: OpenIdIssuer, **changes: Any) -> dict[str, Any]:
    answer = await shop.call("PUT", "/v1/oidc-provider", issuer.settings(**changes), role="admin")
    return dict(answer.ok().body)


async def test_a_user_comes_in_by_a_verified_address_once_and_by_the_providers_id_from_then_on(
    shop: Shop, issuer: OpenIdIssuer, new_browser: NewBrowser
) -> None:
    user = (await invited(shop, "Maria@example.org"))["user"]["id"]
    page = await new_browser().get(f"/agents/sign-in?shop={shop.name}")
    assert PATH not in page.text
    made = await used(shop, issuer)
    assert (made["label"], "client_secret" in made) == ("Acme <ID>", False)
    assert (await shop.call("GET", "/v1/oidc-provider", role="admin")).body == made
    browser = new_browser()
    page = await browser.get(f"/agents/sign-in?shop={shop.name}&next=/agents/me")
    assert "Sign in with" in page.text
    assert "Acme &lt;ID&gt;" in page.text
    back = await browser.come_in(next="/agents/me")
    assert (back.status, back.location) == (303, "/agents/me")
    assert "maria@example.org" in (await browser.get("/agents/me")).text.lower()
    # The address moves to another person there; the user stays who came first.
    issuer.person = {**MARIA, "email": "maria.new@example.org", "email_verified": False}
    assert (await new_browser().come_in()).status == 303
    issuer.person = {**MARIA, "sub": "person-2"}
    assert (await new_browser().come_in()).status == 401
    # The account there was made again.
    assert (await shop.call("GET", f"/v1/users/{user}", role="admin")).ok()["oidc"]
    unlink = f"/v1/users/{user}/oidc-link"
    assert (await shop.call("DELETE", unlink, role="agent")).status == 403
    assert (await shop.call("DELETE", unlink, role="admin")).status == 204
    assert (await shop.call("DELETE", unlink, role="admin")).status == 404
    assert (await browser.get("/agents/me")).status == 303
    assert (await new_browser().come_in()).status == 303
    issuer.person = MARIA
    assert (await new_browser().come_in()).status == 401
    issuer.person = {**MARIA, "sub": "person-2"}
    assert (await shop.call("PATCH", f"/v1/users/{user}", {"active": False}, role="admin")).ok()
    assert (await new_browser().come_in()).status == 401
    lines = (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]
    actions = [one["action"] for one in lines]
    assert (actions.count("oidc_linked"), actions.count("signed_in")) == (2, 3)
    assert (
        next(one for one in lines if one["action"] == "oidc_provider_set")["details"]["issuer"]
        == issuer.address
    )
    assert issuer.calls.count("keys") <= 1
    assert (await shop.call("DELETE", "/v1/oidc-provider", role="admin")).status == 204
    assert (await new_browser().leave()).status == 503


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n" * 43},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another-client"},
    "several audiences": {"aud": ["smot:console", "another-client"]},
    "another party": {"azp": "another-client"},
    "expired": {"exp": int(time.time()) - 3600},
    "of tomorrow": {"iat": int(time.time()) + 86_400},
    "of yesterday": {"iat": int(time.time()) - 86_400},
    "another issuer": {"iss": "https://accounts.other.example"},
    "not verified": {"email_verified": False},
    "verified in words": {"email_verified": "true"},
    "no subject": {"sub": ""},
    "an address that folds to another": {"email": "mar\u0131a@example.org"},
}


async def test_no_token_that_lies_opens_a_session(
    shop: Shop, issuer: OpenIdIssuer, new_browser: NewBrowser
) -> None:
    await invited(shop, "maria@example.org")
    await used(shop, issuer)
    for lie, changes in LIES.items():
        issuer.changes, browser = changes, new_browser()
        assert (await browser.come_in()).status == 401, lie
        assert (await browser.get("/agents/me")).location.startswith("/agents/sign-in"), lie
    issuer.changes = {}
    for algorithm in ("none", "HS256"):
        issuer.signed_as = algorithm
        assert (await new_browser().come_in()).status == 401, algorithm
    issuer.signed_as = "RS256"
    issuer.rotate()
    assert (await new_browser().come_in()).status == 303
    fetched = issuer.calls.count("keys")
    issuer.forge()
    assert (await new_browser().come_in()).status == 401
    assert issuer.calls.count("keys") == fetched + 1
    issuer.rotate()
    issuer.hung.clear()
    assert (await new_browser().come_in()).status == 503
    actions = [one["action"] for one in (await shop.call("GET", "/v1/audit", role="admin")).ok()["items"]]
    assert (actions.count("oidc_linked"), actions.count("signed_in")) == (1, 1)


async def test_an_answer_belongs_to_one_browser_one_attempt_and_one_issuer(
    shop: Shop, issuer: OpenIdIssuer, new_browser: NewBrowser
) -> None:
    await invited(shop, "maria@example.org")
    await used(shop, issuer)
    browser, other = new_browser(), new_browser()
    address = await browser.provider(await browser.leave())
    await other.leave()
    assert (await other.get(address)).status == 410
    wrong = URL(address).update_query(state="s" * 43)
    assert (await browser.get(str(wrong))).status == 410
    assert (await browser.get(address)).status == 303
    assert (await browser.get(address)).location == "/agents"  # the page was loaded again
    stolen = new_browser()
    taken = URL(await stolen.provider(await stolen.leave())).update_query(code=URL(address).query["code"])
    assert (await stolen.get(str(taken))).status == 401
    for iss in ("https://accounts.other.example", ""):
        mixed = new_browser()
        address = await mixed.provider(await mixed.leave())
        assert (await mixed.get(str(URL(address).update_query(iss=iss)))).status == 401, iss
    denied = new_browser()
    address = await denied.provider(await denied.leave())
    refused = URL(address).with_query(state=URL(address).query["state"], error="access_denied")
    page = await denied.get(str(refused))
    assert (page.status, "was stopped" in page.text) == (401, True)
    late = new_browser()
    address = await late.provider(await late.leave())
    await used(shop, issuer, client_id="another-client")
    assert (await late.get(address)).status == 410


async def test_a_second_factor_here_is_needed_after_the_provider_too_and_a_typed_form_comes_back(
    shop: Shop, issuer: OpenIdIssuer, new_browser: NewBrowser
) -> None:
    maria = await colleague(shop, "maria@example.org")
    factor = f"/v1/users/{maria.id}/second-factor"
    secret = base64.b32decode((await maria.call("POST", factor)).ok()["secret"])
    code = code_at(secret, step_at(real_now()))
    recovery = (await maria.call("POST", f"{factor}/confirmation", {"code": code})).ok()["codes"][0]
    await used(shop, issuer)
    browser = new_browser()
    typed = {"kept_path": "/agents/me", "kept.name": 'Maria "M" <i>'}
    page = await browser.come_in(**typed)
    assert (page.status, 'name="code"' in page.text) == (200, True)
    assert (await browser.get("/agents/me")).location.startswith("/agents/sign-in")
    kept = 'name="kept.name" value="Maria "M" <i>"'
    assert kept in unescape(page.text)
    page = await browser._answer("POST", "/agents/sign-in/code", {**typed, "code": recovery})
    assert 'name="name" value="Maria "M" <i>"' in unescape(page.text)
    assert (await browser.get("/agents/me")).status == 200
    issuer.changes = {"nonce": "wrong"}
    page = await new_browser().come_in(**typed)
    assert (page.status, kept in unescape(page.text)) == (401, True)


async def test_unknown_people_get_the_role_that_is_set_and_passwords_can_be_left_to_one_admin(
    shop: Shop, issuer: OpenIdIssuer, new_browser: NewBrowser, create_shop: Callable[..., Awaitable[Shop]]
) -> None:
    ada = await with_password(shop, "ada@example.org", "admin", "Ada")
    await with_password(shop, "tom@example.org", "agent", "Tom")
    put = ("PUT", "/v1/oidc-provider")
    for wrong, reason in (
        ({"new_user_role": "agent"}, "no_domains"),
        ({"new_user_role": "admin", "domains": ["example.org"]}, "admins_are_invited"),
        ({"password_user": "usr_unknown"}, "no_such_admin"),
        ({"client_secret": None}, "no_secret"),
        ({"issuer": issuer.address + "/"}, "other_issuer"),
        ({"issuer": issuer.address + "?a=b"}, "query"),
        ({"issuer": "http://127.0.0.1:9/"}, "no_connection"),
        ({"issuer": "ftp://example.org"}, "scheme"),
    ):
        answer = await shop.call(*put, issuer.settings(**wrong), role="admin")
        assert (answer.status, answer.body.get("reason")) == (422, reason), wrong
    for wrong in ({"new_user_role": "customer"}, {"domains": ["Example.org"]}, {"domains": ["localhost"]}):
        assert (await shop.call(*put, issuer.settings(**wrong), role="admin")).status == 400, wrong
    assert (await shop.call("GET", "/v1/oidc-provider", role="admin")).status == 404
    assert (await new_browser().leave()).status == 503
    await used(shop, issuer, domains=["example.org"], new_user_role="warehouse", password_user=ada)
    kept = issuer.settings(domains=["example.org"], new_user_role="warehouse", password_user=ada)
    kept.pop("client_secret")
    (await shop.call(*put, kept, role="admin")).ok()
    assert (await sign_in(shop, "ada@example.org")).status == 201
    assert (await sign_in(shop, "tom@example.org")).status == 401
    for email, status in (
        ("new@example.org", 303),
        ("new@mail.example.org", 401),
        ("new@example.org.evil.example", 401),
        ("tom@example.org", 303),
    ):
        issuer.person = {"sub": email, "email": email, "email_verified": True, "name": "New\u202e"}
        assert (await new_browser().come_in()).status == status, email
    people = {one["email"]: one for one in (await shop.call("GET", "/v1/users", role="admin")).ok()["items"]}
    new = people["new@example.org"]
    assert (new["name"], new["role"], new["status"]) == ("New", "warehouse", "active")
    assert len(people) == 3
    assert (await shop.call("GET", "/v1/oidc-provider", role="agent")).status == 403
    other = await create_shop()
    assert (await other.call("GET", "/v1/oidc-provider", role="admin")).status == 404


async def test_an_admin_sets_and_removes_the_provider_on_the_page_of_users(
    shop: Shop, issuer: OpenIdIssuer
) -> None:
    ada = await colleague(shop, "ada@example.org", "admin", "Ada")
    _, page = await page_of(ada, "/agents/users")
    assert issuer.return_address in page
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    typed: dict[str, Any] = {"csrf": csrf, **issuer.settings(), "domains": "Example.org, shop.example"}
    form = "/agents/oidc-provider"
    for wrong, sentence in (
        ({"domains": "localhost"}, "domains as shop.example"),
        ({"client_secret": ""}, "needs the client secret"),
        ({"issuer": issuer.address + "/"}, "cannot be used: other issuer"),
    ):
        status, page = await page_of(ada, form, **{**typed, **wrong})
        assert (status, sentence in page, 'value="smot:console"' in page) == (422, True, True), wrong
    assert (await page_of(ada, form, **typed))[0] == 200
    assert (await page_of(ada, form, **{**typed, "client_secret": "", "password_user": ada.id}))[0] == 200
    found = (await ada.call("GET", "/v1/oidc-provider")).ok().body
    assert (found["domains"], found["password_user"]) == (["example.org", "shop.example"], ada.id)
    tom = await invited(shop, "tom@example.org")
    assert (await page_of(ada, f"/agents/users/{tom['user']['id']}/unlinking", csrf=csrf))[0] == 404
    assert (await page_of(ada, form + "/removal", csrf=csrf))[0] == 200
    assert (await ada.call("GET", "/v1/oidc-provider")).status == 404
