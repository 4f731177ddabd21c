"""Plans of real orders: the requests of storefront and carriers, and the time of the shop's clock for each.

All events of an hour are sent when the clock is at the last of them, so that no event is sent before its time. Days end on
the hour, so no promise breaks within one.
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
PRICE = 10_000  # the files have no prices: every order is one item for 100 reais
# After that everything of the default policy is over: return windows, questions to people, payments, claims.
SETTLE_PERIOD = timedelta(days=50)
_PICKED_UP = ("in_transit", "received_at_origin_facility", "Objeto postado")
_DELIVERED = ("delivered", "arrived_at_destination", "Objeto entregue ao destinatário")
_NO_LOCATION: dict[str, str | None] = {}


@dataclass(frozen=True)
class ShopPlan:
    """The orders of one shop. `begins`: the first time of its clock. `ends`: by then every order is at rest."""

    merchant: str
    begins: datetime
    orders: tuple[OrderPlan, ...]
    ends: datetime


def make(rows: Sequence[RecordedOrder], merchant: str, shops: int, seed: int) -> list[ShopPlan]:
    """The rows distributed to that many shops, each with a clock of its own. `merchant`: prefix of their names."""
    rnd = Random(f"smot-replay/{seed}")
    shares: list[list[tuple[RecordedOrder, bool]]] = [[] for _ in range(min(shops, len(rows)))]
    for index, row in enumerate(sorted(rows, key=lambda row: (row.approved, row.number))):
        shares[index % len(shares)].append((row, rnd.random() < 0.5))
    return [_shop(f"{merchant}-{number}", share) for number, share in enumerate(shares, 1)]


def _shop(merchant: str, share: list[tuple[RecordedOrder, bool]]) -> ShopPlan:
    events = [(list(_events(row, merchant, easypost)), row) for row, easypost in share]
    clock: dict[datetime, datetime] = {}  # per hour: its last event
    for at, _ in (event for timed, _ in events for event in timed):
        clock[hour_of(at)] = max(at, clock.get(hour_of(at), at))
    orders = tuple(
        OrderPlan(
            order_id=row.order,
            scenario=row.status,
            returns="none",
            timelines=(),
            due=end_of_day(row.promised, ZONE),
            steps=tuple(Step(clock[hour_of(at)], action) for at, action in timed),
            rests_by=max(end_of_day(row.promised, ZONE), *(at for at, _ in timed)) + SETTLE_PERIOD,
        )
        for timed, row in events
    )
    return ShopPlan(merchant, min(clock.values()), orders, max(order.rests_by for order in orders))


def _events(row: RecordedOrder, merchant: str, easypost: bool) -> Iterator[tuple[datetime, DemoAction]]:
    """The events of one order in turn. None is before its approval; scans keep their own times."""
    yield row.approved, _place(row, merchant)
    if row.status == "canceled" and not (row.handed_over or row.delivered):
        yield row.approved, PostOrderCancellation()  # the files do not say when
        return
    if not (row.handed_over or row.delivered or row.status == "shipped"):
        return
    sent_at = max(row.approved, row.handed_over or row.approved)
    yield sent_at, _ship(row)
    history = _tracking_history(row)
    for index, scan in enumerate(history.scans):
        sent_at = max(sent_at, scan.at)
        yield (
            sent_at,
            tracking_history.easypost_webhook(history, index, sent_at, None)
            if easypost
            else _generic(history, index, sent_at),
        )


def _tracking_history(row: RecordedOrder) -> TrackingHistory:
    scans = [
        TimedScan(at, *scan, _NO_LOCATION)
        for at, scan in ((row.handed_over, _PICKED_UP), (row.delivered, _DELIVERED))
        if at is not None
    ]
    return TrackingHistory(CARRIER, _number(row), tuple(scans), "recorded")


def _number(row: RecordedOrder) -> str:
    """A unique tracking number; the files have none."""
    return f"OL{row.number}"


def _generic(history: TrackingHistory, index: int, sent_at: datetime) -> PostCarrierWebhook:
    """A webhook with one scan, in the generic form."""
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
