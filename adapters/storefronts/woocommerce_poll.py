"""Orders of a WooCommerce shop that changed, and its webhooks that it has switched off after failures."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.woocommerce.client import PROVIDER, WooCommerceClient
from ports.payments import OutcomeUnknown
from ports.storefronts import PolledOrder

_MARGIN: Final = timedelta(minutes=5)
"""How far the shop's clock may be behind; an order that is read twice has no second effect."""
_TOPIC: Final = "order.updated"


class WooCommercePoll:
    """The port `StorefrontPoll` on a WooCommerce shop, with the keys of the merchant's payment account there."""

    name = PROVIDER

    def __init__(self, client: WooCommerceClient) -> None:
        self._client = client

    async def changed_orders(self, merchant: str, since: datetime) -> AsyncIterator[PolledOrder]:
        """See the port. Refunds are read in full: the order itself names neither their units nor their times."""
        first = since.astimezone(UTC) - _MARGIN
        query = {
            "modified_after": f"{first:%Y-%m-%dT%H:%M:%S}",
            "dates_are_gmt": "true",
            "orderby": "id",
            "order": "asc",
        }
        seen: set[str] = set()
        async for page in self._client.pages(merchant, "orders", query):
            for order in page:
                if str(order.get("id")) not in seen:
                    seen.add(str(order.get("id")))
                    yield PolledOrder(topic=_TOPIC, body=await self._body(merchant, order))

    async def _body(self, merchant: str, order: dict[str, Any]) -> bytes:
        if order.get("refunds"):
            path = f"orders/{int(order['id'])}/refunds"
            rows = [row async for page in self._client.pages(merchant, path) for row in page]
            order = {**order, "refunds": rows}
        return json.dumps(order, separators=(",", ":"), sort_keys=True).encode()

    async def switch_on(self, merchant: str, path: str) -> Sequence[str]:
        """See the port. A webhook goes off at its seventh failure in a row, without a message."""
        disabled = self._client.pages(merchant, "webhooks", {"status": "disabled"})
        ours = [
            hook
            async for page in disabled
            for hook in page
            if str(hook.get("delivery_url", "")).rstrip("/").endswith(path)
        ]
        for hook in ours:
            answer = await self._client.call(
                merchant, "PUT", f"webhooks/{int(hook['id'])}", json={"status": "active"}
            )
            if answer.status != 200:
                raise OutcomeUnknown(f"a webhook could not be switched on: {answer.status} {answer.code}")
        return [str(hook.get("topic", "")) for hook in ours]
