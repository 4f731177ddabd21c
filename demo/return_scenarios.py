"""The return scenarios of the demo. Each is a function of the order and its delivery that returns the steps."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from demo.actions import (
    Expected,
    Json,
    PostDropOffScan,
    PostReceipt,
    PostReturn,
    PostReturnCancellation,
    PostReturnOverride,
    Step,
)
from demo.calendar import GRID, random_day
from demo.order_scenario import REVIEW_ABOVE, DeliveryScenario, OrderScenario

REF = "r1"
_LOCATION_IDS = ("bar-old-market", "bar-station", "bar-harbour", "bar-university", "bar-mill-lane")
_REASONS = (
    "Loyal customer, one-time courtesy.",
    "The customer was in hospital.",
    "We had promised it on the phone.",
)
Steps = list[Step]


def _some_items(scenario: OrderScenario) -> list[Json]:
    """A few units whose value is below the limit for a review."""
    rnd, left = scenario.rnd, REVIEW_ABOVE
    lines = list(enumerate(scenario.basket.lines, 1))[1 if scenario.final_sale else 0 :]
    rnd.shuffle(lines)
    items: list[Json] = []
    for number, line in lines[: rnd.randint(1, len(lines))]:
        most = min(line.quantity, left // line.unit_price)
        if most >= 1:
            quantity = rnd.randint(1, most)
            left -= quantity * line.unit_price
            items.append({"line_id": str(number), "quantity": quantity})
    return items or _cheapest(scenario)


def _cheapest(scenario: OrderScenario) -> list[Json]:
    lines = list(enumerate(scenario.basket.lines, 1))[1 if scenario.final_sale else 0 :]
    number, _ = min(lines, key=lambda numbered: numbered[1].unit_price)
    return [{"line_id": str(number), "quantity": 1}]


def _all_items(scenario: OrderScenario) -> list[Json]:
    return [{"line_id": str(n), "quantity": line.quantity} for n, line in enumerate(scenario.basket.lines, 1)]


@dataclass(frozen=True)
class _Variant:
    """What differs from a return for a refund by drop-off that is accepted."""

    resolution: Literal["refund", "store_credit"] = "refund"
    method: Literal["drop_off", "mail"] = "drop_off"
    expect: Expected = "accepted"
    refusal_code: str = ""


_ACCEPTED = _Variant()
_OUTSIDE_WINDOW = _Variant(expect="refused", refusal_code="outside_window")
_FINAL_SALE = _Variant(expect="refused", refusal_code="final_sale")
_IN_REVIEW = _Variant(expect="needs_agent")


def _return_request(
    scenario: OrderScenario, at: datetime, items: list[Json], variant: _Variant = _ACCEPTED
) -> Step:
    """The customer requests a return, with the same reason for all items."""
    reason = scenario.rnd.choice(("unwanted", "too_small", "too_big", "damaged", "wrong_item"))
    body: Json = {
        "items": [{**item, "reason": reason} for item in items],
        "resolution": variant.resolution,
        "method": variant.method,
    }
    return Step(at, PostReturn(REF, "customer", body, variant.expect, variant.refusal_code))


def _request_time(scenario: OrderScenario, delivery: DeliveryScenario) -> datetime:
    assert delivery.webhook_received_at is not None
    return random_day(scenario.rnd, delivery.webhook_received_at, 1, 11)


def _drop_off_and_receipt(scenario: OrderScenario, after: datetime) -> Steps:
    """Dropped off within days, received at the warehouse some days later."""
    location, nonce = scenario.rnd.choice(_LOCATION_IDS), f"{scenario.rnd.getrandbits(48):012x}"
    dropped = random_day(scenario.rnd, after + GRID, 1, 5)
    received = random_day(scenario.rnd, dropped + GRID, 2, 6)
    twice = scenario.rnd.random() < 0.3
    return [Step(dropped, PostDropOffScan(REF, location, nonce, twice)), Step(received, PostReceipt(REF, {}))]


def _override(scenario: OrderScenario, at: datetime, **body: object) -> Step:
    return Step(at, PostReturnOverride(REF, "agent", {**body}))


def refunded(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Dropped off, received and refunded."""
    at = _request_time(scenario, delivery)
    return [_return_request(scenario, at, _some_items(scenario)), *_drop_off_and_receipt(scenario, at)]


def credited(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Paid as store credit, which includes a bonus."""
    at = _request_time(scenario, delivery)
    return [
        _return_request(scenario, at, _some_items(scenario), _Variant(resolution="store_credit")),
        *_drop_off_and_receipt(scenario, at),
    ]


def mailed(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Sent by mail and refunded when received, in two receipts if there is more than one unit."""
    at, items = _request_time(scenario, delivery), _some_items(scenario)
    received = random_day(scenario.rnd, at, 3, 8)
    steps = [_return_request(scenario, at, items, _Variant(method="mail"))]
    if sum(item["quantity"] for item in items) > 1:
        part = {"lines": [{"line_id": items[0]["line_id"], "quantity": 1}]}
        steps.append(Step(received, PostReceipt(REF, part)))
        received = random_day(scenario.rnd, received, 1, 3)
    return [*steps, Step(received, PostReceipt(REF, {}))]


def refused_late(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Requested after the return window: refused at once."""
    at = _after_window(scenario, delivery)
    return [_return_request(scenario, at, _some_items(scenario), _OUTSIDE_WINDOW)]


def refused_final_sale(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Requested for a final sale: refused at once."""
    at = _request_time(scenario, delivery)
    return [_return_request(scenario, at, [{"line_id": "1", "quantity": 1}], _FINAL_SALE)]


def _after_window(scenario: OrderScenario, delivery: DeliveryScenario) -> datetime:
    assert delivery.delivered_at is not None
    return random_day(scenario.rnd, scenario.window_end(delivery.delivered_at), 1, 4)


def overridden(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Refused to the customer because the window is over, then opened by an agent with a reason."""
    at, items = _after_window(scenario, delivery), _some_items(scenario)
    request = _return_request(scenario, at, items, _OUTSIDE_WINDOW)
    assert isinstance(request.action, PostReturn)
    body = {**request.action.body, "reason": scenario.rnd.choice(_REASONS)}
    opened = at + GRID
    return [request, Step(opened, PostReturn(REF, "agent", body)), *_drop_off_and_receipt(scenario, opened)]


def reviewed_approved(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Worth more than the shop's limit: an agent reviews and approves it."""
    at = _request_time(scenario, delivery)
    decided = at + GRID * scenario.rnd.randint(1, 8)
    approve = _override(scenario, decided, override="approve", reason="Checked the order, all in order.")
    resolution: Literal["refund", "store_credit"] = scenario.rnd.choice(("refund", "store_credit"))
    request = _return_request(scenario, at, _all_items(scenario), replace(_IN_REVIEW, resolution=resolution))
    return [request, approve, *_drop_off_and_receipt(scenario, decided)]


def reviewed_refused(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Worth more than the shop's limit: an agent reviews and refuses it."""
    at = _request_time(scenario, delivery)
    decided = at + GRID * scenario.rnd.randint(1, 8)
    reason = "The photos show worn goods."
    request = _return_request(scenario, at, _all_items(scenario), _IN_REVIEW)
    return [request, _override(scenario, decided, override="refuse", reason=reason)]


def reviewed_by_default(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """No agent decides within two days, so the policy's default approves it."""
    at = _request_time(scenario, delivery)
    by_default = at + timedelta(hours=48)
    return [
        _return_request(scenario, at, _all_items(scenario), _IN_REVIEW),
        *_drop_off_and_receipt(scenario, by_default),
    ]


def expired_unused(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """The drop-off code is never used; after fourteen days the return expires."""
    return [_return_request(scenario, _request_time(scenario, delivery), _some_items(scenario))]


def cancelled(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """Opened, then cancelled by the customer."""
    at = _request_time(scenario, delivery)
    return [
        _return_request(scenario, at, _some_items(scenario)),
        Step(random_day(scenario.rnd, at + GRID, 0, 3), PostReturnCancellation(REF)),
    ]


def held(scenario: OrderScenario, delivery: DeliveryScenario) -> Steps:
    """An agent holds the refund, inspects the goods and releases it, sometimes as store credit instead."""
    at = _request_time(scenario, delivery)
    hold = _override(scenario, at + GRID, override="hold", days=20, reason="Serial returner, look first.")
    dropped, received = _drop_off_and_receipt(scenario, at + GRID)
    steps = [_return_request(scenario, at, _some_items(scenario)), hold, dropped, received]
    released = random_day(scenario.rnd, received.at, 0, 1)
    if scenario.rnd.random() < 0.5:
        reason = "The customer asked for credit."
        change = {"override": "change_resolution", "resolution": "store_credit", "reason": reason}
        steps.append(_override(scenario, released, **change))
    return [*steps, _override(scenario, released, override="release", reason="Goods are fine.")]


def none(_: OrderScenario, __: DeliveryScenario) -> Steps:
    """The customer keeps everything."""
    return []


RETURNS: dict[str, Callable[[OrderScenario, DeliveryScenario], Steps]] = {
    "none": none,
    "refunded": refunded,
    "credited": credited,
    "mailed": mailed,
    "refused_late": refused_late,
    "refused_final_sale": refused_final_sale,
    "overridden": overridden,
    "reviewed_approved": reviewed_approved,
    "reviewed_refused": reviewed_refused,
    "reviewed_by_default": reviewed_by_default,
    "expired_unused": expired_unused,
    "cancelled": cancelled,
    "held": held,
}
REVIEWED = frozenset(name for name in RETURNS if name.startswith("reviewed"))
