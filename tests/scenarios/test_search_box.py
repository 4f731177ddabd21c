"""One search box for staff: everything that a customer may say finds the order, in a group of its own."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.people_of_a_shop import Colleague, colleague, page_of
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def found(shop: Shop, text: str, role: str = "agent") -> dict[str, list[dict[str, Any]]]:
    query = quote(text)
    answer = (await shop.call("GET", f"/v1/search?q={query}", role=role)).ok()
    return {group["group"]: group["hits"] for group in answer["groups"]}


async def test_everything_that_a_customer_may_say_finds_the_order(shop: Shop) -> None:
    body = await shop.order_body("#DE-1001")
    body["customer"] |= {"name": "Hannah Müller", "phone": "+447700900123"}
    order: str = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    number = await shop.ship(order, "1Z 999 AA1 01 2345 6784")
    await shop.scan(number, "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = await shop.open(order, item())
    wanted = {
        "de-1001": ("orders", "order_number", "#DE-1001"),
        "1z999aa10123456784": ("packages", "tracking_number", "1Z 999 AA1 01 2345 6784"),
        body["tenders"][0]["payment"]: ("payments", "payment", body["tenders"][0]["payment"]),
        "zdzislawa.testowa@EXAMPLE.org": ("people", "email", "zdzislawa.testowa@EXAMPLE.org"),
        "07700 900123": ("people", "phone", "07700 900123"),
        "mueller hannah": ("people", "name", "Hannah Müller"),
        opened["return"]["number"].lower(): ("returns", "return_number", opened["return"]["number"]),
        opened["code"]["text"]: ("returns", "drop_off_code", opened["return"]["number"]),
    }
    for text, (group, by, shown) in wanted.items():
        [hit] = (await found(shop, text))[group]
        assert (hit["order"], hit["found_by"], hit["text"]) == (order, by, shown), text
        assert (hit["customer_name"], hit["stage"]) == ("Hannah Müller", "delivered")


async def test_a_tracking_number_is_found_as_it_is_printed_and_a_text_of_one_order_opens_it(
    shop: Shop,
) -> None:
    order, other = await shop.place(order_id="3001"), await shop.place(order_id="3002")
    await shop.ship(order, "00-340434\u00a0161094.027318")
    maria = await colleague(shop, "maria@example.org")
    for text in ("00340434161094027318", "0034 0434 1610 9402 7318", "00-34043416\u20111094.0273 18"):
        [hit] = (await found(shop, text))["packages"]
        assert (hit["order"], hit["text"]) == (order, "00-340434\u00a0161094.027318")
        assert await opened(maria, text) == f"/agents/orders/{order}"
    assert await opened(maria, "#3002") == f"/agents/orders/{other}"
    assert await opened(maria, "testowa") == "", "two orders: the list is shown"
    assert await opened(maria, "nothing at all") == ""


async def opened(user: Colleague, text: str) -> str:
    """Where the box leads; empty where it shows a list."""
    url = user.shop.deployment.addresses["api"] + "/agents/search"
    cookie = {"Cookie": f"smot_session={user.token}"}
    async with user.shop.http.get(url, params={"q": text}, headers=cookie, allow_redirects=False) as answer:
        assert answer.status in (200, 303)
        return answer.headers.get("Location", "")


async def test_finance_finds_no_people_and_no_shop_finds_anothers(shop: Shop, create_shop: Any) -> None:
    order = await shop.place(order_id="2002")
    assert await found(shop, "Testowa", "finance") == {}
    [hit] = (await found(shop, "2002", "finance"))["orders"]
    assert hit["customer_name"] is None
    fiona = await colleague(shop, "fiona@example.org", "finance", "Fiona")
    assert await opened(fiona, "2002") == f"/agents/orders/{order}"
    status, page = await page_of(fiona, f"/agents/orders/{order}")
    assert (status, "The customer is shown to agents alone." in page) == (200, True)
    assert not [one for one in ("Testowa", "/commands/", "customer-page") if one in page]
    assert (await page_of(fiona, f"/agents/orders/{order}/commands/cancel"))[0] == 403
    assert await found(await create_shop(), "2002") == {}
    assert await found(shop, "a text that names nothing") == {}
