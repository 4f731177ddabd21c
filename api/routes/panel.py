"""Routes: a person's orders beside their letter in a helpdesk."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.schemas.orders import SearchText
from domain.actors import STAFF
from domain.base import Frozen
from domain.clock import Instant
from services.console.panel import MAX_MINUTES, PanelOrder


class PanelQuery(Frozen):
    """Whose orders are wanted."""

    email: SearchText
    """The customer's e-mail address, without case."""


class PanelOrders(Frozen):
    """A person's newest orders, at most five."""

    items: tuple[PanelOrder, ...]
    """The newest first."""
    next: None = None
    """Always null: `GET /v1/orders?email=…` has the others."""


class NewPanelLink(Frozen):
    """Whose orders the link opens."""

    email: SearchText
    """The customer's e-mail address, without case. It does not stand in the link."""
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES)] = 15
    """How long it opens them."""


class PanelLink(Frozen):
    """An address for a frame."""

    path: str
    """On this server: `/embed/order?token=…`. Pages of the merchant's allowed origins may frame it."""
    expires_at: Instant
    """Until when it opens the orders, in real time."""


@endpoint("GET", "/v1/panel", roles=STAFF, tags=("agents",))
async def get_panel(call: Call[Services], query: PanelQuery) -> PanelOrders:
    """A person's newest orders with their parcels, returns and open questions, for a helpdesk's sidebar."""
    found = await call.services.console.panel.of_address(call.merchant, query.email)
    return PanelOrders(items=tuple(found))


@endpoint("POST", "/v1/panel-links", roles=STAFF, status=201, tags=("agents",))
async def create_panel_link(call: Call[Services], body: NewPanelLink) -> PanelLink:
    """Make an address that shows the same in a frame for some minutes, without a key in the browser."""
    token, expires_at = await call.services.console.panel.link(call.merchant, body.email, body.minutes)
    return PanelLink(path=f"/embed/order?token={token}", expires_at=expires_at)
