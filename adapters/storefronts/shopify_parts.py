"""The fulfilments and refunds in a body. Shopify signs the body and not the topic, so each is recognized by what is in it."""

from collections.abc import Iterator

from pydantic import ValidationError

from adapters.storefronts.shopify_schemas import AboutOrder, Fulfillment, ShopifyRefund
from adapters.untrusted_json import invalid_payload, sanitize
from ports.inbound_webhooks import InvalidPayload

MAX_PARTS = 200  # of one kind in one order

# Fields of other bodies that also have an id, an order and a time: a refund, a payment, a return, an order.
_NOT_OF_A_FULFILMENT = {"refund_line_items", "transactions", "kind", "return_line_items", "total_price"}
_OF_A_REFUND = {"refund_line_items", "refund_shipping_lines", "order_adjustments", "transactions"}


def fulfillment_in(content: object) -> Fulfillment:
    """A fulfilment: it has goods or a tracking number. Raises ValidationError, and InvalidPayload for another body."""
    fulfillment = Fulfillment.model_validate(content)
    has_goods = any(line.quantity for line in fulfillment.line_items)
    has_number = bool(fulfillment.tracking_number or any(fulfillment.tracking_numbers))
    if _fields(content) & _NOT_OF_A_FULFILMENT or not (has_goods or has_number):
        raise InvalidPayload("not a fulfilment: it has neither goods nor a tracking number")
    return fulfillment


def refund_in(content: object) -> ShopifyRefund:
    """A refund: it has lines, shipping or payments. Raises ValidationError, and InvalidPayload for another body."""
    if not _fields(content) & _OF_A_REFUND:
        raise InvalidPayload("not a refund: it has neither lines nor payments")
    return ShopifyRefund.model_validate(content)


def refund_is_about(content: object) -> int:
    """The order of a refund, also of one that cannot be read otherwise. Raises as `refund_in` does."""
    if not _fields(content) & _OF_A_REFUND:
        raise InvalidPayload("not a refund: it has neither lines nor payments")
    return AboutOrder.model_validate(content).order_id


def fulfillments_in(contents: list[object]) -> Iterator[tuple[Fulfillment | None, str]]:
    """The fulfilments of an order, or why one cannot be read; without personal data."""
    for place, content in enumerate(contents[:MAX_PARTS]):
        where = f"fulfillments[{place}]"
        try:
            yield fulfillment_in(content), ""
        except ValidationError as problem:
            yield None, str(invalid_payload(problem, where))
        except InvalidPayload as problem:
            yield None, sanitize(f"{where}: {problem}", 200)
    if len(contents) > MAX_PARTS:
        yield None, f"fulfillments: more than {MAX_PARTS}"


def _fields(content: object) -> set[str]:
    if not isinstance(content, dict):
        return set()
    return {str(name) for name, value in content.items() if value is not None}
