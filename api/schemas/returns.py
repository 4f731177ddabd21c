"""Bodies and queries of the routes of returns."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.orders import PageQuery
from domain.base import Frozen
from domain.clock import Instant
from domain.model.order import Identifier
from domain.model.override import ReturnOverrideRequest
from domain.model.quote import Quote, ReturnItem
from domain.model.received_goods import ReceivedLine
from domain.model.return_case import Resolution, ReturnMethod
from domain.reasons import Violation
from domain.returns.customer_return import CustomerReturn
from domain.returns.views import ReturnStatus, ReturnView


class ReturnItemInput(Frozen):
    """Units of a line, and why they come back. A line listed twice counts as the sum."""

    line_id: Identifier
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    reason: Annotated[str, Field(max_length=64)]


class QuoteRequest(Frozen):
    """What the customer may want to send back."""

    items: Annotated[tuple[ReturnItemInput, ...], Field(max_length=200)]


class QuoteResponse(Frozen):
    """Whether it may come back and what it pays. `token` holds exactly this quote; send it along and it binds us."""

    verdict: Literal["accepted", "refused", "needs_agent"]
    reasons: tuple[Violation, ...]
    quote: Quote | None
    token: str | None


class ReturnRequest(Frozen):
    """A return to authorize. `quote`: the token shown before; `reason`: staff only, overrules what may be overruled."""

    items: Annotated[tuple[ReturnItemInput, ...], Field(max_length=200)]
    resolution: Resolution
    method: ReturnMethod = "drop_off"
    quote: Annotated[str, Field(max_length=16_384)] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class DropOffCode(Frozen):
    """What the customer shows at the drop-off point: a QR code, or its text. No box, label or printer is needed."""

    text: str
    expires_at: Instant
    svg: str
    png: str


class ReturnResponse(Frozen):
    """A return as staff and the merchant's systems see it. `code` is there while goods may be dropped off."""

    verdict: Literal["accepted", "needs_agent"]
    reasons: tuple[Violation, ...]
    return_: Annotated[ReturnView, Field(alias="return")]
    code: DropOffCode | None


class CustomerReturnResponse(Frozen):
    """A return as its customer sees it. `code` is there while goods may be dropped off."""

    verdict: Literal["accepted", "needs_agent"]
    reasons: tuple[Violation, ...]
    return_: Annotated[CustomerReturn, Field(alias="return")]
    code: DropOffCode | None


class ReturnListQuery(PageQuery):
    """Only returns of that status."""

    status: ReturnStatus | None = None


class ReturnList(Frozen):
    items: tuple[ReturnView, ...]
    next: str | None


class CancelReturnRequest(Frozen):
    """Why, for agents; customers need no reason."""

    reason: Annotated[str, Field(max_length=500)] = ""


class ReturnOverride(ReturnOverrideRequest):
    """What an agent does to a return, and why. `days` for hold and extend_code.

    `expected_seq`, `expected_version`: refuse if the order, or this return, has changed since the agent read it.
    """

    reason: Annotated[str, Field(min_length=3, max_length=500)]

    def request(self, if_match: str | None) -> ReturnOverrideRequest:
        """What the use case takes. `if_match`: the version in the header, which holds instead of `expected_version`."""
        fields = self.model_dump()
        if if_match is not None:
            fields["expected_version"] = if_match[:64]
        return ReturnOverrideRequest.model_validate(fields)


class GoodsReceipt(Frozen):
    """What was received; without `lines` everything that was still missing.

    A line may name goods that were not announced, or none that we know, and the condition in which they arrived. They are
    kept for a person; what was announced and is good is taken in.
    """

    lines: Annotated[tuple[ReceivedLine, ...], Field(max_length=200)] = ()


def return_items(items: tuple[ReturnItemInput, ...]) -> list[ReturnItem]:
    return [ReturnItem(**item.model_dump()) for item in items]
