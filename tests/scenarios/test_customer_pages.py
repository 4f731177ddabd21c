"""The page of an order as data: for its customer by a link, for the storefront and for staff."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.people_of_a_shop import colleague
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import AT_ONCE, Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


async def the_page(shop: Shop, order: str, query: str = "", **who: Any) -> Any:
    return (await shop.call("GET", f"/v1/orders/{order}/customer-page{query}", **who)).ok()


async def the_link(shop: Shop, order: str) -> str:
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token


async def test_a_customer_reads_when_it_arrives_who_acts_and_what_comes_next(create_shop: Any) -> None:
    shop: Shop = await create_shop(notices={**AT_ONCE, "progress": ["shipped"]})
    order = await shop.place()
    link = await the_link(shop, order)
    page = await the_page(shop, order, token=link)
    assert (page["shop"], page["package"]["arrival"]) == ("A shop", "on_time")
    assert page["package"]["expected"]["day"] == "2026-03-07"
    assert page["steps"]["present"] == {
        "what": "in_preparation", "who": "shop", "since": "2026-03-02T08:00:00Z", "place": "",
    }  # fmt: skip
    number = await shop.ship(order)
    await shop.scan(number, "in_transit", scan={"location": "Swindon"})
    await shop.until(order, lambda view: view["stage"] == "shipped")
    await shop.until_notice(order, "shipped")
    page = await the_page(shop, order, token=link)
    assert (page["steps"]["present"]["what"], page["steps"]["present"]["place"]) == ("on_its_way", "Swindon")
    assert [one["kind"] for one in page["timeline"]] == ["arrives", "scan", "ordered"]
    assert [one["tense"] for one in page["timeline"]] == ["future", "now", "past"]
    assert (await the_page(shop, order, role="agent")).body == page.body, "staff see the same"


async def test_letters_are_read_again_by_the_orders_own_customer(create_shop: Any) -> None:
    shop: Shop = await create_shop(notices={**AT_ONCE, "progress": ["shipped"]})
    order, other = await shop.place(), await shop.place()
    await shop.scan(await shop.ship(order), "in_transit")
    await shop.until_notice(order, "shipped")
    link, strange = await the_link(shop, order), await the_link(shop, other)
    [letter] = (await the_page(shop, order, token=link))["letters"]
    assert letter["kind"] == "shipped"
    path = f"/v1/orders/{order}/letters/{letter['letter']}"
    text = (await shop.call("GET", path, token=link)).ok()
    assert "Your order has left us." in text["text"]
    problem(await shop.call("GET", path, token=strange), 404, "not_found")
    wrong = f"/v1/orders/{other}/letters/{letter['letter']}"
    problem(await shop.call("GET", wrong, token=strange), 404, "not_found")
    problem(await shop.call("GET", f"/v1/orders/{order}/letters/x", token=link), 404, "not_found")


async def test_a_late_parcel_says_the_new_date_and_when_we_write_next(create_shop: Any) -> None:
    shop: Shop = await create_shop(notices=AT_ONCE)
    order = await shop.place()
    number = await shop.ship(order)
    at = await shop.now() + timedelta(hours=1)
    await shop.scan(number, "in_transit", at, estimate={"day": "2026-03-11", "reported_at": at.isoformat()})
    await shop.until_notice(order, "delayed")
    package = (await the_page(shop, order))["package"]
    assert (package["arrival"], package["late_days"]) == ("late", 4)
    assert package["delay"]["cause"] == "estimate_after_promise"
    assert package["delay"]["next_message_by"] is not None
    by_parcel = await the_page(shop, order, "?parcel=p1")
    assert by_parcel["package"] == package


async def test_pictures_of_goods_come_from_the_shops_servers_and_from_no_other(create_shop: Any) -> None:
    shop: Shop = await create_shop()
    body = await shop.order_body()
    body["lines"][0]["image_url"] = "https://cdn.shop.example/mug.jpg?v=1&w=64"
    bad = {**body, "lines": [{**body["lines"][0], "image_url": "https://cdn.shop.example/';img-src *"}]}
    problem(await shop.call("POST", "/v1/orders", bad), 400, "invalid_body")
    order = await shop.place(lines=body["lines"])
    link = await the_link(shop, order)
    assert [one["image_url"] for one in (await the_page(shop, order, token=link))["details"]["lines"]] == [
        body["lines"][0]["image_url"],
        None,
    ]
    staff = await colleague(shop, "ada@agents.example")
    signed_in = {"Cookie": f"smot_session={staff.token}"}
    for path in (f"/o/{link}", f"/r/{link}", f"/agents/orders/{order}"):
        policy, html = await policy_and_page(shop, path, signed_in)
        assert "; img-src 'self' https://cdn.shop.example; " in policy, path
        assert 'src="https://cdn.shop.example/mug.jpg?v=1&amp;w=64" alt=""' in html, path
        assert html.count('loading="lazy" decoding="async" referrerpolicy="no-referrer"') == 1, path
    assert "img-src" not in (await policy_and_page(shop, f"/find/{shop.name}", {}))[0]


async def policy_and_page(shop: Shop, path: str, headers: dict[str, str]) -> tuple[str, str]:
    url = shop.deployment.addresses["api"] + path
    async with shop.http.get(url, headers=headers) as answer:
        return answer.headers["Content-Security-Policy"], await answer.text()


async def test_staff_see_the_page_without_the_powers_of_the_customer(shop: Shop) -> None:
    order = await shop.place()
    await shop.ship(order)
    maria = await colleague(shop, "maria@example.org")
    base, cookies = shop.deployment.addresses["api"], {"smot_session": maria.token}
    async with shop.http.get(f"{base}/agents/orders/{order}/customer-page", cookies=cookies) as answer:
        page, status = await answer.text(), answer.status
    assert (status, "You see what the customer sees" in page, "On time" in page) == (200, True, True)
    links = set(re.findall(r'(?:href|action|connect)="(/[or]/[^/"?]*)', page))
    assert links <= {"/o/staff", "/r/staff"}, "no link of the customer's is on it"
    async with shop.http.post(f"{base}/o/staff/cancel", cookies=cookies, data={}) as answer:
        assert answer.status in (403, 404)
    assert (await shop.view(order))["stage"] != "cancelled"
    facts = "SELECT count(*) FROM figure_facts WHERE merchant = ? AND kind = 'page_view'"
    assert shop.deployment.rows(facts, shop.name) == [(0,)]
