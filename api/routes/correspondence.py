"""Routes: what agents write about an order, for each other and to its customer."""

from typing import Annotated

from pydantic import AfterValidator, Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import context_of, order_of, view_after
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.journey.order_view import OrderView
from domain.text import valid_text


def _valid_lines(text: str) -> str:
    for line in text.splitlines():
        valid_text(line)
    return text


WrittenText = Annotated[str, Field(min_length=3, max_length=2000), AfterValidator(_valid_lines)]


class NewNote(Frozen):
    """A note about an order, for the merchant's staff. Customers never see it."""

    text: WrittenText
    """What it says; it is stored encrypted."""


class NewReply(Frozen):
    """A letter to the customer, in a person's own words."""

    text: WrittenText
    """What it says, in the customer's language. Greeting, order and the merchant's name are added."""


@endpoint(
    "POST", "/v1/orders/{order}/notes", roles=STAFF | {Role.FINANCE}, status=201, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def add_note(call: Call[Services], body: NewNote) -> OrderView:
    """Keep a note about the order: it stays on the timeline, with who wrote it."""
    order = await order_of(call)
    result = await call.services.orders.changes.add_note(await context_of(call), order, body.text)
    return await view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/replies", roles=STAFF, status=201, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def send_reply(call: Call[Services], body: NewReply) -> OrderView:
    """Write to the customer of the order, at most ten times a day; the letter leaves by the channels of all letters.

    It is kept as sent, and the timeline shows the text with who wrote it, and what became of the letter.
    """
    order = await order_of(call)
    result = await call.services.orders.changes.reply(await context_of(call), order, body.text)
    return await view_after(call, order, result)
