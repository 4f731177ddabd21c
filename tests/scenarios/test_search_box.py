"""One search box for staff: everything that a customer may say finds the order, in a group of its own."""

from typing import Any

import pytest

from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn


async def found(shop: Shop, text: str, role: str = "agent") -> dict[str, list[dict[str, Any]]]:
    query = text.replace("#", "%23").replace("+", "%2B").replace(" ", "%20").replace("@", "%40")
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


async def test_finance_finds_no_people_and_no_shop_finds_anothers(shop: Shop, create_shop: Any) -> None:
    await shop.place(order_id="2002")
    assert await found(shop, "Testowa", "finance") == {}
    [hit] = (await found(shop, "2002", "finance"))["orders"]
    assert hit["customer_name"] is None
    assert await found(await create_shop(), "2002") == {}
    assert await found(shop, "a text that names nothing") == {}
