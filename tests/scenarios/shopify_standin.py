"""The Admin API of a merchant's shop, as a process, with the order that smot has too."""

from typing import Any

from tests.adapters.shopify_shop import DOMAIN, SECRET, ShopProcess, number
from tests.scenarios.admins import as_platform
from tests.scenarios.shopify import ShopifyShop, a_fulfillment

TOKEN = "shpat_" + "a" * 32
RETURNS = """
query Returns($id: ID!) {
  order(id: $id) {
    displayFinancialStatus
    totalRefundedSet { shopMoney { amount } }
    refunds { id note return { id } }
    returns(first: 10) {
      nodes { id status returnLineItems(first: 10) { nodes { quantity processedQuantity returnReasonNote } } }
    }
  }
}
"""


class StandInShop:
    """A shop whose webhooks go to its merchant's addresses, and whose keys the merchant has."""

    def __init__(self, process: ShopProcess, there: ShopifyShop) -> None:
        self.process, self.there = process, there

    @classmethod
    async def create(cls, process: ShopProcess, there: ShopifyShop, **shop: Any) -> "StandInShop":
        """The shop with the merchant's account at it."""
        made = there.shop
        url = f"{made.deployment.addresses['api']}/v1/webhooks/storefronts/shopify/{made.name}"
        await process.shop(webhook_url=url, currency="GBP", token=TOKEN, **shop)
        there.secret = SECRET
        await there.sign_with(SECRET, account=DOMAIN)
        path = f"/v1/merchants/{made.name}/payments/shopify"
        keys = {"access_token": TOKEN, "webhook_secret": SECRET}
        (await as_platform(made, "PUT", path, {"keys": keys, "account": DOMAIN, "base": process.base})).ok()
        return cls(process, there)

    async def close(self) -> None:
        """The merchant forgets the shop: the comparison of this deployment must not wait for one that has gone."""
        path = f"/v1/merchants/{self.there.shop.name}/payments/shopify"
        (await as_platform(self.there.shop, "DELETE", path)).ok()

    async def order(self, body: dict[str, Any], gateway: str = "shopify_payments") -> dict[str, Any]:
        """The order of that webhook's body, shipped in whole, paid by one payment."""
        lines = [
            {
                "number": line["id"],
                "title": line["title"],
                "quantity": line["quantity"],
                "fulfilled": line["quantity"],
            }
            for line in body["line_items"]
        ]
        paid = [{"amount": body["total_price"], "gateway": gateway}]
        return await self.process.order(number=body["id"], lines=lines, transactions=paid)

    async def send(self, topic: str, body: dict[str, Any]) -> None:
        """A webhook of that shop that the process does not send, as it sells nothing."""
        await self.there.send(topic, body, Shop_Domain=DOMAIN)

    async def delivered(self, body: dict[str, Any], number: str) -> str:
        """The order of that body once all of it has arrived, paid at the sandbox provider; our id of it."""
        shop = self.there.shop
        await self.there.captured(body)
        await self.send("orders/create", body)
        await self.send("fulfillments/create", a_fulfillment(body, number))
        await self.there.until_processed()
        await shop.scan(number, "delivered")
        order: str = (await self.there.view(body["id"]))["order"]
        await shop.until(order, lambda view: view["stage"] == "delivered")
        return order

    async def staff_refund(self, order: dict[str, Any], amount: str) -> None:
        """A refund in the admin."""
        parent = order["transactions"][0]["id"]
        given = {"order": order["id"], "parent": parent, "amount": amount}
        await self.process.post(f"/shops/{DOMAIN}/refunds", given)

    async def shown(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as the shop's staff see it."""
        status, answer, _ = await self.process.graphql(RETURNS, {"id": order["id"]}, token=TOKEN)
        assert status == 200, answer
        shown: dict[str, Any] = answer["data"]["order"]
        return shown

    async def returns(self, order: dict[str, Any]) -> list[tuple[str, int, int]]:
        """Status, units and processed units of each return."""
        found = (await self.shown(order))["returns"]["nodes"]
        lines = [one["returnLineItems"]["nodes"] for one in found]
        return [
            (one["status"], sum(x["quantity"] for x in part), sum(x["processedQuantity"] for x in part))
            for one, part in zip(found, lines, strict=True)
        ]

    def payment(self, order: dict[str, Any]) -> str:
        """The payment as an order's tender names it."""
        return f"shopify-{number(order['id'])}-{number(order['transactions'][0]['id'])}"

    def updates(self) -> list[tuple[str, str, str]]:
        """Key, status and reason of what the shop is told, oldest first."""
        query = "SELECT key, status, reason FROM storefront_updates WHERE merchant = ? ORDER BY id"
        rows = self.there.shop.deployment.rows(query, self.there.shop.name)
        return [(str(key).partition("/")[0], str(status), str(reason)) for key, status, reason in rows]
