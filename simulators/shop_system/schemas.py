"""Bodies of the simulated shop: what smot sends to a merchant's stock and fulfilment systems, and how a test sets these up."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from simulators.base import StrictRequest

Call = Literal["stock/articles", "stock/reservations", "stock/confirmations", "stock/releases", "fulfilments"]


class StockPrice(StrictRequest):
    """Minor units of a currency."""

    minor: int
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Article(StrictRequest):
    """An article in stock. price: null where it leaves for whatever was paid for the other one."""

    sku: str
    title: str
    price: StockPrice | None = None
    stock: Annotated[int, Field(ge=0)]


class Setup(StrictRequest):
    """A shop. secret: the one that smot showed (`whsec_…`). hold_hours: reservations end after so long; null: as asked."""

    secret: str
    hold_hours: int | None = None


class Articles(StrictRequest):
    """Articles, in place of those of the same name."""

    articles: list[Article]


class CallFault(StrictRequest):
    """What happens to the next calls of a kind.

    `no_answer`: nothing is done and the connection is cut. `effect_no_answer`: it is done, and the connection is cut.
    `unavailable`: 503. `garbage`: 200 with no JSON. `refuse`: a request to send is rejected.
    """

    call: Call
    kind: Literal["no_answer", "effect_no_answer", "unavailable", "garbage", "refuse"]
    times: Annotated[int, Field(ge=1)] = 1


class Replaced(StrictRequest):
    """What comes back for an article."""

    line_id: str
    sku: str


class RequestedArticle(StrictRequest):
    """An article of which there is a question."""

    sku: str
    quantity: Annotated[int, Field(ge=1)]
    for_: Annotated[Replaced, Field(alias="for")]


class ArticlesRequest(StrictRequest):
    """What are these called, what do they cost, and how many are there?"""

    key: str
    order_id: str
    currency: str
    articles: list[RequestedArticle]


class Goods(StrictRequest):
    """Pieces of an article. line_id: smot's line of them, in a request to send."""

    sku: str
    quantity: Annotated[int, Field(ge=1)]
    line_id: str | None = None


class _OfOrder(StrictRequest):
    key: Annotated[str, Field(min_length=1)]
    order: str
    order_id: str
    return_: Annotated[str, Field(alias="return")]
    number: str
    now: AwareDatetime


class ReserveRequest(_OfOrder):
    """Keep these goods under this key until then."""

    until: AwareDatetime
    goods: Annotated[list[Goods], Field(min_length=1)]


class ConfirmRequest(_OfOrder):
    """Take goods of the reservation out of the stock."""

    reservation: str
    goods: Annotated[list[Goods], Field(min_length=1)]


class ReleaseRequest(_OfOrder):
    """Give back what of the reservation is not taken out, or what that confirmation took out."""

    reservation: str
    confirmation: str | None


class SendRequest(_OfOrder):
    """Send these goods to the order's customer."""

    goods: Annotated[list[Goods], Field(min_length=1)]
