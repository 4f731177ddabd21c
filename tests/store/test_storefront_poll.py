"""Orders that no webhook brought come by a poll into the inbox, and webhooks that a shop switched off are switched on."""

import json
from datetime import timedelta

import pytest

from adapters.storefronts.woocommerce import WooCommerce
from adapters.storefronts.woocommerce_poll import WooCommercePoll
from adapters.woocommerce.client import Egress, WooCommerceClient
from domain.model.terms import Policy
from ports.payments import AccountRefused
from services.payments.storefront_poll import ShopRecords, StorefrontPolling
from store.audit import AuditLog
from store.engine.database import Database
from store.inbox.inbox import Inbox
from store.merchants.clock import Clocks
from store.merchants.merchants import Merchants, NewMerchant
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore
from store.orders.storefront_updates import StorefrontUpdates
from tests.adapters.payments_contract import MERCHANT
from tests.adapters.woocommerce_fixtures import receiver, woo  # noqa: F401 - fixtures
from tests.adapters.woocommerce_receiver import WebhookReceiver
from tests.adapters.woocommerce_shop import Accounts, WooShop, new_url
from tests.builders import PLACED
from tests.store.conftest import MASTER
from tests.store.due_deliveries import claim_due

PAID = {"currency": "EUR", "billing": {"country": "DE"}, "shipping": {"country": "DE"}}
MUG = {"id": 1, "name": "Mug", "quantity": 2, "subtotal": "50", "total": "50", "taxes": [], "meta_data": []}


async def polling(shop: WooShop, db: Database) -> tuple[StorefrontPolling, WooCommerceClient]:
    client = WooCommerceClient(Accounts(shop.base), Egress(rejection=lambda address: None), 10)
    new = NewMerchant(id=MERCHANT, name=MERCHANT, sandbox=True, clock=PLACED, policy=Policy(window=14))
    await Merchants(db, MASTER).create(new)
    records = ShopRecords(Orders(db), SnapshotStore(db), StorefrontUpdates(db))
    parts = (Inbox(db, MASTER), Clocks(db), AuditLog(db), records)
    return StorefrontPolling(WooCommercePoll(client), WooCommerce(), *parts), client


async def test_changed_orders_are_kept_once_with_the_units_of_their_refunds(
    woo: WooShop,  # noqa: F811
    db: Database,
) -> None:
    before = woo.now()
    order = await woo.order(line_items=[MUG], **PAID)
    item = {"id": 1, "quantity": 1, "refund_total": 25}
    await woo.rest("POST", f"/orders/{order['id']}/refunds", {"amount": "25", "line_items": [item]})
    service, client = await polling(woo, db)
    first, again = [(await service.run(MERCHANT, before)).new for _ in range(2)]
    assert (first > 0, again) == (True, 0)
    deliveries = [service.inbox.delivery_of(row) for row in await claim_due(service.inbox)]
    [delivery] = [one for one in deliveries if json.loads(one.body)["id"] == order["id"]]
    message = WooCommerce().read(delivery.topic, delivery.body, woo.now())
    assert message is not None
    assert (message.sale is not None, message.unread) == (True, ())
    [refund] = message.refunds
    assert [(line.line_id, line.quantity) for line in refund.lines] == [("1", 1)]
    assert [part.amount.minor for part in refund.parts] == [2500]
    assert (await service.run(MERCHANT, before + timedelta(hours=1))).new == 0
    await client.close()


async def test_a_webhook_that_was_switched_off_is_on_again_and_the_audit_log_has_it(
    woo: WooShop,  # noqa: F811
    receiver: WebhookReceiver,  # noqa: F811
    db: Database,
) -> None:
    url = receiver.url(f"{new_url()}/v1/webhooks/storefronts/woocommerce/{MERCHANT}")
    hooks = [
        (
            await woo.rest("POST", "/webhooks", {"topic": "order.updated", "delivery_url": to, "secret": "s"})
        ).body
        for to in (url, receiver.url("/another"))
    ]
    for hook in hooks:
        await woo.rest("PUT", f"/webhooks/{hook['id']}", {"status": "disabled"})
    service, client = await polling(woo, db)
    for _ in range(2):
        await service.run(MERCHANT, woo.now())
    states = [(await woo.rest("GET", f"/webhooks/{hook['id']}")).body["status"] for hook in hooks]
    assert states == ["active", "disabled"]
    page = await service.audit.page(MERCHANT, limit=10)
    assert str(page).count("webhooks_switched_on") == 1
    await client.close()


async def test_refused_keys_are_said_so_and_nothing_is_kept(woo: WooShop, db: Database) -> None:  # noqa: F811
    service, client = await polling(woo, db)
    with pytest.raises(AccountRefused):
        await service.run("m-refused", woo.now())
    assert await claim_due(service.inbox) == []
    await client.close()
