"""WooCommerce: webhooks about orders, signed with HMAC-SHA256 over the raw body.

The signature covers the body, but neither topic nor shop nor time. So a message has only effects that its body supports, and each
of them may happen twice without harm.
"""

import base64
import html
import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from adapters import untrusted_json
from adapters.hmac_signature import verify_hmac
from adapters.storefronts.lenient_fields import Id
from adapters.storefronts.woocommerce_orders import order_message
from adapters.storefronts.woocommerce_schemas import WooOrder
from domain import keys
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.storefronts import StorefrontDelivery, StorefrontMessage

DELETED = "order.deleted"
FOLLOWED = {"order.created", "order.updated", "order.restored", DELETED}
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


class _Deleted(BaseModel):
    """The body of a deletion: the id and nothing else."""

    model_config = ConfigDict(extra="forbid")

    id: Id


class WooCommerce:
    """The source `woocommerce`."""

    name = "woocommerce"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], account: str | None
    ) -> StorefrontDelivery:
        """See the port. WooCommerce makes its delivery ids of webhook and second, so the body's hash is a part of ours.

        It signs with the secret as it was typed, and shows it with HTML entities: both are tried.
        """
        spellings = dict.fromkeys([*secrets, *(html.unescape(secret) for secret in secrets)])
        verify_hmac(spellings, body, headers.get("X-WC-Webhook-Signature", ""), _header)
        shop = _site(headers.get("X-WC-Webhook-Source", ""))
        if account not in (None, shop.partition("/")[0]):
            raise InvalidSignature("signed for another shop")
        topic = untrusted_json.sanitize(headers.get("X-WC-Webhook-Topic", ""), 64)
        sent = headers.get("X-WC-Webhook-Delivery-ID", "")
        sent = f"{sent[:32]}/" if untrusted_json.is_valid_id(sent) else ""
        return StorefrontDelivery(
            delivery_id=keys.storefront_delivery(
                untrusted_json.sanitize(shop, 100), topic, f"{sent}{keys.content(body)}"
            ),
            event_id=None,
            topic=topic,
        )

    def is_ping(self, body: bytes) -> bool:
        """See the port. A new webhook first sends its own number as a form, without a signature."""
        return _PING.fullmatch(body) is not None

    def follows(self, topic: str) -> bool:
        """See the port."""
        return not topic or topic in FOLLOWED

    def read(self, topic: str, body: bytes, now: datetime) -> StorefrontMessage | None:
        """See the port. Raises InvalidPayload naming the field, also where the body is not of the topic in the header.

        An order that is deleted in the shop was tidied away: nothing is cancelled and nothing is paid for that.
        """
        if not topic:
            raise InvalidPayload("X-WC-Webhook-Topic is missing")
        if topic not in FOLLOWED:
            return None
        content = untrusted_json.parse(body)
        with untrusted_json.FieldErrors("body"):
            if topic == DELETED:
                gone = _Deleted.model_validate(content)
                return StorefrontMessage(order_id=str(gone.id), not_yet="it was deleted in the shop")
            return order_message(WooOrder.model_validate(content), now)


def _site(address: str) -> str:
    """The shop's address without scheme and slashes."""
    return re.sub(r"^https?://", "", address.strip().casefold()).rstrip("/")


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
