"""A customer's link that went astray can be ended."""

from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop


async def link(shop: Shop, order: str) -> str:
    token: str = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return token


async def test_revoked_links_open_nothing_and_a_new_one_does(shop: Shop) -> None:
    order, other = await shop.place(), await shop.place()
    first, second, others = await link(shop, order), await link(shop, order), await link(shop, other)
    path = f"/v1/orders/{order}/customer-links"
    problem(await shop.call("DELETE", path, token=first), 403, "forbidden")
    assert (await shop.call("DELETE", path, role="agent")).status == 204
    for revoked in (first, second):
        problem(await shop.call("GET", f"/v1/orders/{order}", token=revoked), 401, "unauthenticated")
        problem(
            await shop.call("POST", f"/v1/orders/{order}/cancel", token=revoked, key="k"),
            401,
            "unauthenticated",
        )
    assert (await shop.call("GET", f"/v1/orders/{order}", token=await link(shop, order))).status == 200
    assert (await shop.call("GET", f"/v1/orders/{other}", token=others)).status == 200
    [line] = await shop.timeline(order, "links_revoked")
    assert line["role"] == "agent"
    (await shop.call("POST", path, role="agent")).ok()
    [line] = await shop.timeline(order, "link_created")
    assert line["role"] == "agent", (
        "links that the storefront makes are not in the audit: it has one for each letter"
    )


async def test_links_of_an_unknown_order_cannot_be_revoked(shop: Shop) -> None:
    problem(await shop.call("DELETE", "/v1/orders/ord_nobodys/customer-links"), 404, "not_found")
