"""Route: webhooks of storefronts, verified over the raw body, kept in the inbox, and only then answered."""

from api.context import Services
from api.http.auth import PUBLIC
from api.http.bodies import WEBHOOK_LIMIT
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.inbound_webhooks import WebhookAccepted, verified
from services.inbound.storefronts import NOT_FOLLOWED
from services.inbox import Ending, InboundDelivery


@endpoint(
    "POST", "/v1/webhooks/storefronts/{source}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid",), limit=WEBHOOK_LIMIT, public_quota="senders",
)  # fmt: skip
async def receive_storefront_webhook(call: Call[Services], body: bytes) -> WebhookAccepted:
    """Accept a storefront's signed message. 202 means that it is stored durably, not yet that it is applied.

    Unknown merchants, unknown sources, missing secrets and wrong signatures all get the same response: 401. A delivery, or an
    event, that was accepted before gets `duplicate` and is not applied again. Set up: docs/storefronts.md.

    Source `shopify`: Shopify's own bodies, unchanged. Header `X-Shopify-Hmac-Sha256`: the body's HMAC-SHA256 in base64, by one
    of the merchant's secrets. `X-Shopify-Shop-Domain` must be the merchant's shop, if one is configured. `X-Shopify-Topic` is the
    topic. Shop, topic and `X-Shopify-Webhook-Id` identify the delivery; shop, topic and `X-Shopify-Event-Id` the event.

    Source `woocommerce`: WooCommerce's own bodies, unchanged. Header `X-WC-Webhook-Signature`: the same HMAC. The host in
    `X-WC-Webhook-Source` must be the merchant's, if one is configured. Site, `X-WC-Webhook-Topic`, `X-WC-Webhook-Delivery-ID` and
    the body's hash identify the delivery. Topics order.created, order.updated and order.restored start a journey once the order
    is paid, record refunds and cancel; order.deleted changes nothing and is listed as ignored. The unsigned ping of a new webhook
    is answered and not kept.

    Shopify's topics orders/create, orders/updated and orders/paid start a journey once the order is paid; orders/cancelled
    cancels what has not shipped; fulfillments/create and fulfillments/update register parcels; refunds/create records what
    was paid back in the storefront. They may arrive in any order: a message that arrives before its order waits for it for 72
    hours. Other topics are acknowledged and listed by `GET /v1/inbox?status=ignored`, without their body. A body that is not
    of its source's form, and an order that does not add up, are kept, start no journey, and are listed by `GET
    /v1/inbox?status=dead` with the reason.
    """
    merchant, source = call.path["merchant"], call.services.inbound.storefronts.get(call.path["source"])
    if source is None:
        raise Problem("signature_invalid")
    if source.is_ping(body):
        return WebhookAccepted(delivery="ping", duplicate=False)
    headers = call.request.headers
    delivery, config = await verified(
        call, source.name, lambda config: source.verify(headers, body, config.secrets, config.account)
    )
    received = InboundDelivery(
        merchant, source.name, delivery.delivery_id, body, config.now, delivery.topic, delivery.event_id
    )
    ending = None if source.follows(delivery.topic) else Ending("ignored", NOT_FOLLOWED)
    kept = await call.services.inbound.inbox.accept(received, ending)
    return WebhookAccepted(delivery=delivery.delivery_id, duplicate=kept == "duplicate")
