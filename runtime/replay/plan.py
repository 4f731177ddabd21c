"""Real orders as a play: what storefront and carriers say when, and where the clock of each shop stands then.

Time goes hour by hour of events: the clock stands at the last event of an hour when all of that hour is said, so that
nobody ever hears of what has not happened yet. Days end on the hour, so no promise breaks within one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from runtime.demo import lives
from runtime.demo.actions import Action, CallOffOrder, Json, OrderPlan, PlaceOrder, ShipParcel, Step, Tell
from runtime.demo.calendar import end_of_day, text
from runtime.demo.lives import Life, Scanned
from runtime.replay.dates import hour_of
from runtime.replay.rows import ZONE, Row

CARRIER = "Correios"
CURRENCY = "BRL"
PRICE = 10_000  # the files hold no prices: every order is one thing for 100 reais
REST = timedelta(
    days=50
)  # by then everything of the default policy is over: windows, questions, payments, claims
_PICKED_UP = ("in_transit", "received_at_origin_facility", "Objeto postado")
_DELIVERED = ("delivered", "arrived_at_destination", "Objeto entregue ao destinatário")
_NOWHERE: dict[str, str | None] = {}


@dataclass(frozen=True)
class ShopPlan:
    """One shop's share: its merchant's name, where its clock begins, and its orders."""

    merchant: str
    begins: datetime
    orders: tuple[OrderPlan, ...]
    ends: datetime


def make(rows: Sequence[Row], merchant: str, shops: int, seed: int) -> list[ShopPlan]:
    """The rows dealt to that many shops, each with a clock of its own. `merchant` begins every shop's name."""
    rnd = Random(f"smot-replay/{seed}")
    dealt: list[list[tuple[Row, bool]]] = [[] for _ in range(min(shops, len(rows)))]
    for index, row in enumerate(sorted(rows, key=lambda row: (row.approved, row.number))):
        dealt[index % len(dealt)].append((row, rnd.random() < 0.5))
    return [_shop(f"{merchant}-{number}", share) for number, share in enumerate(dealt, 1)]


def _shop(merchant: str, share: list[tuple[Row, bool]]) -> ShopPlan:
    events = [(list(_events(row, merchant, easypost)), row) for row, easypost in share]
    stands: dict[datetime, datetime] = {}
    for at, _ in (event for timed, _ in events for event in timed):
        stands[hour_of(at)] = max(at, stands.get(hour_of(at), at))
    orders = tuple(
        OrderPlan(
            order_id=row.order,
            story=row.status,
            returns="none",
            timelines=(),
            due=end_of_day(row.promised, ZONE),
            steps=tuple(Step(stands[hour_of(at)], action) for at, action in timed),
            rests_by=max(end_of_day(row.promised, ZONE), *(at for at, _ in timed)) + REST,
        )
        for timed, row in events
    )
    return ShopPlan(merchant, min(stands.values()), orders, max(order.rests_by for order in orders))


def _events(row: Row, merchant: str, easypost: bool) -> Iterator[tuple[datetime, Action]]:
    """What happens with one order, in turn: nothing before it is approved, scans with their own times."""
    yield row.approved, _place(row, merchant)
    if row.status == "canceled" and not (row.handed_over or row.delivered):
        yield row.approved, CallOffOrder()  # the files do not say when
        return
    if not (row.handed_over or row.delivered or row.status == "shipped"):
        return
    heard = max(row.approved, row.handed_over or row.approved)
    yield heard, _ship(row)
    life = _life(row)
    for index, scan in enumerate(life.scans):
        heard = max(heard, scan.at)
        yield heard, lives.easypost(life, index, heard, None) if easypost else _generic(life, index, heard)


def _life(row: Row) -> Life:
    scans = [
        Scanned(at, *said, _NOWHERE)
        for at, said in ((row.handed_over, _PICKED_UP), (row.delivered, _DELIVERED))
        if at is not None
    ]
    return Life(CARRIER, _number(row), tuple(scans), "recorded")


def _number(row: Row) -> str:
    """A tracking number that no other parcel has; the files hold none."""
    return f"OL{row.number}"


def _generic(life: Life, index: int, heard: datetime) -> Tell:
    """One scan, as a sender of Standard Webhooks reports it."""
    scan = life.scans[index]
    status = "delivered" if scan.status == "delivered" else "picked_up"
    reported = {"at": text(scan.at), "status": status, "code": scan.status_detail}
    parcel = {"carrier": life.carrier, "tracking_number": life.number, "scans": [reported]}
    body: Json = {"type": "tracking.updated", "timestamp": text(heard), "data": {"parcels": [parcel]}}
    return Tell("generic", f"msg_{life.number}_{index}", body)


def _ship(row: Row) -> ShipParcel:
    promise = {"day": row.promised.isoformat()}
    return ShipParcel({"carrier": CARRIER, "tracking_number": _number(row), "promise": promise})


def _place(row: Row, merchant: str) -> PlaceOrder:
    payment = f"pay_{merchant}-{row.number}"
    price = {"minor": PRICE, "currency": CURRENCY}
    body: Json = {
        "order_id": row.order,
        "placed_at": text(row.approved),
        "currency": CURRENCY,
        "customer": {"customer_id": row.customer, "name": "", "email": f"{row.number}@example.com"},
        "destination": {"country": "BR", "zone": ZONE},
        "promise": {"day": row.promised.isoformat()},
        "lines": [{"line_id": "1", "sku": "OLIST", "title": "Item", "quantity": 1, "unit_price": price}],
        "shipping": {"minor": 0, "currency": CURRENCY},
        "tenders": [{"tender_id": "card", "kind": "card", "amount": price, "payment": payment}],
    }
    return PlaceOrder(body, ({"payment": payment, "amount": PRICE, "currency": CURRENCY},))
