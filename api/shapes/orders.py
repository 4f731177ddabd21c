"""Orders over the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.fields import SentDay, SentInstant
from api.problems import Problem
from domain.base import Fact
from domain.clock import Instant, window_fits
from domain.commands.register_parcel import PackedLine
from domain.consents import Agreement
from domain.journey import Stage
from domain.money import Currency, Money
from domain.notices import Entry
from domain.orders import (
    Destination,
    Label,
    Locale,
    Name,
    OrderId,
    OrderLine,
    Tender,
)
from domain.overrides import OverrideOfOrder
from domain.parcel_views import ScanView
from domain.parcels import LostChoice
from domain.promises import Promise
from domain.terms import Terms
from domain.views import Next, OrderView
from ports.storefronts import Buyer, Sale


def wrong(found: list[tuple[str, str]]) -> Problem:
    errors = [{"pointer": where, "code": code, "detail": code.replace("_", " ")} for code, where in found]
    return Problem("invalid_body", errors=errors)


class Customer(Fact):
    """Who bought it. Name, e-mail and `phone` (E.164) are sealed on arrival; `customer_id` becomes a pseudonym.

    `locale`: the language they read, as BCP 47 has it (`de-AT`); unset or without a translation: English.
    A phone is used only once the customer agreed to a channel that needs it.
    """

    customer_id: Name
    name: Label
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    locale: Locale | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None


class SentPromise(Fact):
    """The delivery promise: a `day` at the destination, or an instant `at`.

    Where it is a window, `earliest_day` or `earliest_at` is its beginning.
    """

    day: SentDay | None = None
    at: SentInstant | None = None
    earliest_day: SentDay | None = None
    earliest_at: SentInstant | None = None

    def promise(self) -> Promise:
        if (self.day is None) == (self.at is None):
            raise wrong([("exactly_one_of_day_and_at", "/promise")])
        if not window_fits(self.at, self.day, self.earliest_at, self.earliest_day):
            raise wrong([("window_does_not_fit", "/promise")])
        return Promise.model_validate(self.model_dump())


class NewOrder(Fact):
    """A paid order. Amounts are integer minor units with tax included; tenders sum to lines plus shipping.

    `service`: the way of delivery that was chosen. Without `promise` it decides the promise, by the merchant's policy.
    """

    order_id: OrderId
    placed_at: SentInstant
    currency: Currency
    customer: Customer
    destination: Destination
    promise: SentPromise | None = None
    service: Name | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]

    def as_asked(self) -> str:
        """What was asked for, to tell the same order from another one.

        What could not be said yet when the first orders came is left out where it is not said: they are still the same.
        """
        unsaid: dict[str, Any] = {"destination": set() if self.destination.region else {"region"}}
        unsaid["customer"] = {name for name in ("locale", "phone") if getattr(self.customer, name) is None}
        if self.service is None:
            unsaid["service"] = True
        if self.promise is not None:
            window = {"earliest_day", "earliest_at"}
            unsaid["promise"] = {name for name in window if getattr(self.promise, name) is None}
        return self.model_dump_json(exclude=unsaid)

    def sale(self) -> Sale:
        return Sale(
            order_id=self.order_id,
            placed_at=self.placed_at,
            currency=self.currency,
            buyer=Buyer(**self.customer.model_dump()),
            destination=self.destination,
            service=self.service,
            lines=self.lines,
            shipping=self.shipping,
            tenders=self.tenders,
        )


class NewParcel(Fact):
    """Units handed to a carrier. Without `lines` everything not yet shipped is in it."""

    carrier: Name
    tracking_number: Name
    shipped_on: SentDay | None = None
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    promise: SentPromise | None = None


class NewConsent(Fact):
    """A later `promise` for what has not left. `deadline`: until when the customer may answer; then `if_silent` happens."""

    promise: SentPromise
    deadline: SentInstant
    if_silent: Agreement


class ConsentAnswer(Fact):
    answer: Agreement


class NotReceived(Fact):
    """Which parcel says delivered and is not there; it may be left out where only one was delivered."""

    parcel: Annotated[str, Field(max_length=64)] | None = None


class ForLost(Fact):
    """What the customer wants for a parcel that is lost or came back: have it sent again, or the money."""

    choice: LostChoice


class NewLink(Fact):
    """How long the customer's link opens the order, in hours."""

    hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72


class CustomerLink(Fact):
    """A bearer token that opens one order, for one customer, until it expires."""

    token: str
    expires_at: Instant


class OrderQuery(Fact):
    live: Literal["true", "false"] = "false"


class Page(Fact):
    """`cursor`: `next` of the page before."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class OrderPage(Page):
    """Only orders of that stage, or of that customer (the merchant's own id of them)."""

    stage: Stage | None = None
    customer: Name | None = None


class OrderList(Fact):
    items: tuple[OrderView, ...]
    next: str | None


class Timeline(Fact):
    items: tuple[Entry, ...]
    next: str | None


class ScanList(Fact):
    """What a carrier told of a parcel, by the scans' own time; a carrier tells hundreds, not thousands, so all at once."""

    items: tuple[ScanView, ...]


class NoticeView(Fact):
    """A notice and what became of it. `sent_at` and `held_until` are business time; `text` is shown to agents only.

    `channel`: by which it left. `message`: the id of the message it was part of.
    """

    key: str
    kind: str
    subject: str
    status: str
    reason: str
    sent_at: Instant | None
    held_until: Instant | None
    channel: str | None
    message: str | None
    facts: dict[str, str | int]
    subject_line: str | None
    text: str | None


class NoticeList(Fact):
    items: tuple[NoticeView, ...]


class Explanation(Fact):
    """Why the order stands as it does: its frozen terms, what it waits for, and everything decided so far."""

    terms: Terms
    rules_version: int
    waits: tuple[Next, ...]
    decisions: tuple[Entry, ...]


class OrderOverride(OverrideOfOrder):
    """What an agent does to an order, and why, in their own words. `parcel` for mark_…, `leg` for …_step, `days` to extend.

    `expected_seq`: refuse when the order has moved on since the agent looked.
    """

    because: Annotated[str, Field(min_length=3, max_length=500)]

    def carrying(self, because: str, expected_seq: int | None) -> OverrideOfOrder:
        """As the journey gets it: with the words sealed."""
        asked = {**self.model_dump(), "because": because, "expected_seq": expected_seq}
        return OverrideOfOrder.model_validate(asked)
