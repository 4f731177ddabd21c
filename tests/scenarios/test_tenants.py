"""Resources of another shop and unknown ones get the same answer, at every address that names something."""

import re
from typing import Any

from api.app import ENDPOINTS
from api.description import recorded_examples
from api.http.endpoint import Endpoint
from domain.actors import Role
from tests.scenarios.helpers import item
from tests.scenarios.problem_assertions import problem
from tests.scenarios.shop import Shop

# The body where an address needs one: valid ones, so that nothing else is refused first.
BODIES: dict[str, Any] = {
    "POST /v1/orders/{order}/parcels": {"carrier": "UPS", "tracking_number": "1Z1"},
    "POST /v1/orders/{order}/overrides": {"override": "note", "reason": "looking"},
    "POST /v1/orders/{order}/handovers": {"status": "ready"},
    "POST /v1/orders/{order}/consents": {
        "promise": {"day": "2026-04-01"},
        "deadline": "2026-03-05T08:00:00Z",
        "default_answer": "wait",
    },
    "POST /v1/orders/{order}/consents/{consent}/answer": {"answer": "wait"},
    "POST /v1/orders/{order}/returns/quote": {"items": [item()]},
    "POST /v1/orders/{order}/returns": {"items": [item()], "resolution": "refund"},
    "POST /v1/returns/{return}/overrides": {"override": "hold", "reason": "looking"},
    "PATCH /v1/webhook-endpoints/{endpoint}": {"status": "paused"},
    "POST /v1/webhook-endpoints/{endpoint}/rotate": {"hours": 0},
    "POST /v1/webhook-endpoints/{endpoint}/replay": {"dead": True},
    "POST /v1/orders/{order}/parcels/{parcel}/choice": {"choice": "refund"},
    "POST /v1/orders/{order}/refunds/choice": {"leg": "return/ret_1/1/card/1", "choice": "store_credit"},
}
_RECORDED: dict[str, Any] = recorded_examples()
_NAMING = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.roles and re.search(r"\{(order|return|endpoint)\}", endpoint.path)
]


def body_for(endpoint: Endpoint) -> Any:
    """A body that the endpoint takes: the one that is written here, else the one that its recorded example sends."""
    if endpoint.route in BODIES or endpoint.schemas.body is None or endpoint.schemas.body_optional:
        return BODIES.get(endpoint.route)
    return _RECORDED.get(endpoint.name, {}).get("request")


async def test_resources_of_another_shop_are_not_found_at_any_address(shop: Shop, create_shop: Any) -> None:
    other_shop = await create_shop()
    order = await shop.delivered()
    existing = {
        "order": order,
        "return": (await shop.open(order, item())).ok()["return"]["return_id"],
        "endpoint": (await shop.call("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"})).ok()[
            "endpoint"
        ],
        "consent": "1",
        "parcel": "p1",
        "dispute": "dsp_1",
        "claim": "clw_1",
        "macro": "late",
        "plan": "plan_1",
        "letter": "1",
    }
    nobodys = {
        "order": "ord_nobodys",
        "return": "ret_nobodys",
        "endpoint": "whe_nobodys",
        "consent": "1",
        "parcel": "p1",
        "dispute": "dsp_1",
        "claim": "clw_1",
        "macro": "late",
        "plan": "plan_1",
        "letter": "1",
    }
    before = await shop.view(order)
    for one in _NAMING:
        role = min(one.roles - {Role.ADMIN, Role.CUSTOMER}, key=lambda role: role != Role.STOREFRONT)
        answers = [
            await other_shop.call(
                one.method,
                one.path.format_map(names),
                body_for(one),
                role=role,
                key=f"k{number}",
            )
            for number, names in enumerate((existing, nobodys))
        ]
        for answer in answers:
            problem(answer, 404, "not_found")
        assert answers[0].body == answers[1].body, one.route
    assert await shop.view(order) == before
    kept = (await shop.call("GET", f"/v1/webhook-endpoints/{existing['endpoint']}")).ok()
    assert kept["status"] == "active", "no other shop paused it"
