"""An exchange as its customer sees it."""

from domain.base import Frozen
from domain.clock import Instant
from domain.model.exchange import ExchangeStatus
from domain.model.exchange_quote import ExchangeFallback
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.money import Money
from domain.returns.exchange_views import exchange_view


class CustomerArticle(Frozen):
    """Goods that leave for those of one line."""

    line_id: str
    """The order's line that comes back."""
    title: str
    """What leaves for it."""
    quantity: int
    """How many units come back, and leave."""
    price: Money
    """What the new units cost, all of them."""


class CustomerExchange(Frozen):
    """The exchange of a return's goods for others."""

    status: ExchangeStatus
    """How far it is."""
    articles: tuple[CustomerArticle, ...]
    """What leaves for what."""
    fallback: ExchangeFallback
    """What the customer gets if the new goods cannot be had."""
    reserved_until: Instant | None
    """Until when the shop keeps the new goods; null while it does not."""
    to_pay: Money
    """What the customer pays on top; zero where the new goods cost no more."""
    pay_by: Instant | None
    """Until when they have to; null where there is nothing to pay."""
    paid_at: Instant | None
    """When they did; null before."""
    pays_back: Money
    """What goes back to the original payments, where the new goods cost less."""
    parcels: tuple[str, ...]
    """The parcels that hold the new goods."""


def customer_exchange(state: JourneyState, case: ReturnCase) -> CustomerExchange | None:
    """The exchange; None where the return is none."""
    view = exchange_view(state, case)
    if view is None:
        return None
    return CustomerExchange(
        status=view.status,
        articles=tuple(
            CustomerArticle(line_id=it.line_id, title=it.title, quantity=len(it.units), price=it.price)
            for it in view.items
        ),
        fallback=view.fallback,
        reserved_until=view.reserved_until,
        to_pay=view.to_pay,
        pay_by=view.pay_by,
        paid_at=view.paid_at,
        pays_back=view.pays_back,
        parcels=tuple(parcel for part in view.parts for parcel in part.parcels),
    )
