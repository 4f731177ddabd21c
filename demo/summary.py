"""The summary: read back from the API after the play, so that it says what is, not what was meant."""

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

_NOTICES_TIMEOUT = 20.0  # seconds for the last notices to leave
_MAX_CONCURRENT = 6


async def read_back(shop: SandboxMerchant, plan: DemoPlan, noted: RunObservations) -> Json:
    """Orders, notices, returns and money as the API has them; `demo` says what was played.

    Money is in minor units of the shop's currency, hours are whole hours before the promise broke.
    """
    views = await shop.list_all("agent", "/v1/orders")
    notices = await settled_notices(shop, [view["order_id"] for view in views])
    figures = await shop.get("finance", "/v1/reports/summary")
    returns = [found for view in views for found in view["returns"]]
    return {
        "demo": _demo(plan, noted),
        "orders": _orders(views),
        "notices": _notices(notices, figures),
        "returns": _returns(returns, notices, noted),
        "money": _money(views, returns, figures),
        "unexpected": noted.unexpected,
    }


def invariants(report: Mapping[str, Any]) -> Json:
    """What `verify` found: how many are broken, which, and how much was looked at."""
    found = [dict(one) for one in report.get("broken", ())]
    return {"broken": len(found), "found": found, "checked": dict(report.get("checked", {}))}


async def settled_notices(shop: SandboxMerchant, orders: Sequence[str]) -> dict[str, list[Json]]:
    """Every order's notices, once none of them is waiting to leave."""
    gate = asyncio.Semaphore(_MAX_CONCURRENT)

    async def of(order: str) -> list[Json]:
        async with gate:
            answer = await shop.get("agent", order_path(order, "/notices"))
        items: list[Json] = answer["items"]
        return items

    until = time.monotonic() + _NOTICES_TIMEOUT
    while True:
        lists = await asyncio.gather(*(of(order) for order in orders))
        waiting = any(notice["status"] == "queued" for items in lists for notice in items)
        if not waiting or time.monotonic() > until:
            return dict(zip(orders, lists, strict=True))
        await asyncio.sleep(0.2)


def _demo(plan: DemoPlan, noted: RunObservations) -> Json:
    timelines = Counter(timeline for order in plan.orders for timeline in order.timelines)
    return {
        "merchant": plan.merchant,
        "seed": plan.seed,
        "from": iso_utc(FIRST_INSTANT),
        "to": iso_utc(plan.ends),
        "scenarios": counted(Counter(order.scenario for order in plan.orders)),
        "timelines": counted(timelines),
        "webhooks": counted(noted.webhooks),
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
    """Some parcel came after the order's promise, or never."""
    due = datetime.fromisoformat(view["due"])
    return any(
        parcel["delivered_at"] is None or datetime.fromisoformat(parcel["delivered_at"]) > due
        for parcel in view["parcels"]
    )


def _notices(notices: dict[str, list[Json]], figures: Json) -> Json:
    everything = [notice for items in notices.values() for notice in items]
    delays = [
        {
            "order": order,
            "parcel": notice["subject"],
            "why": notice["details"]["reason"],
            "hours_before": lead(notice),
        }
        for order, items in notices.items()
        for notice in items
        if notice["kind"] == "delayed" and notice["status"] == "sent"
    ]
    hours = [delay["hours_before"] for delay in delays]
    return {
        "sent": sum(notice["status"] == "sent" for notice in everything),
        "by_kind": counted(Counter(notice["kind"] for notice in everything if notice["status"] == "sent")),
        "not_sent": counted(Counter(n["status"] for n in everything if n["status"] != "sent")),
        "delays": {
            "sent": figures["delays"]["sent"],
            "before_promise_broke": figures["delays"]["before_promise_broke"],
            "corrected": sum(notice["kind"] == "delay_corrected" for notice in everything),
            "hours_before": {"least": min(hours), "median": median(hours), "most": max(hours)}
            if hours
            else None,
            "each": sorted(delays, key=lambda delay: (delay["hours_before"], delay["order"])),
        },
    }


def lead(notice: Json) -> int:
    """Hours from the message to the moment at which the promise broke; negative when it came after."""
    due, sent = (datetime.fromisoformat(at) for at in (notice["details"]["due"], notice["sent_at"]))
    return int((due - sent).total_seconds() // 3600)


def _returns(returns: list[Json], notices: dict[str, list[Json]], noted: RunObservations) -> Json:
    kinds = Counter(notice["kind"] for items in notices.values() for notice in items)
    return {
        "total": len(returns),
        "by_outcome": counted(Counter(_outcome(one) for one in returns)),
        "by_mail": sum(one["method"] == "mail" for one in returns),
        "reviewed": kinds["return_in_review"],
        "overridden": sum(bool(one["waived"]) for one in returns),
        "refused_at_once": counted(noted.refused),
    }


def _outcome(one: Json) -> str:
    """What came of it, in one word: a settled one by how it was paid, any other by its status."""
    if one["status"] == "settled":
        return "refunded" if one["resolution"] == "refund" else "credited"
    return {"expired": "expired_unused"}.get(one["status"], str(one["status"]))


def _money(views: list[Json], returns: list[Json], figures: Json) -> Json:
    """`back`: principal of everything; `for_returns`: the part of it that returns brought; the ledger's own figures."""
    settled = [
        leg for one in returns for s in one["settlements"] for leg in s["legs"] if leg["status"] == "settled"
    ]
    [currency] = {view["captured"]["currency"] for view in views} or {""}
    return {
        "currency": currency,
        "captured": sum(view["captured"]["minor"] for view in views),
        "back": sum(view["refunded"]["minor"] for view in views),
        "for_returns": sum(leg["principal"]["minor"] for leg in settled),
        "bonus": sum(leg["bonus"]["minor"] for leg in settled),
        "ledger": figures["money"].get(currency, {}),
    }


def counted(counter: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counter.items()))
