"""A person's orders as a helpdesk shows them beside their letter, by a key or by a signed link of minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.order_view import OrderView
from domain.model.attention import AttentionItem
from domain.model.scan import ParcelStatus
from domain.model.state import Stage
from domain.money import Money
from domain.returns.views import ReturnStatus
from services.clock import real_now
from services.order_reader import OrderReader
from services.orders.search import OrderCriteria, OrderSearch
from services.paging import PageRequest
from services.tokens import PanelClaims, TokenSigner

MAX_ORDERS: Final = 5
MAX_MINUTES: Final = 60


class PanelParcel(Frozen):
    """A parcel of the order."""

    carrier: str
    """The carrier's name."""
    tracking_number: str | None
    """The carrier's number; null where the parcel is not tracked."""
    status: ParcelStatus
    """Where it is."""
    due: Instant
    """When its promise breaks."""
    delivered_at: Instant | None
    """When it was delivered."""


class PanelReturn(Frozen):
    """A return of the order."""

    number: str
    """Its number."""
    status: ReturnStatus
    """How far it is."""
    refund: Money
    """What is paid back."""


class PanelOrder(Frozen):
    """One order in short."""

    order: str
    """Our id of the order."""
    number: str
    """The name by which the customer knows the order."""
    customer_name: str
    """The customer in clear."""
    stage: Stage
    """Where the order stands as a whole."""
    placed_at: Instant
    """When the customer ordered."""
    due: Instant
    """The instant at which the promise breaks."""
    captured: Money
    """What the customer paid."""
    refunded: Money
    """What was paid back, without bonus."""
    parcels: tuple[PanelParcel, ...]
    """Its parcels."""
    returns: tuple[PanelReturn, ...]
    """Its returns."""
    attention: tuple[AttentionItem, ...]
    """What waits for a person, and what happens by itself at the deadline."""
    console: str
    """The path of the order in the console."""


@dataclass(frozen=True)
class CustomerPanel:
    """Finds a person's newest orders, and opens them by a link."""

    search: OrderSearch
    orders: OrderReader
    tokens: TokenSigner

    async def of_address(self, merchant: str, email: str) -> list[PanelOrder]:
        """The newest orders of that e-mail address."""
        page = PageRequest(MAX_ORDERS)
        found = await self.search.page(merchant, OrderCriteria(email=email), page, with_customer=True)
        return [_panel_order(view) for view in found.items]

    async def link(self, merchant: str, email: str, minutes: int) -> tuple[str, datetime]:
        """A token that opens the newest orders of that address, and when it ends, in real time. It holds no address."""
        shown = await self.of_address(merchant, email)
        expires_at = real_now() + timedelta(minutes=minutes)
        orders = tuple(one.order for one in shown)
        claims = PanelClaims(merchant=merchant, orders=orders, expires_at=expires_at)
        return self.tokens.sign_panel(claims), expires_at

    async def opened(self, token: str) -> tuple[str, list[PanelOrder]] | None:
        """The merchant and the orders of a link; None for one that is not ours or has ended."""
        claims = self.tokens.verify_panel(token, real_now())
        if claims is None:
            return None
        return claims.merchant, await self._views(claims.merchant, claims.orders)

    async def _views(self, merchant: str, orders: Sequence[str]) -> list[PanelOrder]:
        views = []
        for order in orders:
            snapshot = await self.orders.snapshot(merchant, order)
            if snapshot is not None:
                views.append(_panel_order(await self.orders.with_customer(snapshot)))
        return views


def _panel_order(view: OrderView) -> PanelOrder:
    return PanelOrder(
        order=view.order,
        number=view.number,
        customer_name=view.customer.name if view.customer else "",
        stage=view.stage,
        placed_at=view.placed_at,
        due=view.due,
        captured=view.captured,
        refunded=view.refunded,
        parcels=tuple(
            PanelParcel(
                carrier=one.carrier,
                tracking_number=one.tracking_number,
                status=one.status,
                due=one.due,
                delivered_at=one.delivered_at,
            )
            for one in view.parcels
        ),
        returns=tuple(
            PanelReturn(number=one.number, status=one.status, refund=one.refund) for one in view.returns
        ),
        attention=view.attention,
        console=f"/agents/orders/{view.order}",
    )
