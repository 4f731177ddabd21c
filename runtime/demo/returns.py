"""The fates of a return. Each is a function of its scene and delivery: who asks, brings, decides and receives when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from runtime.demo.actions import (
    AskReturn,
    CallOffReturn,
    DropOff,
    Expected,
    Json,
    OverruleReturn,
    Receive,
    Step,
)
from runtime.demo.calendar import GRID, some_day
from runtime.demo.scene import REVIEW_ABOVE, Delivery, Scene

REF = "r1"
_POINTS = ("bar-old-market", "bar-station", "bar-harbour", "bar-university", "bar-mill-lane")
_BECAUSE = (
    "Loyal customer, one-time courtesy.",
    "The customer was in hospital.",
    "We had promised it on the phone.",
)
Steps = list[Step]


def _some(scene: Scene) -> list[Json]:
    """A few units whose value no agent has to look at."""
    rnd, left = scene.rnd, REVIEW_ABOVE
    lines = list(enumerate(scene.basket.lines, 1))[1 if scene.final_sale else 0 :]
    rnd.shuffle(lines)
    items: list[Json] = []
    for number, line in lines[: rnd.randint(1, len(lines))]:
        most = min(line.quantity, left // line.unit_price)
        if most >= 1:
            quantity = rnd.randint(1, most)
            left -= quantity * line.unit_price
            items.append({"line_id": str(number), "quantity": quantity})
    return items or _cheapest(scene)


def _cheapest(scene: Scene) -> list[Json]:
    lines = list(enumerate(scene.basket.lines, 1))[1 if scene.final_sale else 0 :]
    number, _ = min(lines, key=lambda numbered: numbered[1].unit_price)
    return [{"line_id": str(number), "quantity": 1}]


def _all(scene: Scene) -> list[Json]:
    return [{"line_id": str(n), "quantity": line.quantity} for n, line in enumerate(scene.basket.lines, 1)]


def _ask(
    scene: Scene,
    at: datetime,
    items: list[Json],
    resolution: Literal["refund", "store_credit"] = "refund",
    method: Literal["drop_off", "mail"] = "drop_off",
    expect: Expected = "accepted",
    refused_for: str = "",
) -> Step:
    """The customer asks, with one reason for all of it."""
    reason = scene.rnd.choice(("unwanted", "too_small", "too_big", "damaged", "wrong_item"))
    body: Json = {
        "items": [{**item, "reason": reason} for item in items],
        "resolution": resolution,
        "method": method,
    }
    return Step(at, AskReturn(REF, "customer", body, expect, refused_for))


def _opening(scene: Scene, delivery: Delivery) -> datetime:
    assert delivery.arrived is not None
    return some_day(scene.rnd, delivery.arrived, 1, 11)


def _brought(scene: Scene, after: datetime) -> Steps:
    """Dropped off within days, received at the warehouse some days later."""
    point, nonce = scene.rnd.choice(_POINTS), f"{scene.rnd.getrandbits(48):012x}"
    dropped = some_day(scene.rnd, after + GRID, 1, 5)
    received = some_day(scene.rnd, dropped + GRID, 2, 6)
    twice = scene.rnd.random() < 0.3
    return [Step(dropped, DropOff(REF, point, nonce, twice)), Step(received, Receive(REF, {}))]


def _overruled(scene: Scene, at: datetime, **body: object) -> Step:
    return Step(at, OverruleReturn(REF, "agent", {**body}))


def refunded(scene: Scene, delivery: Delivery) -> Steps:
    at = _opening(scene, delivery)
    return [_ask(scene, at, _some(scene)), *_brought(scene, at)]


def credited(scene: Scene, delivery: Delivery) -> Steps:
    """As store credit, which brings a bonus."""
    at = _opening(scene, delivery)
    return [_ask(scene, at, _some(scene), "store_credit"), *_brought(scene, at)]


def mailed(scene: Scene, delivery: Delivery) -> Steps:
    """By post: money leaves when the warehouse has it, in two parts where there is more than one unit."""
    at, items = _opening(scene, delivery), _some(scene)
    received = some_day(scene.rnd, at, 3, 8)
    steps = [_ask(scene, at, items, method="mail")]
    if sum(item["quantity"] for item in items) > 1:
        part = {"lines": [{"line_id": items[0]["line_id"], "quantity": 1}]}
        steps.append(Step(received, Receive(REF, part)))
        received = some_day(scene.rnd, received, 1, 3)
    return [*steps, Step(received, Receive(REF, {}))]


def refused_late(scene: Scene, delivery: Delivery) -> Steps:
    """Asked for after the window: refused at once, with the reason."""
    return [
        _ask(scene, _too_late(scene, delivery), _some(scene), expect="refused", refused_for="outside_window")
    ]


def refused_final_sale(scene: Scene, delivery: Delivery) -> Steps:
    """Asked for something that was sold for good."""
    at = _opening(scene, delivery)
    return [_ask(scene, at, [{"line_id": "1", "quantity": 1}], expect="refused", refused_for="final_sale")]


def _too_late(scene: Scene, delivery: Delivery) -> datetime:
    assert delivery.delivered_at is not None
    return some_day(scene.rnd, scene.window_end(delivery.delivered_at), 1, 4)


def overridden(scene: Scene, delivery: Delivery) -> Steps:
    """Refused to the customer because the window is over, then opened by an agent with a reason."""
    at, items = _too_late(scene, delivery), _some(scene)
    asked = _ask(scene, at, items, expect="refused", refused_for="outside_window")
    assert isinstance(asked.do, AskReturn)
    body = {**asked.do.body, "because": scene.rnd.choice(_BECAUSE)}
    opened = at + GRID
    return [asked, Step(opened, AskReturn(REF, "agent", body)), *_brought(scene, opened)]


def reviewed_approved(scene: Scene, delivery: Delivery) -> Steps:
    """Worth more than the shop's limit: an agent looks and approves."""
    at = _opening(scene, delivery)
    decided = at + GRID * scene.rnd.randint(1, 8)
    approve = _overruled(scene, decided, override="approve", because="Checked the order, all in order.")
    resolution: Literal["refund", "store_credit"] = scene.rnd.choice(("refund", "store_credit"))
    asked = _ask(scene, at, _all(scene), resolution, expect="needs_agent")
    return [asked, approve, *_brought(scene, decided)]


def reviewed_refused(scene: Scene, delivery: Delivery) -> Steps:
    at = _opening(scene, delivery)
    decided = at + GRID * scene.rnd.randint(1, 8)
    because = "The photos show worn goods."
    asked = _ask(scene, at, _all(scene), expect="needs_agent")
    return [asked, _overruled(scene, decided, override="refuse", because=because)]


def reviewed_by_nobody(scene: Scene, delivery: Delivery) -> Steps:
    """No agent comes in two days: the policy's default approves it."""
    at = _opening(scene, delivery)
    by_default = at + timedelta(hours=48)
    return [_ask(scene, at, _all(scene), expect="needs_agent"), *_brought(scene, by_default)]


def expired_unused(scene: Scene, delivery: Delivery) -> Steps:
    """The code is never used; after fourteen days the units are free again."""
    return [_ask(scene, _opening(scene, delivery), _some(scene))]


def cancelled(scene: Scene, delivery: Delivery) -> Steps:
    at = _opening(scene, delivery)
    return [_ask(scene, at, _some(scene)), Step(some_day(scene.rnd, at + GRID, 0, 3), CallOffReturn(REF))]


def held(scene: Scene, delivery: Delivery) -> Steps:
    """An agent holds the money, looks at the goods and releases it; sometimes as credit instead."""
    at = _opening(scene, delivery)
    hold = _overruled(scene, at + GRID, override="hold", days=20, because="Serial returner, look first.")
    dropped, received = _brought(scene, at + GRID)
    steps = [_ask(scene, at, _some(scene)), hold, dropped, received]
    released = some_day(scene.rnd, received.at, 0, 1)
    if scene.rnd.random() < 0.5:
        because = "The customer asked for credit."
        change = {"override": "change_resolution", "resolution": "store_credit", "because": because}
        steps.append(_overruled(scene, released, **change))
    return [*steps, _overruled(scene, released, override="release", because="Goods are fine.")]


def none(_: Scene, __: Delivery) -> Steps:
    """The customer keeps everything."""
    return []


RETURNS: dict[str, Callable[[Scene, Delivery], Steps]] = {
    "none": none,
    "refunded": refunded,
    "credited": credited,
    "mailed": mailed,
    "refused_late": refused_late,
    "refused_final_sale": refused_final_sale,
    "overridden": overridden,
    "reviewed_approved": reviewed_approved,
    "reviewed_refused": reviewed_refused,
    "reviewed_by_nobody": reviewed_by_nobody,
    "expired_unused": expired_unused,
    "cancelled": cancelled,
    "held": held,
}
REVIEWED = frozenset(name for name in RETURNS if name.startswith("reviewed"))
