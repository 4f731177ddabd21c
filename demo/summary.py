"""The summary of the demo, read from the API at the end, so that it shows results and not the plan."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from demo.actions import Json
from demo.calendar import FIRST_INSTANT, iso_utc
from demo.client import SandboxMerchant, order_path
from demo.plan import DemoPlan
from demo.runner import RunObservations

_NOTICES_TIMEOUT = 20.0  # seconds until the last notices should be sent
_MAX_CONCURRENT = 6


async def read_back(shop: SandboxMerchant, plan: DemoPlan, observations: RunObservations) -> Json:
    """Orders, notices, returns and money as the API shows them; `demo` describes the plan.

    Money is in minor units of the shop's currency, hours are whole hours before the promise broke.
    """
    views = await shop.list_all("agent", "/v1/orders")
    notices = await settled_notices(shop, [view["order_id"] for view in views])
    report = await shop.get("finance", "/v1/reports/summary")
    returns = [each for view in views for each in view["returns"]]
    return {
        "demo": _demo(plan, observations),
        "orders": _orders(views),
        "notices": _notices(notices, report),
        "returns": _returns(returns, notices, observations),
        "money": _money(views, returns, report),
        "unexpected": observations.unexpected,
    }


def invariants(report: Mapping[str, Any]) -> Json:
    """The report of `smot verify`: how many invariants are broken, which, and how much was checked."""
    found = [dict(broken) for broken in report.get("broken", ())]
    return {"broken": len(found), "found": found, "checked": dict(report.get("checked", {}))}


async def settled_notices(shop: SandboxMerchant, orders: Sequence[str]) -> dict[str, list[Json]]:
    """The notices of each order, once none is queued any more."""
    gate = asyncio.Semaphore(_MAX_CONCURRENT)

    async def notices_of(order: str) -> list[Json]:
        async with gate:
            response = await shop.get("agent", order_path(order, "/notices"))
        items: list[Json] = response["items"]
        return items

    deadline = time.monotonic() + _NOTICES_TIMEOUT
    while True:
        lists = await asyncio.gather(*(notices_of(order) for order in orders))
        queued = any(notice["status"] == "queued" for items in lists for notice in items)
        if not queued or time.monotonic() > deadline:
            return dict(zip(orders, lists, strict=True))
        await asyncio.sleep(0.2)


def _demo(plan: DemoPlan, observations: RunObservations) -> Json:
    timelines = Counter(timeline for order in plan.orders for timeline in order.timelines)
    return {
        "merchant": plan.merchant,
        "seed": plan.seed,
        "from": iso_utc(FIRST_INSTANT),
        "to": iso_utc(plan.ends),
        "scenarios": counted(Counter(order.scenario for order in plan.orders)),
        "timelines": counted(timelines),
        "webhooks": counted(observations.webhooks),
    }


def _orders(views: list[Json]) -> Json:
    late = sum(_late(view) for view in views)
    return {
        "total": len(views),
        "by_stage": counted(Counter(view["stage"] for view in views)),
        "parcels": sum(len(view["parcels"]) for view in views),
        "late": late,
        "attention": sum(len(view["attention"]) for view in views),
    }


def _late(view: Json) -> bool:
    """A parcel was delivered after the order's promise, or never."""
    due = datetime.fromisoformat(view["due"])
    return any(
        parcel["delivered_at"] is None or datetime.fromisoformat(parcel["delivered_at"]) > due
        for parcel in view["parcels"]
    )


def _notices(notices: dict[str, list[Json]], report: Json) -> Json:
    all_notices = [notice for items in notices.values() for notice in items]
    delays = [
        {
            "order": order,
            "parcel": notice["subject"],
            "reason": notice["details"]["reason"],
            "hours_before": lead(notice),
        }
        for order, items in notices.items()
        for notice in items
        if notice["kind"] == "delayed" and notice["status"] == "sent"
    ]
    hours = [delay["hours_before"] for delay in delays]
    return {
        "sent": sum(notice["status"] == "sent" for notice in all_notices),
        "by_kind": counted(Counter(notice["kind"] for notice in all_notices if notice["status"] == "sent")),
        "not_sent": counted(Counter(n["status"] for n in all_notices if n["status"] != "sent")),
        "delays": {
            "sent": report["delays"]["sent"],
            "before_promise_broke": report["delays"]["before_promise_broke"],
            "corrected": sum(notice["kind"] == "delay_corrected" for notice in all_notices),
            "hours_before": {"min": min(hours), "median": median(hours), "max": max(hours)}
            if hours
            else None,
            "each": sorted(delays, key=lambda delay: (delay["hours_before"], delay["order"])),
        },
    }


def lead(notice: Json) -> int:
    """Hours from the notice to the end of the promise; negative when it was sent later."""
    due, sent = (datetime.fromisoformat(at) for at in (notice["details"]["due"], notice["sent_at"]))
    return int((due - sent).total_seconds() // 3600)


def _returns(returns: list[Json], notices: dict[str, list[Json]], observations: RunObservations) -> Json:
    kinds = Counter(notice["kind"] for items in notices.values() for notice in items)
    return {
        "total": len(returns),
        "by_outcome": counted(Counter(map(_outcome, returns))),
        "by_mail": sum(each["method"] == "mail" for each in returns),
        "reviewed": kinds["return_in_review"],
        "overridden": sum(bool(each["waived"]) for each in returns),
        "refused_at_once": counted(observations.refused),
    }


def _outcome(view: Json) -> str:
    """How the return ended: a settled one by its resolution, any other by its status."""
    if view["status"] == "settled":
        return "refunded" if view["resolution"] == "refund" else "credited"
    return {"expired": "expired_unused"}.get(view["status"], str(view["status"]))


def _money(views: list[Json], returns: list[Json], report: Json) -> Json:
    """`refunded`: principal of all refunds. `for_returns`: the part of it for returns. `ledger`: the figures of the ledger."""
    settled = [
        leg
        for view in returns
        for settlement in view["settlements"]
        for leg in settlement["legs"]
        if leg["status"] == "settled"
    ]
    [currency] = {view["captured"]["currency"] for view in views} or {""}
    return {
        "currency": currency,
        "captured": sum(view["captured"]["minor"] for view in views),
        "refunded": sum(view["refunded"]["minor"] for view in views),
        "for_returns": sum(leg["principal"]["minor"] for leg in settled),
        "bonus": sum(leg["bonus"]["minor"] for leg in settled),
        "ledger": report["money"].get(currency, {}),
    }


def counted(counter: Mapping[str, int]) -> dict[str, int]:
    """The counts in the order of their names."""
    return dict(sorted(counter.items()))
