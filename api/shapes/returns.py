"""Returns over the wire."""

from typing import Annotated, Literal

from pydantic import Field

from api.shapes.orders import Page
from domain.base import Fact
from domain.clock import Instant
from domain.commands.receive import ReceivedLine
from domain.orders import Name
from domain.overrides import OverrideOfReturn
from domain.quotes import Quote, ReturnWish
from domain.reasons import Objection
from domain.returns import Method, Resolution
from domain.views import ReturnStatus, ReturnView


class Wish(Fact):
    """So many units of a line, and why. A line listed twice counts as the sum."""

    line_id: Name
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    reason: Annotated[str, Field(max_length=64)]


class QuoteAsk(Fact):
    """What the customer thinks of sending back."""

    items: Annotated[tuple[Wish, ...], Field(max_length=200)]


class QuoteAnswer(Fact):
    """May it come back, and what does it pay? `token` holds exactly this quote; send it along to be held to it."""

    verdict: Literal["accepted", "refused", "needs_agent"]
    reasons: tuple[Objection, ...]
    quote: Quote | None
    token: str | None


class NewReturn(Fact):
    """A return to authorize. `quote`: the token shown before; `because`: staff only, overrules what may be overruled."""

    items: Annotated[tuple[Wish, ...], Field(max_length=200)]
    resolution: Resolution
    method: Method = "drop_off"
    quote: Annotated[str, Field(max_length=16_384)] | None = None
    because: Annotated[str, Field(max_length=500)] = ""


class DropOffCode(Fact):
    """What the customer shows at the bar: a QR code, or its text. Neither box nor label nor printer is needed."""

    text: str
    expires_at: Instant
    svg: str
    png: str


class ReturnAnswer(Fact):
    """A return as its customer sees it. `code` is there while goods may be dropped off."""

    verdict: Literal["accepted", "needs_agent"]
    reasons: tuple[Objection, ...]
    return_: Annotated[ReturnView, Field(alias="return")]
    code: DropOffCode | None


class ReturnPage(Page):
    """Only returns of that status."""

    status: ReturnStatus | None = None


class ReturnList(Fact):
    items: tuple[ReturnView, ...]
    next: str | None


class Because(Fact):
    """Why, in an agent's words; customers need none."""

    because: Annotated[str, Field(max_length=500)] = ""


class ReturnOverride(OverrideOfReturn):
    """What an agent does to a return, and why, in their own words. `days` for hold and extend_code.

    `expected_seq`, `expected_version`: refuse when the order, or the return alone, has moved on since the agent looked.
    """

    because: Annotated[str, Field(min_length=3, max_length=500)]

    def carrying(self, because: str, expected_version: str | None) -> OverrideOfReturn:
        """As the journey gets it: with the words sealed."""
        asked = {**self.model_dump(), "because": because, "expected_version": expected_version}
        return OverrideOfReturn.model_validate(asked)


class Receipt(Fact):
    """What arrived; without `lines` everything that was still missing."""

    lines: Annotated[tuple[ReceivedLine, ...], Field(max_length=200)] = ()


def wishes_of(items: tuple[Wish, ...]) -> list[ReturnWish]:
    return [ReturnWish(**item.model_dump()) for item in items]
