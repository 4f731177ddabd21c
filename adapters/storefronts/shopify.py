"""Shopify: webhooks about orders, fulfilments and refunds, signed with HMAC-SHA256 over the raw body.

The signature covers the body, but neither topic nor shop. So a message has only effects that its body supports, and each of
them may happen twice without harm.
"""

import base64
from collections.abc import Mapping
from datetime import datetime

from adapters import untrusted_json
from adapters.hmac_signature import verify_hmac
from adapters.storefronts.shopify_fulfilments import shipment_of
from adapters.storefronts.shopify_orders import order_message
from adapters.storefronts.shopify_parts import fulfillment_in, refund_is_about
from adapters.storefronts.shopify_privacy import PRIVACY_TOPICS
from adapters.storefronts.shopify_refunds import read_refund
from adapters.storefronts.shopify_schemas import ShopifyOrder
from domain import keys
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.storefronts import StorefrontDelivery, StorefrontMessage

ORDERS = {"orders/create", "orders/updated", "orders/paid", "orders/cancelled"}
FULFILLMENTS = {"fulfillments/create", "fulfillments/update"}
REFUNDS = {"refunds/create"}
FOLLOWED = (
    ORDERS | FULFILLMENTS | REFUNDS
)  # of orders; what Shopify demands for customers: shopify_privacy.py


class Shopify:
    """The source `shopify`."""

    name = "shopify"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], account: str | None
    ) -> StorefrontDelivery:
        """See the port. The delivery id is made of shop, topic and webhook id; without a webhook id, of the body's hash.

        The shop is not signed. That it must be the merchant's own only keeps apart shops that share an app's secret.
        """
        verify_hmac(secrets, body, headers.get("X-Shopify-Hmac-Sha256", ""), _header)
        shop = headers.get("X-Shopify-Shop-Domain", "").casefold()
        if account not in (None, shop):
            raise InvalidSignature("signed for another shop")
        topic = headers.get("X-Shopify-Topic", "")
        webhook, event = headers.get("X-Shopify-Webhook-Id", ""), headers.get("X-Shopify-Event-Id", "")
        webhook = webhook if untrusted_json.is_valid_id(webhook) else keys.content(body)
        shop, topic = untrusted_json.sanitize(shop, 100), untrusted_json.sanitize(topic, 64)
        has_event = untrusted_json.is_valid_id(event)
        return StorefrontDelivery(
            delivery_id=keys.storefront_delivery(shop, topic, webhook),
            event_id=keys.storefront_delivery(shop, topic, event) if has_event else None,
            topic=topic,
        )

    def is_ping(self, body: bytes) -> bool:
        """See the port. Shopify sends none."""
        return False

    def follows(self, topic: str) -> bool:
        """See the port."""
        return not topic or topic in FOLLOWED or topic in PRIVACY_TOPICS

    def read(self, topic: str, body: bytes, now: datetime) -> StorefrontMessage | None:
        """See the port. Raises InvalidPayload naming the field, also where the body is not of the topic in the header."""
        if not topic:
            raise InvalidPayload("X-Shopify-Topic is missing")
        if topic not in FOLLOWED:
            return None
        content = untrusted_json.parse(body)
        with untrusted_json.FieldErrors("body"):
            return _message(topic, content, now)


def _message(topic: str, content: object, now: datetime) -> StorefrontMessage:
    """The message that the topic is about. Raises ValidationError, or InvalidPayload for a body of another topic."""
    if topic in FULFILLMENTS:
        fulfillment = fulfillment_in(content)
        return StorefrontMessage(
            order_id=str(fulfillment.order_id), shipments=(shipment_of(fulfillment, now),)
        )
    if topic in REFUNDS:
        about = refund_is_about(content)
        refund, why = read_refund(content, "body", now)
        return StorefrontMessage(order_id=str(about), refunds=(refund,), unread=(why,) if why else ())
    return order_message(ShopifyOrder.model_validate(content), now)


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
