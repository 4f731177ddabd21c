"""Shopify's three demands: customers/data_request, customers/redact and shop/redact.

The signature covers the body and not the topic. So the body decides what is demanded, and a topic that does not fit is refused:
the bytes of a request for data never erase.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from adapters import untrusted_json
from ports.inbound_webhooks import InvalidPayload
from ports.privacy_demands import PrivacyDemand

DATA_REQUEST: Final = "customers/data_request"
CUSTOMER_REDACT: Final = "customers/redact"
SHOP_REDACT: Final = "shop/redact"
PRIVACY_TOPICS: Final = frozenset({DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT})
_MAX_ORDERS: Final = 500
_IDENTITY: Final = {"shop_id", "shop_domain"}  # all that is in the body of shop/redact


class _DemandedPerson(BaseModel):
    id: int | None = None
    email: str | None = None
    phone: str | None = None


class _DemandBody(BaseModel):
    shop_id: int
    shop_domain: str
    customer: _DemandedPerson = _DemandedPerson()
    orders_to_redact: list[int] = []
    orders_requested: list[int] = []


class ShopifyPrivacy:
    """Reads the demands of Shopify."""

    def demand(self, topic: str, body: bytes) -> PrivacyDemand | None:
        """See the port."""
        if topic not in PRIVACY_TOPICS:
            return None
        content = untrusted_json.parse(body)
        if not isinstance(content, dict) or _topic_of(content) != topic:
            raise InvalidPayload(f"body: not one of {topic}")
        with untrusted_json.FieldErrors("body"):
            return _demand(topic, _DemandBody.model_validate(content))


def _topic_of(content: Mapping[str, Any]) -> str:
    if "orders_to_redact" in content:
        return CUSTOMER_REDACT
    if "orders_requested" in content or "data_request" in content:
        return DATA_REQUEST
    return SHOP_REDACT if content.keys() == _IDENTITY else ""


def _demand(topic: str, body: _DemandBody) -> PrivacyDemand:
    if topic == SHOP_REDACT:
        return PrivacyDemand(kind="erasure", scope="shop")
    erases, customer = topic == CUSTOMER_REDACT, body.customer
    orders = body.orders_to_redact if erases else body.orders_requested
    return PrivacyDemand(
        kind="erasure" if erases else "access",
        customer_id=str(customer.id) if customer.id else "",
        email=customer.email or "",
        phone=customer.phone or "",
        orders=tuple(str(one) for one in orders[:_MAX_ORDERS]),
    )
