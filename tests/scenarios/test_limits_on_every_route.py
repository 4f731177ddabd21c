"""Walks every route that staff may call, with an agent who may move nothing alone: no money leaves by any of them (NEW-11)."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from api.app import ENDPOINTS
from domain.actors import Role
from domain.model.override import OrderOverrideKind, ReturnOverrideKind
from tests.scenarios.attacks.operations import body_of
from tests.scenarios.carrier_events import parcel_after_scans, shipped
from tests.scenarios.helpers import item
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.databases_in_turn

DUE = datetime.fromisoformat("2026-03-08T00:00:00+00:00")  # the end of the promised day in London
PAYING = {
    "POST /v1/orders/{order}/attention/closings",
    "POST /v1/orders/{order}/cancel",
    "POST /v1/orders/{order}/overrides",
    "POST /v1/orders/{order}/parcels/{parcel}/choice",
    "POST /v1/orders/{order}/removals",
    "POST /v1/orders/{order}/returns",
    "POST /v1/returns/{return}/overrides",
    "POST /v1/returns/{return}/receipts",
}
"""Routes that would pay in one of the situations below: each of them must have been refused there."""
_ENDING = {"refuse", "hold", "extend_code", "mark_delivered"}
"""Overrides after which a return or a lost parcel pays nothing, or not yet: the walk comes to them last."""


async def situations(shop: Shop) -> list[str]:
    """Orders in which a command can pay: lost, sent again, on a return in review or approved, arrived, placed."""
    lost, to_resend = [await shipped(shop) for _ in range(2)]
    for order, number in (lost, to_resend):
        await shop.scan(number, "in_transit")
        await parcel_after_scans(shop, order, 1)
    await shop.set_clock(DUE + timedelta(days=10))
    choice = f"/v1/orders/{to_resend[0]}/parcels/p1/choice"
    (await shop.call("POST", choice, {"choice": "resend"}, key="resend")).ok()
    in_review, approved, arrived = [await shop.delivered() for _ in range(3)]
    for order in (in_review, approved):
        assert (await shop.open(order, item(quantity=2))).status == 202
    [case] = (await shop.view(approved))["returns"]
    (await shop.override(f"returns/{case['return_id']}", "approve", role="senior_agent")).ok()
    return [lost[0], to_resend[0], in_review, approved, arrived, await shop.place()]


def requests_of(view: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Every change that an agent's key may ask for: route, method, path and body; those that end a return come last."""
    parcel = next((one["parcel"] for one in view["parcels"]), "p1")
    case = next((one["return_id"] for one in view["returns"]), "ret_x")
    names = {"order": view["order"], "return": case, "parcel": parcel}
    last = []
    for it in ENDPOINTS:
        if Role.AGENT not in it.roles or it.method == "GET" or not {"order", "return"} & {*it.path_names}:
            continue
        path = it.path.format_map({**dict.fromkeys(it.path_names, "x"), **names})
        for body, ends in bodies(it.route, view, parcel) or [
            (body_of(it), "/returns/{return}/cancel" in it.route)
        ]:
            request = (it.route, it.method, path, body)
            if ends:
                last.append(request)
            else:
                yield request
    yield from last


def bodies(route: str, view: dict[str, Any], parcel: str) -> list[tuple[Any, bool]]:
    """The bodies of a route that does many things, and whether a return has ended by one."""
    if route == "POST /v1/orders/{order}/overrides":
        kinds = [one for one in get_args(OrderOverrideKind) if one != "set_contents"]
        facts = {
            "mark_delivered": {"parcel": parcel},
            "mark_lost": {"parcel": parcel},
            "extend_window": {"days": 3},
        }
        return [({"override": one, "reason": "try", **facts.get(one, {})}, one in _ENDING) for one in kinds]
    if route == "POST /v1/returns/{return}/overrides":
        return [({"override": one, "reason": "try"}, one in _ENDING) for one in get_args(ReturnOverrideKind)]
    if route == "POST /v1/orders/{order}/attention/closings":
        asked = [(one["kind"], one["subject"]) for one in view["attention"]]
        return [({"kind": kind, "subject": subject, "reason": "try"}, False) for kind, subject in asked]
    return []


async def refused_routes(shop: Shop, order: str) -> set[str]:
    """The routes that asked for a second person. Nothing may have been paid, or planned to be, by any other."""
    refused, accepted = set(), []
    for route, method, path, body in requests_of(await shop.view(order)):
        answer = await shop.call(method, path, body, role="agent", key=secrets.token_hex(8))
        assert answer.status < 500, (route, answer.body)
        if answer.status == 422 and "approval_needed" in answer.reasons:
            refused.add(route)
        if answer.status < 300:
            accepted.append((route, body))
    view = await shop.view(order)
    assert (view["settlements"], view["planned"]) == ([], []), f"one of these pays past the gate: {accepted}"
    return refused


async def test_an_agent_who_may_move_nothing_alone_finds_no_route_that_pays(
    create_shop: Callable[..., Awaitable[Shop]],
) -> None:
    shop = await create_shop(second_approver={"agent": {"GBP": 0}}, review_above={"GBP": 1300})
    walks = [refused_routes(shop, order) for order in await situations(shop)]
    refused = set[str]().union(*await asyncio.gather(*walks))
    assert refused >= PAYING, f"not tried in any order in which it would pay: {sorted(PAYING - refused)}"
