"""Real orders as a play: what storefront and carriers say when, and where the clock of each shop stands then.

Time goes hour by hour of events: the clock stands at the last event of an hour when all of that hour is said, so that
nobody ever hears of what has not happened yet. Days end on the hour, so no promise breaks within one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo import tracking_history
from demo.actions import (
    DemoAction,
    Json,
    OrderPlan,
    PostCarrierWebhook,
    PostOrder,
    PostOrderCancellation,
    PostParcel,
    Step,
)
from demo.calendar import end_of_day, iso_utc
from demo.tracking_history import TimedScan, TrackingHistory
from replay.dates import hour_of
from replay.rows import ZONE, RecordedOrder

CARRIER = "Correios"
CURRENCY = "BRL"
PRICE = 10_000  # the files hold no prices: every order is one thing for 100 reais
SETTLE_PERIOD = timedelta(
    days=50
)  # by then everything of the default policy is over: windows, questions, payments, claims
_PICKED_UP = ("in_transit", "received_at_origin_facility", "Objeto postado")
_DELIVERED = ("delivered", "arrived_at_destination", "Objeto entregue ao destinatário")
_NO_LOCATION: dict[str, str | None] = {}


@dataclass(frozen=True)
class ShopPlan:
    """One shop's share: its merchant's name, where its clock begins, and its orders."""

    merchant: str
    begins: datetime
    orders: tuple[OrderPlan, ...]
    ends: datetime


def make(rows: Sequence[RecordedOrder], merchant: str, shops: int, seed: int) -> list[ShopPlan]:
    """The rows dealt to that many shops, each with a clock of its own. `merchant` begins every shop's name."""
    rnd = Random(f"smot-replay/{seed}")
    dealt: list[list[tuple[RecordedOrder, bool]]] = [[] for _ in range(min(shops, len(rows)))]
    for index, row in enumerate(sorted(rows, key=lambda row: (row.approved, row.number))):
        dealt[index % len(dealt)].append((row, rnd.random() < 0.5))
    return [_shop(f"{merchant}-{number}", share) for number, share in enumerate(dealt, 1)]


def _shop(merchant: str, share: list[tuple[RecordedOrder, bool]]) -> ShopPlan:
    events = [(list(_events(row, merchant, easypost)), row) for row, easypost in share]
    stands: dict[datetime, datetime] = {}
    for at, _ in (event for timed, _ in events for event in timed):
        stands[hour_of(at)] = max(at, stands.get(hour_of(at), at))
    orders = tuple(
        OrderPlan(
            order_id=row.order,
            scenario=row.status,
            returns="none",
            timelines=(),
            due=end_of_day(row.promised, ZONE),
            steps=tuple(Step(stands[hour_of(at)], action) for at, action in timed),
            rests_by=max(end_of_day(row.promised, ZONE), *(at for at, _ in timed)) + SETTLE_PERIOD,
        )
        for timed, row in events
    )
    return ShopPlan(merchant, min(stands.values()), orders, max(order.rests_by for order in orders))


def _events(row: RecordedOrder, merchant: str, easypost: bool) -> Iterator[tuple[datetime, DemoAction]]:
    """What happens with one order, in turn: nothing before it is approved, scans with their own times."""
    yield row.approved, _place(row, merchant)
    if row.status == "canceled" and not (row.handed_over or row.delivered):
        yield row.approved, PostOrderCancellation()  # the files do not say when
        return
    if not (row.handed_over or row.delivered or row.status == "shipped"):
        return
    heard = max(row.approved, row.handed_over or row.approved)
    yield heard, _ship(row)
    life = _tracking_history(row)
    for index, scan in enumerate(life.scans):
        heard = max(heard, scan.at)
        yield (
            heard,
            tracking_history.easypost_webhook(life, index, heard, None)
            if easypost
            else _generic(life, index, heard),
        )


def _tracking_history(row: RecordedOrder) -> TrackingHistory:
    scans = [
        TimedScan(at, *said, _NO_LOCATION)
        for at, said in ((row.handed_over, _PICKED_UP), (row.delivered, _DELIVERED))
        if at is not None
    ]
    return TrackingHistory(CARRIER, _number(row), tuple(scans), "recorded")


def _number(row: RecordedOrder) -> str:
    """A tracking number that no other parcel has; the files hold none."""
    return f"OL{row.number}"


def _generic(history: TrackingHistory, index: int, sent_at: datetime) -> PostCarrierWebhook:
    """One scan, as a sender of Standard Webhooks reports it."""
    scan = history.scans[index]
    status = "delivered" if scan.status == "delivered" else "picked_up"
    reported = {"at": iso_utc(scan.at), "status": status, "code": scan.status_detail}
    parcel = {"carrier": history.carrier, "tracking_number": history.number, "scans": [reported]}
    body: Json = {"type": "tracking.updated", "timestamp": iso_utc(sent_at), "data": {"parcels": [parcel]}}
    return PostCarrierWebhook("generic", f"msg_{history.number}_{index}", body)


def _ship(row: RecordedOrder) -> PostParcel:
    promise = {"day": row.promised.isoformat()}
    return PostParcel({"carrier": CARRIER, "tracking_number": _number(row), "promise": promise})


def _place(row: RecordedOrder, merchant: str) -> PostOrder:
    payment = f"pay_{merchant}-{row.number}"
    price = {"minor": PRICE, "currency": CURRENCY}
    body: Json = {
        "order_id": row.order,
        "placed_at": iso_utc(row.approved),
        "currency": CURRENCY,
        "customer": {"customer_id": row.customer, "name": "", "email": f"{row.number}@example.com"},
        "destination": {"country": "BR", "zone": ZONE},
        "promise": {"day": row.promised.isoformat()},
        "lines": [{"line_id": "1", "sku": "OLIST", "title": "Item", "quantity": 1, "unit_price": price}],
        "shipping": {"minor": 0, "currency": CURRENCY},
        "tenders": [{"tender_id": "card", "kind": "card", "amount": price, "payment": payment}],
    }
    return PostOrder(body, ({"payment": payment, "amount": PRICE, "currency": CURRENCY},))
