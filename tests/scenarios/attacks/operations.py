"""Every operation with a body that is right, so that nothing else is refused first."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from api.app import ENDPOINTS
from api.http.endpoint import Endpoint
from domain.actors import Role
from tests.scenarios.helpers import gbp
from tests.scenarios.test_tenants import body_for

KEYED = [it for it in ENDPOINTS if it.roles]
_BODIES: dict[str, Any] = {
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
    """The body; None where the operation has none, or may go without. Made from its schema where none is written above."""
    written = _BODIES.get(it.route) or body_for(it)
    if it.schemas.body is None or (it.schemas.body_optional and written is None):
        return None
    schema = it.schemas.body.json_schema()
    body = written or _smallest(schema, schema.get("$defs", {}))
    it.schemas.body.validate_json(json.dumps(body), strict=True)
    return body


def _smallest(schema: Any, shared: Any) -> Any:
    """The least value that a JSON Schema allows, as far as patterns are none that text must follow."""
    if "$ref" in schema:
        return _smallest(shared[schema["$ref"].rpartition("/")[2]], shared)
    if "anyOf" in schema:
        return _smallest(schema["anyOf"][0], shared)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {name: _smallest(schema["properties"][name], shared) for name in needed}
        case "array":
            return [_smallest(schema["items"], shared)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    return {"date": "2026-03-02", "date-time": "2026-03-02T08:00:00Z"}.get(schema.get("format"), "aaaaaaaa")


def path_of(it: Endpoint, names: Mapping[str, str]) -> str:
    """The path with these names, and `x` for each other one; with the query that it cannot do without."""
    path = it.path.format_map({**dict.fromkeys(it.path_names, "x"), **names})
    schema = it.schemas.query.json_schema() if it.schemas.query else {}
    needed = _smallest({"type": "object", **schema}, schema.get("$defs", {}))
    return f"{path}?{urlencode(needed)}" if needed else path


def role_for(it: Endpoint) -> Role:
    """A role of a merchant's keys that may call the operation: the admin where no other may."""
    merchants = {*(it.roles or ())} - {Role.ADMIN, Role.CUSTOMER}
    return min(merchants, key=lambda role: (role != Role.STOREFRONT, role), default=Role.ADMIN)
