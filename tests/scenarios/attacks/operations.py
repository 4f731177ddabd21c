"""Every operation with a body that is right, so that nothing else is refused first."""

from typing import Any

from api.app import ENDPOINTS
from api.http.endpoint import Endpoint
from domain.actors import Role
from tests.scenarios.helpers import gbp
from tests.scenarios.test_tenants import BODIES as NAMING_BODIES

KEYED = [it for it in ENDPOINTS if it.roles]
_BODIES: dict[str, Any] = {
    **NAMING_BODIES,
    "POST /v1/orders": {
        "order_id": "#matrix",
        "placed_at": "2026-03-02T08:00:00Z",
        "currency": "GBP",
        "customer": {"customer_id": "c-matrix", "name": "Ada", "email": "ada@example.org"},
        "destination": {"country": "GB", "zone": "Europe/London"},
        "promise": {"day": "2026-03-07"},
        "lines": [{"line_id": "1", "sku": "S", "title": "T", "quantity": 1, "unit_price": gbp(100)}],
        "shipping": gbp(0),
        "tenders": [{"tender_id": "t", "kind": "gift_card", "amount": gbp(100)}],
    },
    "POST /v1/merchants": {"merchant": "matrix", "name": "Matrix", "sandbox": True},
    "PUT /v1/merchants/{merchant}/webhook-secrets/{source}": {"secrets": []},
    "PUT /v1/merchants/{merchant}/carrier-account": {"source": "aftership", "key": "k"},
    "POST /v1/drop-offs/scans": {"code": "AAAA-AAAA", "location_id": "bar-7", "nonce": "n"},
    "POST /v1/customers/{customer}/credit/redemptions": {"reference": "r", "amount": gbp(1)},
    "POST /v1/webhook-endpoints": {"url": "http://127.0.0.1:9/"},
    "POST /v1/sandbox/clock": {"advance": "PT1S"},
    "PUT /v1/customers/{customer}/preferences": {
        "choices": [{"channel": "email", "topic": "delivery", "allowed": False}]
    },
    "PUT /v1/channels/{channel}": {"url": "mailbox:"},
}


def body_of(it: Endpoint) -> Any:
    """The body; None where the operation has none, or may go without."""
    if it.schemas.body is None or it.schemas.body_optional:
        return _BODIES.get(it.route)
    return _BODIES[it.route]


def role_for(it: Endpoint) -> Role:
    """A role of a merchant's keys that may call the operation."""
    return min(it.roles - {Role.ADMIN, Role.CUSTOMER}, key=lambda role: (role != Role.STOREFRONT, role))  # type: ignore[operator]
