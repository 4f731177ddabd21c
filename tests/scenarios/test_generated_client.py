"""A client that a generator made from the API's own document places an order, and quotes and opens its return."""

from pathlib import Path
from typing import Any

import pytest

from tests.generated_client import GeneratedClient
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

# What differs between the databases is tested in tests/store; here the rules and the routes are.
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture(scope="module")
def made() -> dict[str, GeneratedClient]:
    return {}


async def generated(shop: Shop, folder: Path, made: dict[str, GeneratedClient]) -> GeneratedClient:
    """The client of this deployment; made once."""
    if not made:
        document = (await shop.call("GET", "/openapi.json")).ok().body
        made["client"] = GeneratedClient(document, folder, "smot_client")
        operations = {one["operationId"] for path in document["paths"].values() for one in path.values()}
        assert made["client"].warnings == []
        assert made["client"].operations() == operations
    return made["client"]


async def test_a_generated_client_buys_and_returns(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory, made: dict[str, GeneratedClient]
) -> None:
    client = await generated(shop, tmp_path_factory.mktemp("client"), made)
    models: Any = client.module("models")
    address = shop.deployment.addresses["api"]
    make: Any = client.module("client").AuthenticatedClient
    with make(base_url=address, token=shop.keys["storefront"], timeout=60) as caller:

        async def call(name: str, *path: str, **arguments: Any) -> Any:
            return await client.module(f"api.{name}").asyncio_detailed(*path, client=caller, **arguments)

        body = models.NewOrder.from_dict(await shop.order_body())
        placed = await call("orders.place_order", body=body, idempotency_key="first")
        assert (placed.status_code, placed.parsed.stage) == (201, models.Stage.PLACED)
        order = placed.parsed.order
        assert placed.headers["Location"] == f"/v1/orders/{order}"
        missing = await call("orders.get_order", "nowhere")
        assert (missing.status_code, missing.parsed.code) == (404, models.ProblemCode.NOT_FOUND)

        await shop.scan(await shop.ship(order), "delivered")
        await shop.until(order, lambda view: view["stage"] == "delivered")
        wanted = [item(quantity=1)]
        quote = await call(
            "returns.quote_return", order, body=models.QuoteRequest.from_dict({"items": wanted})
        )
        assert (quote.status_code, quote.parsed.verdict) == (200, models.QuoteResponseVerdict.ACCEPTED)
        request = {"items": wanted, "resolution": "refund", "quote": quote.parsed.token}
        opened = await call(
            "returns.open_return",
            order,
            body=models.ReturnRequest.from_dict(request),
            idempotency_key="second",
        )
        assert (opened.status_code, opened.parsed.return_.status) == (201, models.ReturnStatus.AUTHORIZED)
        picture = await call("returns.get_code_png", opened.parsed.return_.return_id)
        assert picture.parsed.payload.read().startswith(b"\x89PNG")
