"""The summary of a replay, read from the API at the end and compared with the rows of the file."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from statistics import quantiles

from demo.actions import Json
from demo.summary import counted, lead, settled_notices
from replay.rows import OrdersFile
from replay.shops import ShopResult


async def read_back(orders: OrdersFile, shops: list[ShopResult]) -> Json:
    """Rows, orders, notices, and notices of late orders. Hours are whole hours before the promise broke."""
    views: list[Json] = []
    notices: dict[str, list[Json]] = {}
    for each in shops:  # one after the other: client and server share the cores of this machine
        of_shop = await each.shop.list_all("agent", "/v1/orders")
        views += of_shop
        notices |= await settled_notices(each.shop, [view["order_id"] for view in of_shop])
    unexpected = [problem for each in shops for problem in each.observations.unexpected]
    refused = {
        problem["order"]: problem["code"] for problem in unexpected if problem["action"] == "PostOrder"
    }
    return {
        "replay": _replay(orders, shops),
        "rows": _rows(orders, refused),
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
        "unexpected": [problem for problem in unexpected if problem["order"] not in refused],
    }


def _replay(orders: OrdersFile, shops: list[ShopResult]) -> Json:
    webhooks = sum((each.observations.webhooks for each in shops), Counter[str]())
    return {
        "merchants": [each.shop.name for each in shops],
        "dates": orders.date_format.name,
        "with_handover": orders.with_handover,
        "webhooks": counted(webhooks),
    }


def _rows(orders: OrdersFile, refused_by_api: dict[str, str]) -> Json:
    """`anomalies`: accepted rows by the name of each anomaly."""
    refused = Counter(row.reason for row in orders.refused)
    refused.update(f"by_the_api:{code}" for code in refused_by_api.values())
    accepted = [row for row in orders.rows if row.order not in refused_by_api]
    return {
        "read": len(orders.rows) + len(orders.refused),
        "accepted": len(accepted),
        "by_status": counted(Counter(row.status for row in accepted)),
        "anomalies": counted(Counter(anomaly for row in accepted for anomaly in row.anomalies)),
        "refused": counted(refused),
    }


def _notices(lists: Iterable[list[Json]]) -> Json:
    notices = [notice for items in lists for notice in items]
    return {
        "sent": sum(notice["status"] == "sent" for notice in notices),
        "by_kind": counted(Counter(each["kind"] for each in notices if each["status"] == "sent")),
        "not_sent": counted(Counter(each["status"] for each in notices if each["status"] != "sent")),
        "delay_reasons": counted(Counter(each["details"]["reason"] for each in notices if _is_delay(each))),
    }


def _late(views: list[Json], notices: dict[str, list[Json]]) -> Json:
    """Late orders, and when their customers were notified. `false_alarms`: orders in time with a delay notice."""
    notified = {
        order: first for order, items in notices.items() if (first := _first_delay(items)) is not None
    }
    late = [view["order_id"] for view in views if (at := _arrived(view)) and at >= _due(view)]
    in_time = [view["order_id"] for view in views if (at := _arrived(view)) and at < _due(view)]
    never = [view["order_id"] for view in views if _arrived(view) is None and view["stage"] != "cancelled"]
    hours = [lead(notified[order]) for order in late if order in notified]
    before = [each for each in hours if each >= 0]
    return {
        "orders": len(late),
        "notified_before": len(before),
        "notified_after": len(hours) - len(before),
        "not_notified": len(late) - len(hours),
        "hours_before": _spread(before),
        "in_time": len(in_time),
        "false_alarms": sum(order in notified for order in in_time),
        "never_arrived_and_notified": sum(order in notified for order in never),
        "never_arrived": len(never),
    }


def _spread(hours: list[int]) -> Json | None:
    """Minimum, quartiles and maximum."""
    if not hours:
        return None
    first, middle, third = (round(at, 1) for at in _quarters(hours))
    return {
        "min": min(hours),
        "lower_quartile": first,
        "median": middle,
        "upper_quartile": third,
        "max": max(hours),
    }


def _quarters(hours: list[int]) -> list[float]:
    return quantiles(hours, n=4, method="inclusive") if len(hours) > 1 else [float(hours[0])] * 3


def _first_delay(items: list[Json]) -> Json | None:
    sent = [notice for notice in items if _is_delay(notice)]
    return min(sent, key=lambda notice: datetime.fromisoformat(notice["sent_at"]), default=None)


def _is_delay(notice: Json) -> bool:
    return bool(notice["kind"] == "delayed" and notice["status"] == "sent")


def _arrived(view: Json) -> datetime | None:
    """When the last parcel arrived; None while one has not, or when there is none."""
    times = [parcel["delivered_at"] for parcel in view["parcels"]]
    if not times or None in times:
        return None
    return max(datetime.fromisoformat(at) for at in times)


def _due(view: Json) -> datetime:
    return datetime.fromisoformat(view["due"])
