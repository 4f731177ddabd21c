"""Routes: the page of an order as its customer sees it, as data, and the letters that were sent about it."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.request_context import etag, order_of
from api.schemas.replays import number_in_path
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.orders.customer_pages import OrderPage, SentLetter

_READERS = {Role.STOREFRONT, Role.CUSTOMER} | STAFF
_TAGS = ("customers",)


class CustomerPageQuery(Frozen):
    """What the page is about."""

    parcel: Annotated[str, Field(max_length=64)] = ""
    """The package that it is about; the one that comes next if left out."""


@endpoint("GET", "/v1/orders/{order}/customer-page", roles=_READERS, tags=_TAGS)
async def get_customer_page(call: Call[Services], query: CustomerPageQuery) -> Response[OrderPage]:
    """All that the customer's page of an order shows: the date, what happens now and next, and one timeline with its future.

    `timeline` has what is planned beside what happened, the newest first: the date that we promised, the message that comes next,
    the end of the window, the day when money arrives. The page in HTML is made of this and of nothing else.
    """
    order = await order_of(call)
    page = await call.services.orders.pages.page(order, query.parcel)
    return Response(page, headers=etag(page.details.seq))


@endpoint("GET", "/v1/orders/{order}/letters/{letter}", roles=_READERS, tags=_TAGS)
async def get_customer_letter(call: Call[Services]) -> SentLetter:
    """A letter that was sent about the order, to be read again. Its links end in `…` and do not work.

    One that waits, such as a copy that staff have just sent again, has no text and no `sent_at` yet.
    """
    order = await order_of(call)
    letter = await call.services.orders.pages.letter(order, number_in_path(call, "letter"))
    if letter is None:
        raise Problem("not_found")
    return letter
