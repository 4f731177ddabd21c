"""What came of the replayed orders: read back from the API, and held against what the file says of rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

from demo.actions import Json
from demo.client import SandboxMerchant
from demo.runner import RunObservations
from demo.summary import counted, lead, settled_notices
from replay.rows import OrdersFile


@dataclass(frozen=True)
class ShopResult:
    """One shop after its play."""

    shop: SandboxMerchant
    observations: RunObservations


async def read_back(orders: OrdersFile, played: list[ShopResult]) -> Json:
    """Rows, orders, notices and how late orders were told of. Hours are whole hours before the promise broke."""
    views: list[Json] = []
    notices: dict[str, list[Json]] = {}
    for one in (
        played
    ):  # one shop after the other: the server has the cores of this machine to itself no more than we
        mine = await one.shop.list_all("agent", "/v1/orders")
        views += mine
        notices |= await settled_notices(one.shop, [view["order_id"] for view in mine])
    surprises = [surprise for one in played for surprise in one.observations.unexpected]
    at_the_door = {one["order"]: one["code"] for one in surprises if one["at"] == "PostOrder"}
    return {
        "replay": _replay(orders, played),
        "rows": _rows(orders, at_the_door),
        "orders": {
            "total": len(views),
            "by_stage": counted(Counter(view["stage"] for view in views)),
            "parcels": sum(len(view["parcels"]) for view in views),
            "presumed_lost": sum(any(p["lost_at"] for p in view["parcels"]) for view in views),
            "never_arrived": sum(_arrived(view) is None for view in views),
            "refunded": sum(view["refunded"]["minor"] > 0 for view in views),
        },
        "notices": _notices(notices.values()),
        "late": _late(views, notices),
        "unexpected": [one for one in surprises if one["order"] not in at_the_door],
    }


def _replay(orders: OrdersFile, played: list[ShopResult]) -> Json:
    webhooks = sum((one.observations.webhooks for one in played), Counter[str]())
    return {
        "merchants": [one.shop.name for one in played],
        "dates": orders.date_format.name,
        "with_handover": orders.with_handover,
        "webhooks": counted(webhooks),
    }


def _rows(orders: OrdersFile, at_the_door: dict[str, str]) -> Json:
    """`odd`: rows that were played although something about them is odd, by each of its names."""
    refused = Counter(row.reason for row in orders.refused)
    refused.update(f"by_the_api:{code}" for code in at_the_door.values())
    accepted = [row for row in orders.rows if row.order not in at_the_door]
    return {
        "read": len(orders.rows) + len(orders.refused),
        "accepted": len(accepted),
        "by_status": counted(Counter(row.status for row in accepted)),
        "anomalies": counted(Counter(odd for row in accepted for odd in row.anomalies)),
        "refused": counted(refused),
    }


def _notices(lists: Iterable[list[Json]]) -> Json:
    everything = [notice for items in lists for notice in items]
    return {
        "sent": sum(notice["status"] == "sent" for notice in everything),
        "by_kind": counted(Counter(one["kind"] for one in everything if one["status"] == "sent")),
        "not_sent": counted(Counter(one["status"] for one in everything if one["status"] != "sent")),
        "delay_reasons": counted(Counter(one["details"]["reason"] for one in everything if _is_delay(one))),
    }


def _late(views: list[Json], notices: dict[str, list[Json]]) -> Json:
    """Orders that came after their promise, and what their customers knew; `false_alarms` came in time though told late."""
    told = {order: first for order, items in notices.items() if (first := _first_delay(items)) is not None}
    late = [view["order_id"] for view in views if (at := _arrived(view)) and at >= _due(view)]
    in_time = [view["order_id"] for view in views if (at := _arrived(view)) and at < _due(view)]
    never = [view["order_id"] for view in views if _arrived(view) is None and view["stage"] != "cancelled"]
    hours = [lead(told[order]) for order in late if order in told]
    before = [lead_ for lead_ in hours if lead_ >= 0]
    return {
        "orders": len(late),
        "notified_before": len(before),
        "notified_after": len(hours) - len(before),
        "not_notified": len(late) - len(hours),
        "hours_before": _spread(before),
        "in_time": len(in_time),
        "false_alarms": sum(order in told for order in in_time),
        "never_arrived_and_notified": sum(order in told for order in never),
        "never_arrived": len(never),
    }


def _spread(hours: list[int]) -> Json | None:
    """Least, quartiles and most."""
    if not hours:
        return None
    first, middle, third = (round(at, 1) for at in _quarters(hours))
    return {"least": min(hours), "quartile": first, "median": middle, "upper": third, "most": max(hours)}


def _quarters(hours: list[int]) -> list[float]:
    return quantiles(hours, n=4, method="inclusive") if len(hours) > 1 else [float(hours[0])] * 3


def _first_delay(items: list[Json]) -> Json | None:
    sent = [one for one in items if _is_delay(one)]
    return min(sent, key=lambda one: datetime.fromisoformat(one["sent_at"]), default=None)


def _is_delay(notice: Json) -> bool:
    return bool(notice["kind"] == "delayed" and notice["status"] == "sent")


def _arrived(view: Json) -> datetime | None:
    """When the last parcel came; None while one did not, or there is none."""
    times = [parcel["delivered_at"] for parcel in view["parcels"]]
    if not times or None in times:
        return None
    return max(datetime.fromisoformat(at) for at in times)


def _due(view: Json) -> datetime:
    return datetime.fromisoformat(view["due"])
