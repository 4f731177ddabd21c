"""A shop on WooCommerce pays back through its own gateway, once, also when its answer was lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.adapters.woocommerce_shop import WooShop
from tests.scenarios.admins import as_platform
from tests.scenarios.helpers import gbp, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])
KEYS = {"consumer_key": "ck_" + "a" * 40, "consumer_secret": "cs_" + "b" * 40}


@pytest_asyncio.fixture(loop_scope="session")
async def woo(tmp_path: Path) -> AsyncIterator[WooShop]:
    there = WooShop(tmp_path / "woo.db")
    await there.start()
    await there.control("POST", "keys", KEYS)
    yield there
    await there.end()


async def returned(shop: Shop, woo: WooShop, fault: str) -> tuple[str, str, str]:
    """A mug comes back that was paid in the shop: our order, the return, and the shop's order."""
    path = f"/v1/merchants/{shop.name}/payments/woocommerce"
    body = {"keys": KEYS, "account": "https://shop.example", "base": woo.base}
    (await as_platform(shop, "PUT", path, body)).ok()
    tested = (await as_platform(shop, "POST", f"{path}/test")).ok()
    assert (tested["accepted"], woo.base.endswith(tested["account"])) == (True, True)
    paid_there = str((await woo.order("12.00", currency="GBP"))["id"])
    if fault:
        await woo.arm(fault, order=int(paid_there))
    tender = {
        "tender_id": "card",
        "kind": "card",
        "amount": gbp(1200),
        "payment": paid_there,
        "provider": "woocommerce",
    }
    line = {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 1, "unit_price": gbp(1200)}
    order, _ = await shop.bought(lines=[line], shipping=gbp(0), tenders=[tender])
    opened = (await shop.open(order, item())).ok()
    (await shop.drop_off(opened)).ok()
    return order, opened["return"]["return_id"], paid_there


async def forget(shop: Shop) -> None:
    """The comparison of this deployment must not wait for a shop that has gone."""
    path = f"/v1/merchants/{shop.name}/payments/woocommerce"
    assert (await as_platform(shop, "DELETE", path)).status in (200, 204)


@pytest.mark.parametrize("fault", ["", "html_504_after"])
async def test_a_return_is_paid_once_by_the_shops_gateway(shop: Shop, woo: WooShop, fault: str) -> None:
    order, return_id, paid_there = await returned(shop, woo, fault)
    case = await shop.paid(order, return_id)
    [row] = await woo.rows(paid_there)
    assert case["settlements"][0]["legs"][0]["reference"] == str(row["id"])
    assert (row["refunded_payment"], await woo.paid(paid_there)) == (True, ["12.00"])
    await forget(shop)


@pytest.mark.scenario("S-70")
@pytest.mark.parametrize(
    ("fault", "answer"), [("gateway_timeout", "confirm_paid"), ("gateway_refuses", "confirm_unpaid")]
)
async def test_what_only_the_gateway_knows_is_asked_at_once_and_never_paid_on_a_guess(
    shop: Shop, woo: WooShop, fault: str, answer: str
) -> None:
    order, return_id, paid_there = await returned(shop, woo, fault)
    view = await shop.until(order, lambda view: bool(view["attention"]))
    [question] = view["attention"]
    assert (question["kind"], question["owner"]) == ("payment_unknown", "finance")
    leg = question["subject"]
    for _ in range(2):  # by default it is only looked up
        await shop.advance_clock(days=4)
        await shop.until(order, lambda view: bool(view["attention"]))
    before = await woo.paid(paid_there)
    assert before == (["12.00"] if answer == "confirm_paid" else [])

    assert (await shop.override(f"orders/{order}", answer, leg=leg)).reasons == ["role_too_low"]
    (await shop.override(f"orders/{order}", answer, role="finance", leg=leg)).ok()
    if answer == "confirm_unpaid":
        # Beside it finance may be asked about the day on which the money is due.
        await shop.until(order, lambda view: "payment_failed" in [one["kind"] for one in view["attention"]])
        (await shop.override(f"orders/{order}", "retry_step", role="finance", leg=leg)).ok()
    await shop.paid(order, return_id)
    assert await woo.paid(paid_there) == ["12.00"]
    again = await shop.override(f"orders/{order}", answer, role="finance", leg=leg)
    assert again.reasons == ["nothing_to_override"]
    await forget(shop)
