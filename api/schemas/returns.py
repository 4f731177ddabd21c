"""Bodies and queries of the routes of returns."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.http.reasons import ReasonView
from api.schemas.orders import PageQuery
from domain.base import Frozen
from domain.clock import Instant
from domain.model.exchange_quote import ExchangeFallback, ExchangeWish
from domain.model.order import Identifier, TenderKind
from domain.model.override import MAX_CUSTOMER_TEXT, ReturnOverrideRequest
from domain.model.quote import Quote, ReturnItem
from domain.model.received_goods import ReceivedLine
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.risk import RiskAssessment
from domain.money import Money
from domain.returns.customer_return import CustomerReturn
from domain.returns.returnable import ReturnableLine
from domain.returns.views import ReturnStatus, ReturnView
from domain.text import valid_text
from services.returns.returnable import ReasonChoice, ResolutionChoice, ReturnableOrder


class ReturnItemInput(Frozen):
    """Units of a line, and why they come back. A line listed twice counts as the sum."""

    line_id: Identifier
    """The order's line."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    """How many units of it."""
    reason: Annotated[str, Field(max_length=64)]
    """One of the reasons that the merchant's policy names."""


class QuoteRequest(Frozen):
    """What the customer may want to send back."""

    items: Annotated[tuple[ReturnItemInput, ...], Field(max_length=200)]
    """The units, and why."""
    method: ReturnMethod = "drop_off"
    """How they would come back. Fees and the fast-return bonus depend on it."""
    exchange: Annotated[tuple[ExchangeWish, ...], Field(max_length=200)] = ()
    """The articles that the customer would like instead, one for each line that comes back; none if they want none."""


class QuoteResponse(Frozen):
    """Whether it may come back and what it pays."""

    verdict: Literal["accepted", "refused", "needs_agent"]
    """`needs_agent`: a person decides, with a deadline."""
    reasons: tuple[ReasonView, ...]
    """Why it is refused or needs a person; empty if it is accepted."""
    quote: Quote | None
    """What it pays; null if it is refused."""
    token: str | None
    """Holds exactly this quote: sent along with the return, it binds us. Null if it is refused."""
    exchange_reasons: tuple[ReasonView, ...] = ()
    """Why the exchange that was asked for is not in the quote; empty if it is, or none was asked for."""
    risk: RiskAssessment | None
    """The points behind `pay_on`, for staff; null for everybody else, and where the policy has no points."""


class ReturnRequest(Frozen):
    """A return to authorize."""

    items: Annotated[tuple[ReturnItemInput, ...], Field(max_length=200)]
    """The units, and why."""
    resolution: Resolution
    """What the customer wants for them."""
    method: ReturnMethod = "drop_off"
    """How the goods come back."""
    quote: Annotated[str, Field(max_length=16_384)] | None = None
    """The token that was shown before."""
    exchange: Annotated[tuple[ExchangeWish, ...], Field(max_length=200)] = ()
    """For `exchange` without `quote`: the articles that the customer wants instead, one for each line that comes back."""
    fallback: ExchangeFallback = "refund"
    """For `exchange`: what the customer gets if the new goods cannot be had. `wait` waits for them, then pays back."""
    reason: Annotated[str, Field(max_length=500)] = ""
    """Staff only: why it overrules what may be overruled."""


class DropOffCode(Frozen):
    """What the customer shows at the drop-off point: a QR code, or its text. No box, label or printer is needed."""

    text: str
    """The code as text, to be typed."""
    expires_at: Instant
    """Until when goods may be dropped off with it."""
    svg: str
    """The QR code as a picture: an address below `/v1`."""
    png: str
    """The same as a bitmap."""


class ReturnResponse(Frozen):
    """A return as staff and the merchant's systems see it."""

    verdict: Literal["accepted", "needs_agent"]
    """`needs_agent`: a person decides, with a deadline."""
    reasons: tuple[ReasonView, ...]
    """Why it needs a person; empty if it is accepted."""
    return_: Annotated[ReturnView, Field(alias="return")]
    """The return."""
    risk: RiskAssessment | None
    """The points that decided when its money comes, for staff and finance; null for others, and where there are none."""
    code: DropOffCode | None
    """What to show at the drop-off point; null while or once goods cannot be dropped off."""


class CustomerReturnResponse(Frozen):
    """A return as its customer sees it."""

    verdict: Literal["accepted", "needs_agent"]
    """`needs_agent`: a person decides, with a deadline."""
    reasons: tuple[ReasonView, ...]
    """Why it needs a person; empty if it is accepted."""
    return_: Annotated[CustomerReturn, Field(alias="return")]
    """The return."""
    code: DropOffCode | None
    """What to show at the drop-off point; null while or once goods cannot be dropped off."""


class ExchangePayment(Frozen):
    """What the customer paid for new goods that cost more."""

    tender_id: Identifier
    """The shop's own id of the payment, unique in the order."""
    kind: TenderKind
    """What was paid with."""
    amount: Money
    """All of what the exchange asks for."""
    payment: Identifier | None = None
    """The provider's id of the payment. A refund goes back through it; without one a person pays it."""
    provider: Identifier | None = None
    """The payment provider that holds the payment; left out, the one at which the merchant has its only account."""


class ExchangeReport(Frozen):
    """What became of a request to send new goods."""

    status: Literal["accepted", "rejected"]
    """`rejected`: they will not be sent, and what they were worth is paid back."""
    part: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    """Which request, as `exchange.parts` of the return numbers them."""
    reference: Annotated[str, Field(max_length=200)] = ""
    """Your own name of it, if it is accepted."""
    reason: Annotated[str, Field(max_length=200)] = ""
    """Why it is rejected, in one word."""


class ReturnListQuery(PageQuery):
    """Only returns of that status."""

    status: ReturnStatus | None = None
    """Only returns of that status."""


class ReturnList(Frozen):
    """A page of returns, newest first."""

    items: tuple[ReturnView, ...]
    """The returns of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


class CancelReturnRequest(Frozen):
    """Why a return is cancelled."""

    reason: Annotated[str, Field(max_length=500)] = ""
    """Why, for agents; customers need no reason."""


class ReturnOverride(ReturnOverrideRequest):
    """What an agent does to a return, and why."""

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """Why, in the agent's words; kept sealed in the audit."""
    customer_text: Annotated[str, Field(max_length=MAX_CUSTOMER_TEXT)] = ""
    """For `refuse` alone: what the customer is told, in the shop's words, in the letter and on the pages of the order and the
    return; kept sealed. Empty for the usual sentences alone. `reason` is never shown to the customer."""
    wait: bool = False
    """With true, what pays money at once waits for the policy's `undo_seconds`: until then it can be taken back, as `planned` of
    its order says."""

    @model_validator(mode="after")
    def _text_of_refusals(self) -> "ReturnOverride":
        if self.customer_text and self.override != "refuse":
            raise ValueError(
                "`customer_text` goes with `refuse` alone: nothing else brings it to the customer"
            )
        for line in self.customer_text.splitlines():
            valid_text(line)
        return self

    def request(self, if_match: str | None) -> ReturnOverrideRequest:
        """What the use case takes. `if_match`: the version in the header, which holds instead of `expected_version`."""
        fields = self.model_dump(exclude={"wait"})
        if if_match is not None:
            fields["expected_version"] = if_match[:64]
        return ReturnOverrideRequest.model_validate(fields)


class GoodsReceipt(Frozen):
    """What was received at the warehouse.

    A line may name goods that were not announced, or none that we know, and the condition in which they arrived. They are
    kept for a person; what was announced and is good is taken in.
    """

    lines: Annotated[tuple[ReceivedLine, ...], Field(max_length=200)] = ()
    """The goods; everything that was still missing if left out."""

    @model_validator(mode="after")
    def _names(self) -> "GoodsReceipt":
        names = [line.receipt for line in self.lines if line.receipt is not None]
        if len({*names}) < len(names):
            raise ValueError("two lines have the same `receipt`")
        return self


def return_items(items: tuple[ReturnItemInput, ...]) -> list[ReturnItem]:
    return [ReturnItem(**item.model_dump()) for item in items]


class ReturnableLineView(Frozen):
    """One line of the order: the units that can be returned now, or why none can be."""

    line_id: str
    """The shop's own id of the line."""
    sku: str
    """The merchant's name of the article."""
    title: str
    """What it is called."""
    quantity: int
    """How many units were bought."""
    units_left: int
    """How many of them can be returned now."""
    returnable_until: Instant | None
    """Until when the first of these can be returned; null where none can be."""
    refund: Money
    """What all of these pay at most, as a return of their own."""
    credit_bonus: Money
    """What store credit adds to that at most."""
    reasons: tuple[ReasonView, ...]
    """Why none can be returned; empty where some can be."""


class ReturnableResponse(Frozen):
    """What of an order can be returned now. Amounts are of all units that are left, returned at once."""

    order_id: str
    """The shop's own order id."""
    language: str
    """The language of the labels, as BCP 47."""
    lines: tuple[ReturnableLineView, ...]
    """The lines of the order."""
    reasons: tuple[ReasonChoice, ...]
    """What may be given as the reason."""
    resolutions: tuple[ResolutionChoice, ...]
    """What the customer may choose for the goods."""
    as_of: Instant
    """The business time at which all of this was true."""


def returnable_response(
    found: ReturnableOrder, reasons_of: Callable[[ReturnableLine], tuple[ReasonView, ...]]
) -> ReturnableResponse:
    """The response, with the reasons of each line as its caller may read them."""
    shared = set(ReturnableLineView.model_fields) - {"reasons"}
    lines = tuple(
        ReturnableLineView(**{name: getattr(line, name) for name in shared}, reasons=reasons_of(line))
        for line in found.lines
    )
    return ReturnableResponse(**{**vars(found), "lines": lines})
