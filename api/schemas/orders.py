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
from domain.model.notice import AuditEntry
from domain.model.order import Identifier
from domain.model.order_totals import Inconsistency
from domain.model.override import OrderOverrideRequest
from domain.model.parcel import LostParcelChoice
from domain.model.promise import Promise
from domain.model.shipment import PackedLine
from domain.model.state import Stage
from domain.tracking.commands.report_handover import HandoverStatus
from domain.tracking.views import ScanView
from services.orders.history import NoticeView
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
    live: Literal["true", "false"] = "false"


class PageQuery(Frozen):
    """`cursor`: `next` of the page before."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def page(self) -> PageRequest:
        """What the use case takes."""
        return PageRequest(self.limit, self.cursor)


class OrderListQuery(PageQuery):
    """Only orders of that stage, or of that customer (the merchant's own id)."""

    stage: Stage | None = None
    customer: Identifier | None = None


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
