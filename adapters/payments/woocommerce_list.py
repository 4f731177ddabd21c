"""The refunds of a WooCommerce shop, as the port gives them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from pydantic import ValidationError

from adapters.payments.woocommerce_answers import OrderMoney, RefundRow
from adapters.woocommerce.amounts import UnreadableAmount, from_text
from adapters.woocommerce.client import WooCommerceClient
from domain import storefront_keys
from ports.payments import OutcomeUnknown, ProviderRefund

M = TypeVar("M", OrderMoney, RefundRow)
_MARGIN: Final = timedelta(minutes=5)
"""How far the shop's clock may be behind."""


async def changed_refunds(
    client: WooCommerceClient, merchant: str, since: datetime
) -> AsyncIterator[ProviderRefund]:
    """The refunds made since then. A refund changes its order, so only orders changed since then are read."""
    first = since.astimezone(UTC) - _MARGIN
    query = {
        "modified_after": f"{first:%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true", "orderby": "id", "order": "asc",
    }  # fmt: skip
    seen: set[str] = set()
    async for page in client.pages(merchant, "orders", query):
        for content in page:
            order = _validated(OrderMoney, content)
            if order.id in seen or not order.refunds:
                continue
            seen.add(order.id)
            async for refund in _refunds_of(client, merchant, order):
                if refund.at is None or refund.at >= first:
                    yield refund


async def _refunds_of(
    client: WooCommerceClient, merchant: str, order: OrderMoney
) -> AsyncIterator[ProviderRefund]:
    async for page in client.pages(merchant, f"orders/{order.id}/refunds"):
        for row in (_validated(RefundRow, content) for content in page):
            if storefront_keys.record_in_note(row.reason) is not None:
                continue  # it only records what another provider paid
            try:
                yield provider_refund(row, order.id, order.currency)
            except UnreadableAmount as problem:
                raise OutcomeUnknown(f"an amount of WooCommerce: {problem}") from problem


def provider_refund(row: RefundRow, order: str, currency: str) -> ProviderRefund:
    """The row as the port has it. Raises UnreadableAmount.

    A row of ours without payment may be under way, or its gateway's answer was lost. One that is not ours was recorded by hand:
    the shop says that the money went back, by a way that it does not know.
    """
    paid = row.refunded_payment
    return ProviderRefund(
        reference=row.id,
        key=row.key,
        payment=order,
        amount=from_text(row.amount, currency),
        state="settled" if paid or not row.key else "accepted",
        raw_state="refunded_payment" if paid else "not_refunded_payment",
        reason="" if paid else "saved_without_payment" if row.key else "recorded_by_hand",
        at=row.date_created_gmt,
    )


def _validated(kind: type[M], content: object) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError:
        raise OutcomeUnknown("a list of WooCommerce that cannot be read") from None
