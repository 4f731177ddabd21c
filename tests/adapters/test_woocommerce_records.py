"""A record of what another way paid never takes the room that the shop's own payment needs for its refunds."""

from datetime import UTC, datetime

import pytest

from adapters.storefronts.woocommerce_writer import WooCommerceWriter
from adapters.woocommerce.client import Egress, WooCommerceClient
from domain.model.storefront_update import StorefrontUpdate
from domain.money import Money
from ports.storefront_updates import ShopWrite, Shown
from tests.adapters.payments_contract import MERCHANT
from tests.adapters.woocommerce_shop import Accounts, WooShop

AT = datetime(2026, 11, 2, tzinfo=UTC)


def write_of(order: int, leg: str, minor: int, keep_free: int | None) -> ShopWrite:
    update = StorefrontUpdate(
        kind="refunded",
        subject=leg,
        amount=Money(minor=minor, currency="EUR"),
        paid_by="credit",
        keep_free=None if keep_free is None else Money(minor=keep_free, currency="EUR"),
        at=AT,
    )
    own = f"{MERCHANT}/{leg}"
    return ShopWrite(
        merchant=MERCHANT, order=str(order), pays=True, sent_it=True, key=own, leg_key=own, update=update
    )


async def sending(_: str) -> None:
    """Nothing is kept of calls here."""


@pytest.mark.parametrize(
    ("total", "records"),
    [
        ("50.00", ["3.00", "4.00"]),  # the gift card is in the total
        ("46.99", ["3.00"]),  # it is in part
        ("43.00", []),  # it made the total smaller: the card took all of it
    ],
)
async def test_a_gift_card_is_recorded_where_the_card_can_still_get_all_of_its_payment_back(
    woo: WooShop, total: str, records: list[str]
) -> None:
    order = (await woo.order(total, currency="EUR"))["id"]
    client = WooCommerceClient(Accounts(woo.base), Egress(rejection=lambda address: None), timeout=5.0)
    writer = WooCommerceWriter(client)
    try:
        legs = [("cancel/o/gift/1", 300), ("cancel/o/gift/2", 400)] * 2
        answers = [await writer.show(write_of(order, leg, minor, 4300), sending) for leg, minor in legs]
    finally:
        await client.close()
    shown = [one for one in answers if isinstance(one, Shown)]
    assert len(shown) == len(legs)
    rows = await woo.rows(order)
    assert sorted(row["amount"] for row in rows) == records
    assert {one.reference for one in shown} - {""} == {str(row["id"]) for row in rows}
    assert all(bool(one.reference) != bool(one.reason) for one in shown)
    notes = (await woo.rest("GET", f"/orders/{order}/notes")).body
    assert len([one for one in notes if "was refunded as store credit" in one["note"]]) == 2
    assert (
        await woo.rest("POST", f"/orders/{order}/refunds", {"amount": "43.00", "api_refund": True})
    ).status == 201
    assert await woo.paid(order) == ["43.00"]


async def test_what_replaces_a_refund_of_the_shops_own_payment_is_always_recorded(woo: WooShop) -> None:
    order = (await woo.order("43.00", currency="EUR"))["id"]
    client = WooCommerceClient(Accounts(woo.base), Egress(rejection=lambda address: None), timeout=5.0)
    try:
        await WooCommerceWriter(client).show(write_of(order, "cancel/o/card/2", 4300, None), sending)
    finally:
        await client.close()
    assert [row["amount"] for row in await woo.rows(order)] == ["43.00"]
