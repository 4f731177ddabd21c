"""A shop's own page calls the API from the browser with a customer's link; pages of others cannot."""

import pytest

from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

PAGE = {"Origin": "https://shop.example"}


async def test_a_page_may_use_a_customers_link_once_its_origin_is_allowed(shop: Shop) -> None:
    order = await shop.place()
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    before = await shop.call("GET", f"/v1/orders/{order}", token=link, headers=PAGE)
    assert "Access-Control-Allow-Origin" not in before.ok().headers
    allowed = await shop.call("PUT", "/v1/allowed-origins", {"origins": [PAGE["Origin"]]})
    assert allowed.ok().body == {"items": [PAGE["Origin"]], "next": None}
    assert (await shop.call("GET", "/v1/allowed-origins")).ok().body == allowed.body
    after = await shop.call("GET", f"/v1/orders/{order}", token=link, headers=PAGE)
    assert after.ok().headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    staff = await shop.call("GET", f"/v1/orders/{order}", headers=PAGE)
    assert "Access-Control-Allow-Origin" not in staff.ok().headers
    other = await Shop.create(shop.deployment, shop.http)
    order = await other.place()
    link = (await other.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    foreign = await other.call("GET", f"/v1/orders/{order}", token=link, headers=PAGE)
    assert "Access-Control-Allow-Origin" not in foreign.ok().headers


async def test_an_origin_is_no_wildcard_and_no_address_of_a_page(shop: Shop) -> None:
    for origin in (
        "*",
        "https://*.example",
        "http://shop.example",
        "https://shop.example/",
        "null",
        "HTTPS://A",
    ):
        problem(await shop.call("PUT", "/v1/allowed-origins", {"origins": [origin]}), 400, "invalid_body")
