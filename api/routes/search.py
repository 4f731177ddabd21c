"""Routes of the one search box."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.schemas.orders import SearchText
from domain.actors import STAFF, Role
from domain.base import Frozen
from services.console.search_box import SearchGroup


class SearchQuery(Frozen):
    """What is typed."""

    q: SearchText
    """An order number, name, e-mail address, phone, return number, drop-off code, tracking number or payment reference."""
    limit: Annotated[int, Field(ge=1, le=20)] = 5
    """How many orders of each meaning."""


class SearchResult(Frozen):
    """What the text found."""

    groups: tuple[SearchGroup, ...]
    """Orders, packages, payments, people, returns, in this order; without the empty ones."""
    next: None = None
    """Always null: the rest of a group is found by `GET /v1/orders`."""


@endpoint("GET", "/v1/search", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, tags=("agents",))
async def search_orders(call: Call[Services], query: SearchQuery) -> SearchResult:
    """Orders by everything that a text may mean, in groups by what it is.

    Names, e-mail addresses and phones are searched for staff only. Words, numbers and addresses are compared whole.
    """
    with_people = call.caller.role in STAFF
    groups = await call.services.console.search.find(
        call.merchant, query.q, limit=query.limit, with_people=with_people
    )
    return SearchResult(groups=tuple(groups))
