"""One order of the demo: its basket, its random generator, and the requests that the storefront sends for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from demo.actions import Json, PostOrder, PostParcel, Step
from demo.calendar import day_at, end_of_day, iso_utc
from demo.samples import Basket, Samples, Shape
from demo.tracking_history import TrackingHistory

CURRENCY = "GBP"
REVIEW_ABOVE = 5_000  # pence; the demo shop's own limit, since its baskets are small
WINDOW = timedelta(days=30)
_FREE_SHIPPING_FROM = 5_000
_SHIPPING = 395
_NAMES = ("Ada Brook", "Bo Lindqvist", "Chidi Okafor", "Dora Weiss", "Efe Yilmaz", "Fay Moreau", "Gus O’Hara")


@dataclass(frozen=True)
class DeliveryScenario:
    """What happens to the delivery of one order.

    - `promise`: the promised day.
    - `timelines`: per parcel `recorded` or `generated`.
    - `ends_at`: when its last step or default is over.
    - `webhook_received_at`: when the shop has received the last delivery scan; None if there is none.
    - `delivered_at`: the time of that scan, from which the return window is counted.
    """

    promise: date
    steps: tuple[Step, ...]
    timelines: tuple[str, ...]
    ends_at: datetime
    webhook_received_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class OrderScenario:
    """What the scenarios of one order choose from.

    `tag`: part of every name that must be unique to this run and order. `final_sale`: its first line is a final sale.
    """

    rnd: Random
    samples: Samples
    basket: Basket
    order_id: str
    tag: str
    placed: datetime
    final_sale: bool = False

    @property
    def zone(self) -> str:
        """The time zone of the order's destination."""
        return self.basket.zone

    def due(self, promise: date) -> datetime:
        """The instant at which the promise of that day is broken."""
        return end_of_day(promise, self.zone)

    def day(self, at: datetime) -> date:
        """The day at the destination."""
        return day_at(at, self.zone)

    def window_end(self, delivered_at: datetime) -> datetime:
        """The end of the return window."""
        return end_of_day(self.day(delivered_at) + WINDOW, self.zone)

    def number(self, parcel: int = 1) -> str:
        """A tracking number that no other parcel has."""
        return f"DEMO{self.tag}{parcel}".upper()

    def recorded_shape(self) -> Shape:
        """A recorded tracking history that ends in a delivery."""
        return self.rnd.choice([shape for shape in self.samples.shapes if shape.delivered])

    def any_shape(self) -> Shape:
        """Any recorded tracking history in which the parcel moved."""
        moved = [s for s in self.samples.shapes if any(scan.status == "in_transit" for scan in s.scans)]
        return self.rnd.choice(moved)


def ship_step(
    history: TrackingHistory, lines: list[str] | None, scenario: OrderScenario, promise: date | None = None
) -> Step:
    """The storefront registers the parcel when its label is printed. Without `lines` it holds everything."""
    body: Json = {
        "carrier": history.carrier,
        "tracking_number": history.number,
        "shipped_on": scenario.day(history.shipped_at).isoformat(),
    }
    if lines is not None:
        quantities = {str(number): line.quantity for number, line in enumerate(scenario.basket.lines, 1)}
        body["lines"] = [{"line_id": line, "quantity": quantities[line]} for line in lines]
    if promise is not None:
        body["promise"] = {"day": promise.isoformat()}
    return Step(history.shipped_at, PostParcel(body))


def place_step(scenario: OrderScenario, promise: date, pay_in_two: bool) -> Step:
    """The paid order: real lines, a generated customer, and a gift card as first tender if it is paid in two."""
    lines = _lines(scenario)
    shipping = 0 if scenario.basket.value >= _FREE_SHIPPING_FROM else _SHIPPING
    discount = sum(line.get("discount", {"minor": 0})["minor"] for line in lines)
    tenders, payments = _tenders(scenario, scenario.basket.value - discount + shipping, pay_in_two)
    body: Json = {
        "order_id": scenario.order_id,
        "placed_at": iso_utc(scenario.placed),
        "currency": CURRENCY,
        "customer": _customer(scenario),
        "destination": {"country": scenario.basket.country, "zone": scenario.zone, "postcode": ""},
        "promise": {"day": promise.isoformat()},
        "lines": lines,
        "shipping": money(shipping),
        "tenders": tenders,
    }
    return Step(scenario.placed, PostOrder(body, payments))


def _lines(scenario: OrderScenario) -> list[Json]:
    """The lines of the basket. Some small orders have a discount of 10 % on the first one."""
    small = not scenario.final_sale and scenario.basket.value <= REVIEW_ABOVE
    discounted = small and scenario.rnd.random() < 0.2
    lines: list[Json] = []
    for number, line in enumerate(scenario.basket.lines, 1):
        body: Json = {
            "line_id": str(number),
            "sku": line.sku,
            "title": line.title,
            "quantity": line.quantity,
            "unit_price": money(line.unit_price),
        }
        if discounted and number == 1:
            body["discount"] = money(line.quantity * line.unit_price // 10)
        if scenario.final_sale and number == 1:
            body["final_sale"] = True
        lines.append(body)
    return lines


def _tenders(scenario: OrderScenario, total: int, in_two: bool) -> tuple[list[Json], tuple[Json, ...]]:
    """The tenders of the order, and the payments that the provider captures for them."""
    gift = scenario.rnd.randint(1, total - 1) if in_two and total > 1 else 0
    payment = f"pay_{scenario.tag}"
    tenders: list[Json] = [{"tender_id": "gift", "kind": "gift_card", "amount": money(gift)}] if gift else []
    tenders.append({"tender_id": "card", "kind": "card", "amount": money(total - gift), "payment": payment})
    return tenders, ({"payment": payment, "amount": total - gift, "currency": CURRENCY},)


def _customer(scenario: OrderScenario) -> Json:
    name = scenario.rnd.choice(_NAMES)
    return {"customer_id": f"cus-{scenario.tag}", "name": name, "email": f"{scenario.tag}@example.com"}


def money(minor: int) -> Json:
    """An amount in the JSON form of the API."""
    return {"minor": minor, "currency": CURRENCY}
