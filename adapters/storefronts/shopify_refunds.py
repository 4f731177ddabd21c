"""Refunds made in Shopify, which arrive on their own or inside their order."""

import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from adapters.storefronts.amounts import NotExact, minor
from adapters.storefronts.lenient_fields import Id
from adapters.storefronts.shop_money import shop_currency, shop_total
from adapters.storefronts.shopify_parts import MAX_PARTS, refund_in
from adapters.storefronts.shopify_schemas import RefundLine, ShopifyOrder, ShopifyRefund, Transaction
from adapters.storefronts.shopify_tenders import GIFT_CARD
from adapters.untrusted_json import invalid_payload, sanitize
from domain import keys, payment_keys, storefront_keys
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.money import Money
from ports.inbound_webhooks import InvalidPayload

_ID = TypeAdapter(Id)
_MOVED = {"success", "pending"}  # a pending refund is on its way; paying it again would pay it twice
MAX_UNITS = 1000  # of one line


def refunds_in(order: ShopifyOrder, now: datetime) -> Iterator[tuple[ExternalRefund, str]]:
    """The order's refunds, each with the reason why it cannot be read, if it cannot."""
    for place, content in enumerate(order.refunds[:MAX_PARTS]):
        yield read_refund(content, f"refunds[{place}]", now, order)
    if len(order.refunds) > MAX_PARTS:
        yield _unreadable({}, now), f"refunds: more than {MAX_PARTS}"


def read_refund(
    content: object, where: str, now: datetime, order: ShopifyOrder | None = None
) -> tuple[ExternalRefund, str]:
    """The refund, and why it cannot be read, if it cannot: then money may have moved, of an unknown amount."""
    try:
        return refund_of(refund_in(content), order), ""
    except ValidationError as problem:
        return _unreadable(content, now), str(invalid_payload(problem, where))
    except InvalidPayload as problem:
        return _unreadable(content, now), sanitize(f"{where}: {problem}", 200)


def _unreadable(content: object, now: datetime) -> ExternalRefund:
    try:
        name = str(_ID.validate_python(content.get("id") if isinstance(content, dict) else None))
    except ValidationError:
        name = keys.unreadable_refund(json.dumps(content, sort_keys=True))
    return ExternalRefund(storefront="shopify", refund=name, at=now, parts=(), amount_unknown=True)


def refund_of(refund: ShopifyRefund, order: ShopifyOrder | None = None) -> ExternalRefund:
    """A refund made in Shopify, in the shop's currency. `order`: the order that it came in, if it did."""
    tried = [one for one in refund.transactions if one.kind == "refund"]
    moved = [one for one in tried if one.status in _MOVED]
    parts = _parts(refund, moved, order)
    noted, recorded = payment_keys.refund_in_note(refund.note), storefront_keys.record_in_note(refund.note)
    return ExternalRefund(
        storefront="shopify",
        refund=str(refund.id),
        at=refund.created_at,
        parts=tuple(part for part in parts or () if part.amount),
        lines=tuple(_line(line) for line in refund.refund_line_items if line.quantity),
        amount_unknown=parts is None,
        failed=bool(tried) and not moved,
        key=noted.key if noted is not None else "",
        records=recorded.key if recorded is not None else "",
        transactions=tuple(str(one.id) for one in tried),
    )


def _line(line: RefundLine) -> RefundedLine:
    return RefundedLine(
        line_id=str(line.line_item_id),
        quantity=min(MAX_UNITS, line.quantity),
        removed=line.restock_type == "cancel",
        taken_back=line.restock_type == "return",
    )


def _parts(
    refund: ShopifyRefund, moved: list[Transaction], order: ShopifyOrder | None
) -> list[RefundedPart] | None:
    """What each transaction paid back in the shop's currency; None where the body does not say it."""
    currency = shop_currency(refund) or (order.currency if order else "") or _only_currency(moved)
    try:
        amounts = [_stated(one, currency) for one in moved]
        if None in amounts:
            whole = shop_total(refund, moved, order)
            amounts = _shares(whole, moved, currency) if whole is not None else [None]
        if any(amount is None or amount < 0 for amount in amounts):
            return None
        return [
            RefundedPart(
                kind="gift_card" if one.gateway == GIFT_CARD else "card",
                amount=Money(minor=amount or 0, currency=currency),
            )
            for one, amount in zip(moved, amounts, strict=True)
        ]
    except (NotExact, ValueError):
        return None


def _stated(one: Transaction, currency: str) -> int | None:
    """The transaction's own amount in the shop's currency, in minor units; None where it has none."""
    shop = one.amount_set.shop_money if one.amount_set else None
    if shop is not None and shop.currency in ("", currency):
        return minor(shop.amount, currency)
    return minor(one.amount, currency) if one.currency in ("", currency) else None


def _shares(whole: int, moved: list[Transaction], currency: str) -> list[int | None]:
    """The whole amount, divided like the buyer's amounts."""
    weights = [minor(one.amount, one.currency) for one in moved]
    return [share.minor for share in Money(minor=whole, currency=currency).allocate(weights)]


def _only_currency(moved: list[Transaction]) -> str:
    named = {one.currency for one in moved}
    return named.pop() if len(named) == 1 else ""
