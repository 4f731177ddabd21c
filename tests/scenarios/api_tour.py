"""Requests that no other scenario sends in a form that is good to read: for the examples of the API's document alone.

`python -m tests.api_examples tests/scenarios/api_tour.py …` runs it; the suite does not.
"""

from tests.scenarios.admins import as_admin, as_platform
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop


async def test_what_else_there_is(shop: Shop) -> None:
    merchant = f"/v1/merchants/{shop.name}"
    order = await shop.delivered()
    parcel = (await shop.view(order))["parcels"][0]["parcel"]
    await shop.open(order, item())
    for path in ("/v1/orders", "/v1/returns", "/v1/attention", f"/v1/orders/{order}/parcels/{parcel}/scans"):
        await shop.call("GET", path, role="agent" if "attention" in path else "storefront")
    await shop.call("GET", "/healthz")
    await shop.call("PUT", "/v1/allowed-origins", {"origins": ["https://shop.example"]})
    await shop.call("GET", "/v1/allowed-origins")
    await shop.call(
        "POST", f"/v1/orders/{order}/notes", {"text": "Called about the lamp."}, role="agent", key="n"
    )
    await as_platform(
        shop, "PUT", f"{merchant}/webhook-secrets/shopify", {"secrets": ["shpss_0123456789abcdef"]}
    )
    await as_platform(
        shop, "PUT", f"{merchant}/mail", {"name": "Example Shop", "address": "help@shop.example"}
    )
    await as_platform(shop, "GET", f"{merchant}/mail")
    await as_platform(shop, "GET", "/v1/merchants?limit=2")
    await as_platform(shop, "PATCH", merchant, {"name": "Example Shop"})
    await as_admin(shop, "POST", "/policies/check", {"window": 45})
    number = "UNKNOWN123456"
    await shop.scan(number, "in_transit")
    await shop.call("POST", f"/v1/unknown-parcels/{number}/dismissals", {"reason": "test"}, role="agent")
    notices = (await shop.call("GET", f"/v1/orders/{order}/notices", role="agent")).ok()["items"]
    if notices:
        await shop.call("GET", f"/v1/orders/{order}/notices/{notices[0]['key']}", role="agent")
