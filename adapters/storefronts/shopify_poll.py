"""Refunds of a shop on Shopify whose webhooks were lost: those of all orders that changed, as their webhook would bring them."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, ValidationError

from adapters.shopify.answers import AdminPart, Gid, MoneyBag, PaidTransaction, Text, number_of
from adapters.shopify.client import ShopifyClient, stated
from ports.payments import OutcomeUnknown
from ports.storefronts import PolledOrder

_TOPIC: Final = "refunds/create"
_ORDERS: Final = 10  # a page
_REFUNDS: Final = 40  # of one order
CHANGED: Final = f"""
query RefundsOfChangedOrders($query: String!, $after: String) {{
  orders(first: {_ORDERS}, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id
      refunds(first: {_REFUNDS}) {{
        id note createdAt
        refundLineItems(first: 50) {{ nodes {{ quantity restockType lineItem {{ id }} }} }}
        transactions(first: 10) {{
          nodes {{
            id kind status gateway createdAt
            amountSet {{ shopMoney {{ amount currencyCode }} presentmentMoney {{ amount currencyCode }} }}
            parentTransaction {{ id }}
          }}
        }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""


class _LineName(AdminPart):
    id: Gid


class _PolledLine(AdminPart):
    quantity: int
    restock_type: Text
    line_item: _LineName


class _PolledLines(AdminPart):
    nodes: Annotated[Sequence[_PolledLine], Field(max_length=200)]


class _PolledTransactions(AdminPart):
    nodes: Annotated[Sequence[PaidTransaction], Field(max_length=100)]


class _PolledRefund(AdminPart):
    id: Gid
    note: Text | None = None
    created_at: AwareDatetime
    refund_line_items: _PolledLines
    transactions: _PolledTransactions


class _PolledOrderPart(AdminPart):
    id: Gid
    refunds: Annotated[Sequence[_PolledRefund], Field(max_length=1000)]


class _PageInfo(AdminPart):
    has_next_page: bool
    end_cursor: Text | None = None


class _PolledPage(AdminPart):
    nodes: Annotated[Sequence[_PolledOrderPart], Field(max_length=250)]
    page_info: _PageInfo


class ShopifyPoll:
    """The port `StorefrontPoll` on Shopify, with the access token of the merchant's payment account there."""

    name = "shopify"

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

    async def changed_orders(self, merchant: str, since: datetime) -> AsyncIterator[PolledOrder]:
        """See the port. Each refund is a message of its own; orders that are not known here are not begun by them."""
        after: str | None = None
        while True:
            variables = {"query": f"updated_at:>='{stated(since)}'", "after": after}
            data = await self._client.call(merchant, CHANGED, variables)
            try:
                page = _PolledPage.model_validate(data.get("orders"))
            except ValidationError:
                raise OutcomeUnknown("an answer about orders that cannot be read") from None
            for order in page.nodes:
                for refund in order.refunds:
                    body = json.dumps(_body(order.id, refund), separators=(",", ":"), sort_keys=True).encode()
                    yield PolledOrder(topic=_TOPIC, body=body, order_id=number_of(order.id))
            after = page.page_info.end_cursor
            if not page.page_info.has_next_page or after is None:
                return

    async def switch_on(self, merchant: str, path: str) -> Sequence[str]:
        """See the port. Shopify removes a subscription that fails too often, and the merchant made it in the admin."""
        return ()


def _body(order: str, refund: _PolledRefund) -> dict[str, Any]:
    """The refund as its webhook states it."""
    return {
        "id": int(number_of(refund.id)),
        "order_id": int(number_of(order)),
        "created_at": refund.created_at.isoformat(),
        "note": refund.note or "",
        "refund_line_items": [
            {
                "line_item_id": int(number_of(line.line_item.id)),
                "quantity": line.quantity,
                "restock_type": line.restock_type.lower(),
            }
            for line in refund.refund_line_items.nodes
        ],
        "transactions": [_transaction(one) for one in refund.transactions.nodes],
    }


def _transaction(one: PaidTransaction) -> dict[str, Any]:
    buyer = one.amount_set.presentment_money
    return {
        "id": int(number_of(one.id)),
        "parent_id": int(number_of(one.parent_transaction.id)) if one.parent_transaction else None,
        "kind": one.kind.lower(),
        "status": one.status.lower(),
        "gateway": one.gateway or "",
        "amount": buyer.amount,
        "currency": buyer.currency_code,
        "amount_set": _both(one.amount_set),
    }


def _both(amounts: MoneyBag) -> dict[str, Any]:
    return {
        name: {"amount": side.amount, "currency_code": side.currency_code}
        for name, side in (
            ("shop_money", amounts.shop_money),
            ("presentment_money", amounts.presentment_money),
        )
    }
