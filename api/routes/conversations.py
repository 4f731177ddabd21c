"""Routes: a customer asks a person, and both read what was written. The answer is a reply (`send_reply`)."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import accepted, context_of, order_of
from api.routes.correspondence import WrittenText
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import Owner
from services.orders.conversations import Conversation


class NewMessage(Frozen):
    """What the customer writes to the shop."""

    text: WrittenText
    """The message, in the customer's words; it is stored encrypted."""


class AcceptedMessage(Frozen):
    """A message that was accepted. It does not repeat the text, which answers for repeated requests would keep."""

    order: str
    """Our id of the order."""
    order_id: str
    """The shop's own order id."""
    answer_by: Instant | None
    """By when the customer is promised an answer; null where staff have answered already."""
    waits_for: Owner | None
    """Who has to answer; null where no message waits."""


@endpoint(
    "POST", "/v1/orders/{order}/messages", roles={Role.CUSTOMER, Role.STOREFRONT}, status=201,
    tags=("letters",), problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def write_to_shop(call: Call[Services], body: NewMessage) -> AcceptedMessage:
    """Write to the shop about the order, at most ten times a day; `answer_by` is when a person answers at the latest.

    The message is an open question (`customer_message`) until staff reply or close it, and part of the order's timeline.
    """
    order = await order_of(call)
    conversations = call.services.orders.conversations
    result = await conversations.write(await context_of(call), order, body.text)
    await accepted(call, order, result)
    read = await conversations.read(order)
    return AcceptedMessage(
        order=read.order, order_id=read.order_id, answer_by=read.answer_by, waits_for=read.waits_for
    )


@endpoint(
    "GET",
    "/v1/orders/{order}/conversation",
    roles={Role.CUSTOMER, Role.STOREFRONT} | STAFF,
    tags=("letters",),
)
async def get_conversation(call: Call[Services]) -> Conversation:
    """What the customer and the shop wrote to each other about the order, and by when the customer gets an answer."""
    return await call.services.orders.conversations.read(await order_of(call))
