"""Orders over the wire."""

from typing import Annotated, Literal

from pydantic import Field

from api.fields import SentDay, SentInstant
from api.problems import Problem
from domain.base import Fact
from domain.clock import Instant
from domain.commands.register_parcel import PackedLine
from domain.consents import Agreement
from domain.journey import Stage
from domain.money import Currency, Money
from domain.notices import Entry
from domain.orders import (
    Destination,
    Label,
    Name,
    OrderId,
    OrderLine,
    Tender,
)
from domain.overrides import OverrideOfOrder
from domain.promises import Promise
from domain.terms import Terms
from domain.views import Next, OrderView
from ports.storefronts import Buyer, Sale


def wrong(found: list[tuple[str, str]]) -> Problem:
    errors = [{"pointer": where, "code": code, "detail": code.replace("_", " ")} for code, where in found]
    return Problem("invalid_body", errors=errors)


class Customer(Fact):
    """Who bought it. Name and e-mail are sealed on arrival; `customer_id` becomes a pseudonym."""

    customer_id: Name
    name: Label
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class SentPromise(Fact):
    """The delivery promise: a `day` at the destination, or an instant `at`."""

    day: SentDay | None = None
    at: SentInstant | None = None

    def promise(self) -> Promise:
        if (self.day is None) == (self.at is None):
            raise wrong([("exactly_one_of_day_and_at", "/promise")])
        return Promise(day=self.day, at=self.at)


class NewOrder(Fact):
    """A paid order. Amounts are integer minor units with tax included; tenders sum to lines plus shipping."""

    order_id: OrderId
    placed_at: SentInstant
    currency: Currency
    customer: Customer
    destination: Destination
    promise: SentPromise
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]

    def sale(self) -> Sale:
        return Sale(
            order_id=self.order_id,
            placed_at=self.placed_at,
            currency=self.currency,
            buyer=Buyer(**self.customer.model_dump()),
            destination=self.destination,
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


class NoticeView(Fact):
    """A notice and what became of it. `sent_at` is business time; `text` is shown to agents only."""

    key: str
    kind: str
    subject: str
    status: str
    reason: str
    sent_at: Instant | None
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
