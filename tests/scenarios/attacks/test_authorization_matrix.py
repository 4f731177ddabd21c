"""Every operation by every holder, on what is theirs, another merchant's and nobody's: generated from the endpoints."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from api.http.endpoint import Endpoint
from domain.actors import Role
from tests.scenarios.attacks.operations import KEYED, body_of, path_of
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

ROLES = [Role.STOREFRONT, Role.AGENT, Role.SENIOR_AGENT, Role.WAREHOUSE, Role.PARTNER, Role.FINANCE]
UNKNOWN = {
    "order": "ord_" + "a" * 26,
    "return": "ret_nobodys",
    "endpoint": "whe_nobodys",
    "delivery": "999999999",
    "customer": "c-nobodys",
}
SHARED = {
    "consent": "1",
    "dispute": "dsp_1",
    "claim": "clw_1",
    "parcel": "p1",
    "channel": "sms",
    "source": "generic",
}  # names that all merchants have
TARGETS = ("own", "foreign", "unknown")


@dataclass(frozen=True)
class Holder:
    """Somebody with a bearer key. `role`: None for a key that is none."""

    name: str
    role: Role | None
    bearer: str
    platform: bool = False


async def objects_of(shop: Shop) -> dict[str, str]:
    """One of each kind that a path may name."""
    body = await shop.order_body()
    order: str = (await shop.call("POST", "/v1/orders", body)).ok()["order"]
    await shop.scan(await shop.ship(order), "delivered")
    await shop.until(order, lambda view: view["stage"] == "delivered")
    opened = (await shop.open(order, item())).ok()["return"]["return_id"]
    hook = (await shop.call("POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"})).ok()
    (delivery,) = shop.deployment.rows("SELECT max(id) FROM inbox WHERE merchant = ?", shop.name)[0]
    return {
        "order": order,
        "return": opened,
        "endpoint": hook["endpoint"],
        "delivery": str(delivery),
        "customer": body["customer"]["customer_id"],
        "merchant": shop.name,
    }


async def holders(shop: Shop, order: str) -> list[Holder]:
    link = (await shop.call("POST", f"/v1/orders/{order}/customer-links")).ok()["token"]
    return [
        *(Holder(role, role, shop.keys[role]) for role in ROLES),
        Holder("customer", Role.CUSTOMER, link),
        Holder("platform", Role.ADMIN, shop.deployment.admin_key, platform=True),
        Holder("nobody", None, "smot_" + "A" * 43),
    ]


async def request(shop: Shop, it: Endpoint, holder: Holder, names: Mapping[str, str]) -> ApiResponse:
    path = path_of(it, {**SHARED, **names})
    return await shop.call(it.method, path, body_of(it), token=holder.bearer, key=secrets.token_hex(8))


def without_names(answer: ApiResponse, names: Mapping[str, str]) -> tuple[int, str]:
    """The answer, with the names that were in the path left out of it."""
    text = answer.body.decode("latin-1") if isinstance(answer.body, bytes) else json.dumps(answer.body)
    for name in names.values():
        text = re.sub(rf"\b{re.escape(name)}\b", "*", text)
    if answer.status == 201 and isinstance(answer.body, dict) and "token" in answer.body:
        text = ", ".join(sorted(answer.body))  # a signed link: it is another one each time
    return answer.status, text


def assert_answers(it: Endpoint, holder: Holder, answers: Mapping[str, ApiResponse], shown: Any) -> None:
    what = f"{it.route} by {holder.name}: { ({one: answers[one].status for one in answers}) }"
    statuses = {target: answer.status for target, answer in answers.items()}
    assert max(statuses.values()) < 500, what
    assert 429 not in statuses.values(), what
    if holder.role is None:
        assert set(statuses.values()) == {401}, what
    elif holder.role not in it.roles:
        assert set(statuses.values()) == {403}, what
        assert len({shown[target] for target in shown}) == 1, what
    elif holder.platform and "{merchant}" not in it.path and it.path != "/v1/merchants":
        assert set(statuses.values()) == {403}, f"{what}: it belongs to no merchant"
    else:
        assert statuses.get("own") not in (401, 403), what
        if not holder.platform:
            assert shown.get("foreign") == shown.get("unknown"), what


def targets_of(it: Endpoint, own: Mapping[str, str], foreign: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The names of each target; only the own one where the path names nothing that belongs to anybody."""
    if not {*it.path_names} & {*UNKNOWN, "merchant"}:
        return {"own": {}}
    unknown = {**UNKNOWN, "merchant": "nobodys"}
    named = {"own": own, "foreign": foreign, "unknown": unknown}
    return {
        target: {name: names[name] for name in names if name in it.path_names}
        for target, names in named.items()
    }


async def test_every_operation_by_every_holder_on_own_foreign_and_unknown(
    shop: Shop, create_shop: Any
) -> None:
    other = await create_shop()
    own, foreign = await objects_of(shop), await objects_of(other)
    everybody = await holders(shop, own["order"])
    before = await other.view(foreign["order"])
    hook = (await other.call("GET", f"/v1/webhook-endpoints/{foreign['endpoint']}")).ok().body
    for it in KEYED:
        for holder in everybody:
            if "revoke" in it.name and holder.role in it.roles and not holder.platform:
                continue  # it would end the link with which the other operations are tried
            named = targets_of(it, own, foreign)
            answers = {target: await request(shop, it, holder, names) for target, names in named.items()}
            shown = {target: without_names(answers[target], names) for target, names in named.items()}
            assert_answers(it, holder, answers, shown)
    assert await other.view(foreign["order"]) == before
    kept = (await other.call("GET", f"/v1/webhook-endpoints/{foreign['endpoint']}")).ok()
    assert [kept[name] for name in ("url", "status", "events")] == [
        hook[name] for name in ("url", "status", "events")
    ]
    assert (await other.call("GET", f"/v1/returns/{foreign['return']}")).ok()["return"][
        "status"
    ] == "authorized"
