"""Routes: a customer looks for their order without a key, and uses the link that came by mail."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import CustomerLink
from domain.base import Frozen
from domain.text import IsText
from services.orders.lookup import DeadOneTimeLink, WantedOrder
from services.tokens import ONE_TIME_MINUTES

_TAGS = ("customers",)
_WHY = {
    "unknown": "It is no link of ours, or a part of it is missing.",
    "expired": "Its minutes are over: look for the order again, and a new link comes by mail.",
    "revoked": "The shop has ended it: look for the order again, and a new link comes by mail.",
    "used": "It was used, and each link works once: look for the order again, and a new one comes by mail.",
}


class NewLookup(Frozen):
    """What a customer knows of their order."""

    merchant: Annotated[str, Field(min_length=1, max_length=64)]
    """The shop."""
    number: Annotated[str, Field(min_length=1, max_length=64), *IsText]
    """The order's number, as the shop's letters name it."""
    proof: Annotated[str, Field(min_length=1, max_length=254), *IsText]
    """The e-mail address of the order, or the postcode of its destination."""


class LookupAccepted(Frozen):
    """The search was taken. It says nothing about whether there is such an order."""

    minutes: int
    """How long the link opens the order, if one was sent."""


@endpoint(
    "POST", "/v1/order-lookups", roles=PUBLIC, status=202, tags=_TAGS, problems=("rate_limited",), limit=4096
)
async def request_order_link(call: Call[Services], body: NewLookup) -> LookupAccepted:
    """Have a link to the order sent to its own e-mail address, if number and proof are those of an order.

    The answer and its time are the same for every guess. One network may ask 30 times in ten minutes, and for one number all
    networks together ten times in an hour; an order gets three letters in an hour at most.
    """
    wanted = WantedOrder(body.merchant, body.number, body.proof)
    limiter, lookup = call.services.operations.rate_limiter, call.services.orders.lookup
    limiter.consume(call.request, "lookups", limiter.network(call.request))
    limiter.consume(call.request, "lookups_of_order", lookup.owner(wanted))
    await lookup.request(wanted)
    return LookupAccepted(minutes=ONE_TIME_MINUTES)


@endpoint(
    "POST",
    "/v1/order-links/{token}",
    roles=PUBLIC,
    status=201,
    tags=_TAGS,
    problems=("not_found",),
    limit=4096,
)
async def use_order_link(call: Call[Services]) -> CustomerLink:
    """Use the link that came by mail, once: a customer's link to the order for a day.

    A link that is wrong, expired, used or ended is not found, and the answer says what to do next.
    """
    found = await call.services.orders.lookup.use(call.path["token"])
    if isinstance(found, DeadOneTimeLink):
        raise Problem("not_found", _WHY[found.why])
    token, expires_at = found
    return CustomerLink(token=token, expires_at=expires_at)
