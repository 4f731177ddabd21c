"""Which caller may do what: keys, roles, customers' links and drop-off codes; a refused call changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from runtime.config.secrets import key_ring
from runtime.config.settings import Settings
from services.tokens import LinkClaims, TokenSigner
from store.engine.database import Database
from store.privacy.encryption import DeploymentKeys
from store.privacy.root_key import open_keys
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.problem_assertions import problem, unchanged
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def _link(shop: Shop, order: str) -> str:
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token


# Keys


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer smot_test_00000000_" + "x" * 49,
        "Bearer garbage",
        "Basic c21vdDpzbW90",
        "Bearer cust_garbage",
        "Bearer Zdzis\u0142awa",
    ],
)
async def test_without_a_valid_key_every_request_is_refused(
    header: str | None, shop: Shop, deployment: Deployment
) -> None:
    order = await shop.place()
    headers = {} if header is None else {"Authorization": header}
    async with unchanged(shop, order):
        for method, rest in (("GET", ""), ("POST", "/cancel"), ("POST", "/returns")):
            url = f"{deployment.addresses['api']}/v1/orders/{order}{rest}"
            async with shop.http.request(method, url, headers=headers) as answer:
                got = ApiResponse(answer.status, await answer.json(), dict(answer.headers))
            problem(got, 401, "unauthenticated")
            assert got.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_with_one_letter_changed_is_not_accepted(shop: Shop) -> None:
    key = shop.keys["storefront"]
    for place in (5, -1):
        other = "A" if key[place] != "A" else "B"
        forged = key[:place] + other + key[place:][1:]
        problem(await shop.call("GET", "/v1/orders", token=forged), 401, "unauthenticated")


_FORBIDDEN: list[tuple[str, str, str, Any]] = [
    ("partner", "GET", "/v1/orders/{order}", None),
    ("agent", "POST", "/v1/orders", {}),
    ("warehouse", "POST", "/v1/orders/{order}/cancel", None),
    ("finance", "POST", "/v1/orders/{order}/cancel", None),
    ("partner", "POST", "/v1/orders/{order}/parcels", {}),
    ("partner", "POST", "/v1/orders/{order}/handovers", {"status": "ready"}),
    ("storefront", "POST", "/v1/orders/{order}/overrides", {}),
    ("warehouse", "POST", "/v1/orders/{order}/overrides", {}),
    ("finance", "POST", "/v1/orders/{order}/returns", {}),
    ("warehouse", "POST", "/v1/orders/{order}/returns/quote", {}),
    ("storefront", "POST", "/v1/returns/{return}/receipts", {}),
    ("storefront", "POST", "/v1/returns/{return}/overrides", {}),
    ("partner", "GET", "/v1/returns/{return}", None),
    ("storefront", "POST", "/v1/drop-offs/scans", {}),
    ("agent", "POST", "/v1/drop-offs/scans", {}),
    ("storefront", "GET", "/v1/audit", None),
    ("storefront", "GET", "/v1/attention", None),
    ("warehouse", "GET", "/v1/customers/c/credit", None),
    ("partner", "POST", "/v1/sandbox/clock", {"advance": "P1D"}),
    ("senior_agent", "POST", "/v1/merchants", {}),
]


async def test_a_key_opens_only_what_its_role_may_do(shop: Shop) -> None:
    order = await shop.delivered()
    opened = (await shop.open(order, item())).ok()["return"]["return_id"]
    clock = await shop.now()
    async with unchanged(shop, order):
        for role, method, path, body in _FORBIDDEN:
            at = path.replace("{order}", order).replace("{return}", opened)
            problem(await shop.call(method, at, body, role=role, key="k"), 403, "forbidden")
        link = await _link(shop, order)
        for method, path in (
            ("GET", "/v1/orders"),
            ("GET", f"/v1/orders/{order}/notices"),
            ("GET", f"/v1/orders/{order}/timeline"),
            ("GET", f"/v1/orders/{order}/explain"),
            ("POST", f"/v1/orders/{order}/customer-links"),
            ("POST", f"/v1/orders/{order}/overrides"),
            ("POST", f"/v1/returns/{opened}/receipts"),
        ):
            problem(await shop.call(method, path, token=link), 403, "forbidden")
    assert await shop.now() == clock


async def test_the_platforms_own_key_is_no_merchants_key(shop: Shop, deployment: Deployment) -> None:
    order = await shop.place()
    async with unchanged(shop, order):
        body = {"override": "note", "reason": "let me in"}
        for rest, sent in (("/overrides", body), ("/cancel", None)):
            path = f"/v1/orders/{order}{rest}"
            answer = await shop.call("POST", path, sent, token=deployment.admin_key, key="k")
            problem(answer, 403, "forbidden")


# Customers' links


async def test_a_customers_link_opens_one_order_and_no_other(shop: Shop) -> None:
    own, foreign = await shop.delivered(), await shop.delivered()
    returned = (await shop.open(foreign, item())).ok()["return"]["return_id"]
    link = await _link(shop, own)
    assert (await shop.call("GET", f"/v1/orders/{own}", token=link)).ok()["seq"] > 0
    wanted = {"items": [item()], "resolution": "refund"}
    async with unchanged(shop, own, foreign):
        for method, path, body in (
            ("GET", f"/v1/orders/{foreign}", None),
            ("GET", f"/v1/orders/{foreign}?live=true", None),
            ("POST", f"/v1/orders/{foreign}/returns/quote", {"items": [item()]}),
            ("POST", f"/v1/orders/{foreign}/returns", wanted),
            ("POST", f"/v1/orders/{foreign}/cancel", None),
            ("GET", f"/v1/returns/{returned}", None),
            ("GET", f"/v1/returns/{returned}/code.svg", None),
            ("POST", f"/v1/returns/{returned}/cancel", None),
        ):
            problem(await shop.call(method, path, body, token=link, key="k"), 404, "not_found")
    quote = (await shop.quote(own, item(), token=link)).ok()
    held = {**wanted, "quote": quote["token"]}
    opened = await shop.call("POST", f"/v1/orders/{own}/returns", held, token=link, key="mine")
    assert opened.ok()["return"]["units"] == {"1": 1}


async def keys_of(deployment: Deployment) -> DeploymentKeys:
    db = Database(deployment.database)
    try:
        return await open_keys(db, key_ring(Settings(data=deployment.data)))
    finally:
        await db.close()


async def test_an_expired_or_altered_link_opens_nothing(shop: Shop, deployment: Deployment) -> None:
    order = await shop.place()
    link = await _link(shop, order)
    codes = TokenSigner((await keys_of(deployment)).derived("codes"))
    now = datetime.now().astimezone()
    over = LinkClaims(merchant=shop.name, order=order, expires_at=now - timedelta(seconds=1))
    lasting = LinkClaims(merchant=shop.name, order=order, expires_at=now + timedelta(hours=1))
    foreign = TokenSigner(b"x" * 32).sign_link(lasting)
    assert (await shop.call("GET", f"/v1/orders/{order}", token=codes.sign_link(lasting))).status == 200
    for bad in (codes.sign_link(over), foreign, link[:-1], link + "A", link.replace("cust_", "cust_A", 1)):
        problem(await shop.call("GET", f"/v1/orders/{order}", token=bad), 401, "unauthenticated")


async def test_a_customer_cannot_overrule_the_rules(shop: Shop) -> None:
    order = await shop.delivered()
    link = await _link(shop, order)
    await shop.advance_clock(days=31)
    request = {"items": [item()], "resolution": "refund", "reason": "I am worth it"}
    path = f"/v1/orders/{order}/returns"
    async with unchanged(shop, order):
        problem(await shop.call("POST", path, request, token=link, key="k1"), 403, "forbidden")
        # Nor the shop's own pages.
        problem(await shop.call("POST", path, request, key="k2"), 403, "forbidden")
        plain = await shop.call("POST", path, {**request, "reason": ""}, token=link, key="k3")
        problem(plain, 422, "refused")
        assert plain.reasons == ["outside_window"]
    opened = await shop.call("POST", path, request, role="agent", key="k4")
    assert opened.ok()["return"]["waived"] == ["outside_window"]


# Drop-off codes


async def _returned(shop: Shop) -> tuple[str, ApiResponse]:
    order = await shop.delivered()
    return order, (await shop.open(order, item())).ok()


async def test_a_used_code_is_used_and_its_own_scan_gets_its_receipt_again(shop: Shop) -> None:
    order, opened = await _returned(shop)
    receipt = (await shop.drop_off(opened, nonce="n1")).ok()
    await shop.paid(order, opened["return"]["return_id"])
    async with unchanged(shop, order):
        used = await shop.drop_off(opened, nonce="n2")
        problem(used, 409, "code_used")
        assert used.reasons == ["code_used"]
        problem(await shop.drop_off(opened, nonce="n1", location_id="bar-8"), 409, "code_used")
        again = (await shop.drop_off(opened, nonce="n1")).ok()
    kept = {name: value for name, value in receipt.body.items() if name != "status"}
    assert {name: value for name, value in again.body.items() if name != "status"} == kept


async def test_an_expired_code_is_gone_and_its_units_are_free(shop: Shop) -> None:
    order, opened = await _returned(shop)
    await shop.set_clock(datetime.fromisoformat(opened["code"]["expires_at"]) - timedelta(seconds=1))
    assert (await shop.view(order))["returns"][0]["status"] == "authorized"
    await shop.advance_clock(seconds=1)
    assert (await shop.view(order))["returns"][0]["status"] == "expired"
    async with unchanged(shop, order):
        expired = await shop.drop_off(opened)
        problem(expired, 410, "code_expired")
        assert expired.reasons == ["code_expired"]
    assert (await shop.open(order, item("1", 3))).status == 201


async def test_a_revoked_code_is_refused(shop: Shop) -> None:
    order, opened = await _returned(shop)
    (await shop.call("POST", f"/v1/returns/{opened['return']['return_id']}/cancel")).ok()
    async with unchanged(shop, order):
        revoked = await shop.drop_off(opened)
        problem(revoked, 422, "refused")
        assert revoked.reasons == ["code_revoked"]


async def test_an_unknown_code_and_another_shops_code_get_the_same_answer(
    shop: Shop, deployment: Deployment, http: aiohttp.ClientSession
) -> None:
    other = await Shop.create(deployment, http)
    order, opened = await _returned(other)
    async with unchanged(other, order):
        body = {"location_id": "bar-7", "nonce": "n"}
        answers = []
        for code in (opened["code"]["text"], "ABCDEFGHJK"):
            sent = {**body, "code": code}
            answers.append(await shop.call("POST", "/v1/drop-offs/scans", sent, role="partner"))
        assert problem(answers[0], 404, "code_unknown") == problem(answers[1], 404, "code_unknown")
