"""Bodies and queries of the routes of orders."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from api.http.fields import SentDay, SentInstant
from api.http.problems import Problem
from domain.base import Frozen
from domain.clock import Instant, is_valid_window
from domain.journey.order_view import OrderView
from domain.model.consent import ConsentDecision
from domain.model.leg_data import RefundWay
from domain.model.order import Identifier
from domain.model.order_totals import Inconsistency
from domain.model.override import OrderOverrideRequest
from domain.model.parcel import LostParcelChoice
from domain.model.promise import Promise
from domain.model.shipment import PackedLine
from domain.model.state import Stage
from domain.text import IsText
from domain.tracking.commands.report_handover import HandoverStatus
from domain.tracking.views import ScanView
from services.orders.history import AuditListEntry, NoticeView
from services.orders.search import OrderCriteria
from services.orders.timeline import TimelineEntry
from services.paging import PageRequest


def invalid_body(found: Sequence[tuple[str, str] | Inconsistency]) -> Problem:
    """The problem of a body that is right in form and cannot be."""
    return Problem("invalid_body", errors=[_error(Inconsistency(*one)) for one in found])


def _error(found: Inconsistency) -> dict[str, object]:
    detail = _SENTENCES.get(found.code, found.code.replace("_", " ")).format(**found.details)
    error: dict[str, object] = {"pointer": found.pointer, "code": found.code, "detail": detail}
    return {**error, "details": found.details} if found.details else error


_SENTENCES = {
    "totals_do_not_match": "lines {lines} + shipping {shipping} + tip {tip} = {bill}, and the tenders are {tenders} "
    "({currency}, in minor units, tax included)",
    "tax_does_not_match": "the tax is {tax}, and what lines and shipping state of it is {of_lines_and_shipping} "
    "({currency}, in minor units)",
    "discount_too_large": "the discount is {discount}, and the lines come to {lines} ({currency}, in minor units)",
}


class PromiseInput(Frozen):
    """The delivery promise: a `day` at the destination, or an instant `at`."""

    day: SentDay | None = None
    """The promised day at the destination; of a window, its last day."""
    at: SentInstant | None = None
    """The promised instant; of a window, its end."""
    earliest_day: SentDay | None = None
    """The first day of a window."""
    earliest_at: SentInstant | None = None
    """The beginning of a window."""

    def promise(self) -> Promise:
        if (self.day is None) == (self.at is None):
            raise invalid_body([("exactly_one_of_day_and_at", "/promise")])
        if not is_valid_window(self.at, self.day, self.earliest_at, self.earliest_day):
            raise invalid_body([("window_does_not_fit", "/promise")])
        return Promise.model_validate(self.model_dump())


class NewParcel(Frozen):
    """Units handed to a carrier."""

    carrier: Identifier = "unknown"
    """The carrier's name; `unknown` where the shop does not know it."""
    tracking_number: Identifier | None = None
    """The carrier's number, in any spelling. Without one the parcel is never late or lost by itself, as letter mail."""
    shipped_on: SentDay | None = None
    """The day it left, if it is known."""
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    """What is in it; everything not yet shipped if left out."""
    promise: PromiseInput | None = None
    """What the customer was promised for this parcel; the order's promise if left out."""


class NewHandover(Frozen):
    """Goods that reach the customer without a parcel."""

    status: HandoverStatus
    """`ready` to be collected, `collected`, or `delivered` digitally."""
    lines: Annotated[tuple[PackedLine, ...], Field(max_length=200)] = ()
    """The units; all of them if left out."""


class DelayConsentRequest(Frozen):
    """A later date for what has not left, to which the customer may agree."""

    promise: PromiseInput
    """The later date."""
    deadline: SentInstant
    """Until when the customer may answer."""
    default_answer: ConsentDecision
    """The answer that holds if the customer gives none until `deadline`."""


class DelayConsentResponse(Frozen):
    """The customer's answer about a later date."""

    answer: ConsentDecision
    """Whether the customer waits or cancels what has not left."""


class NotReceivedReport(Frozen):
    """A customer's report that a delivered parcel is not there."""

    parcel: Annotated[str, Field(max_length=64)] | None = None
    """The parcel; may be left out where only one was delivered."""


class LostParcelResolution(Frozen):
    """What the customer wants for a parcel that is lost or came back."""

    choice: LostParcelChoice
    """To have it sent again, or a refund."""


class RefundChoiceRequest(Frozen):
    """How the customer gets money that came back on its way to them."""

    leg: Annotated[str, Field(max_length=128)]
    """The key of the payment that came back."""
    choice: RefundWay
    """Store credit at once, with the customer's consent, or another way, which a person of the shop pays."""


class NewLink(Frozen):
    """A link that opens one order for its customer."""

    hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72
    """How long the link opens the order."""


class CustomerLink(Frozen):
    """A bearer token that opens one order, for one customer, until it expires."""

    token: str
    """The token; sent as `Authorization: Bearer`."""
    expires_at: Instant
    """Until when it is good."""


class OrderQuery(Frozen):
    """How an order is read."""

    live: Literal["true", "false"] = "false"
    """`true` waits for the journey's newest state instead of the last committed one."""
    include: Literal["customer"] | None = None
    """`customer` adds the customer's name, e-mail, phone and language. It is for staff and the storefront."""


class PageQuery(Frozen):
    """Which page of a list."""

    cursor: str | None = None
    """`next` of the page before; the first page if left out."""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    """The most items of one page."""

    def page(self) -> PageRequest:
        """What the use case takes."""
        return PageRequest(self.limit, self.cursor)


SearchText = Annotated[str, Field(min_length=1, max_length=200), *IsText]


class OrderListQuery(PageQuery):
    """Which orders are wanted: those that match all that is given."""

    query: SearchText | None = None
    """The text of a search box: an order number, e-mail address, phone, name, tracking number, return number, drop-off code
    or payment."""
    stage: Stage | None = None
    """Only orders in that stage."""
    customer: Identifier | None = None
    """Only orders of that customer, by the merchant's own id."""
    number: SearchText | None = None
    """The order number, without case and `#`."""
    email: SearchText | None = None
    """The customer's e-mail address, without case."""
    phone: SearchText | None = None
    """The customer's phone; with its country (`+44…`), or its last seven digits or more."""
    name: SearchText | None = None
    """Words of the customer's name, whole ones, without case and accents, in Latin or their own letters."""
    tracking_number: SearchText | None = None
    """A parcel's number in any spelling."""
    return_number: SearchText | None = None
    """A return's number (`R-…`) or drop-off code."""
    payment: SearchText | None = None
    """The provider's id of a captured payment."""
    placed_from: SentInstant | None = None
    """Placed at that time or later; the list is then by the time of placing."""
    placed_until: SentInstant | None = None
    """Placed before that time; the list is then by the time of placing."""
    attention: Literal["true", "false"] | None = None
    """`true` for orders with an open question, `false` for those without."""
    include: Literal["customer"] | None = None
    """`customer` adds each customer's name, e-mail, phone and language."""

    def criteria(self) -> OrderCriteria:
        """What the use case takes."""
        fields = self.model_dump(exclude={"cursor", "limit", "customer", "attention", "include"})
        has_attention = None if self.attention is None else self.attention == "true"
        return OrderCriteria(**fields, customer_id=self.customer, has_attention=has_attention)


class OrderList(Frozen):
    """A page of orders, newest first."""

    items: tuple[OrderView, ...]
    """The orders of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class Timeline(Frozen):
    """A page of an order's timeline, the newest fact last."""

    items: tuple[TimelineEntry, ...]
    """The facts of this page."""
    next: str | None
    """The cursor of the next page; null on the last one."""


class AuditLines(Frozen):
    """A page of the audit log."""

    items: tuple[AuditListEntry, ...]
    """The lines of this page."""
    next: str | None
    """The cursor of the next page; null on the last one."""


class ScanList(Frozen):
    """A parcel's scans by their own time. There are hundreds at most, so they are not paged."""

    items: tuple[ScanView, ...]
    """The scans, oldest first."""
    next: None = None
    """Always null: all are here."""


class NoticeList(Frozen):
    """The notices of an order."""

    items: tuple[NoticeView, ...]
    """The notices, oldest first."""
    next: None = None
    """Always null: all are here."""


class OrderOverride(OrderOverrideRequest):
    """What an agent does to an order, and why."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """Why, in the agent's words; kept sealed in the audit."""
    wait: bool = False
    """With true, what pays money at once waits for the policy's `undo_seconds`: until then it can be taken back, as `planned` of
    the order says."""

    def request(self, expected_seq: int | None) -> OrderOverrideRequest:
        """What the use case takes, with that `expected_seq`."""
        fields = self.model_dump(exclude={"wait"})
        return OrderOverrideRequest.model_validate({**fields, "expected_seq": expected_seq})
