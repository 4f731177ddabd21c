"""Bodies and queries of the routes of orders."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.http.fields import SentDay, SentInstant
from api.http.problems import Problem
from domain.base import Frozen
from domain.clock import Instant, is_valid_window
from domain.journey.order_view import OrderView
from domain.model.consent import ConsentDecision
from domain.model.notice import AuditEntry
from domain.model.order import Destination, Identifier, Label, Locale, MerchantOrderId, OrderLine, Tender
from domain.model.override import OrderOverrideRequest
from domain.model.parcel import LostParcelChoice
from domain.model.promise import Promise
from domain.model.shipment import PackedLine
from domain.model.state import Stage
from domain.money import Currency, Money
from domain.text import IsText
from domain.tracking.commands.report_handover import HandoverStatus
from domain.tracking.views import ScanView
from ports.storefronts import Buyer, Sale
from services.orders.history import NoticeView
from services.orders.search import OrderCriteria
from services.paging import PageRequest


def invalid_body(found: list[tuple[str, str]]) -> Problem:
    errors = [{"pointer": where, "code": code, "detail": code.replace("_", " ")} for code, where in found]
    return Problem("invalid_body", errors=errors)


class CustomerInput(Frozen):
    """The buyer. Name, e-mail and `phone` (E.164) are sealed on arrival; `customer_id` becomes a pseudonym.

    `locale`: their language, as BCP 47 (`de-AT`); English if it is unset or has no translation.
    A phone is used only once the customer agreed to a channel that needs it.
    """

    customer_id: Identifier
    name: Label
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    locale: Locale | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None


class PromiseInput(Frozen):
    """The delivery promise: a `day` at the destination, or an instant `at`.

    For a window, `earliest_day` or `earliest_at` is its beginning.
    """

    day: SentDay | None = None
    at: SentInstant | None = None
    earliest_day: SentDay | None = None
    earliest_at: SentInstant | None = None

    def promise(self) -> Promise:
        if (self.day is None) == (self.at is None):
            raise invalid_body([("exactly_one_of_day_and_at", "/promise")])
        if not is_valid_window(self.at, self.day, self.earliest_at, self.earliest_day):
            raise invalid_body([("window_does_not_fit", "/promise")])
        return Promise.model_validate(self.model_dump())


class NewOrder(Frozen):
    """A paid order. Amounts are integer minor units with tax included; tenders sum to lines plus shipping.

    `service`: the delivery service that was chosen. Without `promise` it decides the promise, by the merchant's policy.
    """

    order_id: MerchantOrderId
    placed_at: SentInstant
    currency: Currency
    customer: CustomerInput
    destination: Destination
    promise: PromiseInput | None = None
    service: Identifier | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=200)]
    shipping: Money
    tenders: Annotated[tuple[Tender, ...], Field(max_length=10)]

    def canonical_json(self) -> str:
        """The request in one form, so that the same order is told from another one.

        Optional fields that were added later are left out where they are unset, so that older orders stay the same.
        """
        unset: dict[str, Any] = {"destination": set() if self.destination.region else {"region"}}
        unset["customer"] = {name for name in ("locale", "phone") if getattr(self.customer, name) is None}
        if self.service is None:
            unset["service"] = True
        if self.promise is not None:
            window = {"earliest_day", "earliest_at"}
            unset["promise"] = {name for name in window if getattr(self.promise, name) is None}
        return self.model_dump_json(exclude=unset)

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


class NewParcel(Frozen):
    """Units handed to a carrier. Without `lines` it holds everything not yet shipped.

    Without `tracking_number` the parcel is not tracked, as letter mail: it is never late or lost by itself.
    """

    carrier: Identifier = "unknown"
    tracking_number: Identifier | None = None
    shipped_on: SentDay | None = None
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    promise: PromiseInput | None = None


class NewHandover(Frozen):
    """Goods without a parcel: `ready` to be collected, `collected`, or `delivered` digitally. Without `lines` all of them."""

    status: HandoverStatus
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()


class DelayConsentRequest(Frozen):
    """A later `promise` for what has not left. `deadline`: until when the customer may answer; then `default_answer` applies."""

    promise: PromiseInput
    deadline: SentInstant
    default_answer: ConsentDecision


class DelayConsentResponse(Frozen):
    answer: ConsentDecision


class NotReceivedReport(Frozen):
    """The parcel that was not received; may be left out where only one was delivered."""

    parcel: Annotated[str, Field(max_length=64)] | None = None


class LostParcelResolution(Frozen):
    """What the customer wants for a parcel that is lost or came back: to have it sent again, or a refund."""

    choice: LostParcelChoice


class NewLink(Frozen):
    """How long the customer's link opens the order, in hours."""

    hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72


class CustomerLink(Frozen):
    """A bearer token that opens one order, for one customer, until it expires."""

    token: str
    expires_at: Instant


class OrderQuery(Frozen):
    """What the order's view shows.

    live: `true` reads the journey itself instead of what it last wrote.
    include: `customer` adds the customer's name, e-mail, phone and language. It is for staff and the storefront.
    """

    live: Literal["true", "false"] = "false"
    include: Literal["customer"] | None = None


class PageQuery(Frozen):
    """`cursor`: `next` of the page before."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def page(self) -> PageRequest:
        """What the use case takes."""
        return PageRequest(self.limit, self.cursor)


SearchText = Annotated[str, Field(min_length=1, max_length=200), *IsText]


class OrderListQuery(PageQuery):
    """Which orders are wanted: those that match all that is given.

    query: the text of a search box: an order number, an e-mail address, a phone, a name, a tracking number, a return number
      or drop-off code, or a payment.
    stage: orders of that stage.
    customer: orders of that customer, by the merchant's own id.
    number: the order number, without case and `#`.
    email: the customer's e-mail address, without case.
    phone: the customer's phone; with its country (`+44…`), or its last seven digits or more.
    name: words of the customer's name, whole ones, without case and accents, in Latin or their own letters.
    tracking_number: a parcel's number in any spelling.
    return_number: a return's number (`R-…`) or drop-off code.
    payment: the provider's id of a captured payment.
    placed_from: placed at that time or later; the list is then by the time of placing.
    placed_until: placed before that time; the list is then by the time of placing.
    attention: `true` for orders with an open question, `false` for those without.
    include: `customer` adds each customer's name, e-mail, phone and language.
    """

    query: SearchText | None = None
    stage: Stage | None = None
    customer: Identifier | None = None
    number: SearchText | None = None
    email: SearchText | None = None
    phone: SearchText | None = None
    name: SearchText | None = None
    tracking_number: SearchText | None = None
    return_number: SearchText | None = None
    payment: SearchText | None = None
    placed_from: SentInstant | None = None
    placed_until: SentInstant | None = None
    attention: Literal["true", "false"] | None = None
    include: Literal["customer"] | None = None

    def criteria(self) -> OrderCriteria:
        """What the use case takes."""
        fields = self.model_dump(exclude={"cursor", "limit", "customer", "attention", "include"})
        has_attention = None if self.attention is None else self.attention == "true"
        return OrderCriteria(**fields, customer_id=self.customer, has_attention=has_attention)


class OrderList(Frozen):
    items: tuple[OrderView, ...]
    next: str | None


class Timeline(Frozen):
    items: tuple[AuditEntry, ...]
    next: str | None


class ScanList(Frozen):
    """A parcel's scans by their own time. There are hundreds at most, so they are not paged."""

    items: tuple[ScanView, ...]


class NoticeList(Frozen):
    items: tuple[NoticeView, ...]


class OrderOverride(OrderOverrideRequest):
    """What an agent does to an order, and why. `parcel` for mark_…, `leg` for …_step, `days` to extend.

    `set_contents` says which `lines` are in a `parcel` whose contents are not known.

    `expected_seq`: refuse if the order has changed since the agent read it.
    """

    reason: Annotated[str, Field(min_length=3, max_length=500)]

    def request(self, expected_seq: int | None) -> OrderOverrideRequest:
        """What the use case takes, with that `expected_seq`."""
        return OrderOverrideRequest.model_validate({**self.model_dump(), "expected_seq": expected_seq})
