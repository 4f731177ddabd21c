"""A small app on the real HTTP layer: a few endpoints of each kind, a fake key table and a fake idempotency table."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.http.api_description import ApiDescription
from api.http.auth import PUBLIC
from api.http.docs_page import publish
from api.http.endpoint import Call, Endpoint, Response, endpoint
from api.http.fields import MerchantId, SentDay, SentInstant
from api.http.problems import Problem
from api.http.rate_limits import RateLimiter
from api.http.server import runner
from api.http.serving import AppContext, install
from domain.actors import Role
from domain.money import Money
from ports.idempotency import IdempotencyKey, KeyReused, RequestCompleted, RequestInProgress, RequestStarted
from services.merchants.authentication import Caller


@dataclass
class Services:
    """What the handlers share: counts of their effects, and a gate to hold them at."""

    effects: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failures: list[Exception] = field(default_factory=list)  # raised, one per call, before any effect


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Line(Body):
    line_id: MerchantId
    quantity: Annotated[int, Field(ge=1, le=10_000)]


class Parcel(Body):
    tracking_number: str
    lines: list[Line]
    price: Money | None = None
    placed_at: SentInstant | None = None
    shipped_on: SentDay | None = None


class ParcelView(BaseModel):
    order: str
    count: int


class Page(Body):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    since: SentInstant | None = None


class ListQuery(Body):
    cursor: str | None = None
    stage: str | None = None


class OrderPage(BaseModel):
    items: list[str]
    next: str | None


class Echo(BaseModel):
    said: dict[str, JsonValue]


ABOUT = ApiDescription("smot", "0.1.0")
SHOP = "https://shop.example"
KEYS = {
    "good": Caller("acme", Role.STOREFRONT, "k1"),
    "twin": Caller("acme", Role.STOREFRONT, "k2"),
    "other": Caller("globex", Role.STOREFRONT, "k3"),
    "agent": Caller("acme", Role.AGENT, "k4"),
    "root": Caller(None, Role.ADMIN, "k5"),
    "link": Caller("acme", Role.CUSTOMER, "link", "ord_1"),
}


class Keys:
    async def authenticate(self, bearer: str) -> Caller | None:
        return KEYS.get(bearer)


class Origins:
    """Acme allows pages of its shop."""

    async def allows(self, merchant: str, origin: str) -> bool:
        return (merchant, origin) == ("acme", SHOP)

    async def allowed_by_any(self, origin: str) -> bool:
        return origin == SHOP


class Table:
    """Idempotency in memory, with the guarantees of the real table."""

    def __init__(self) -> None:
        self.rows: dict[IdempotencyKey, tuple[str, RequestCompleted | None]] = {}
        self.free: set[IdempotencyKey] = set()

    async def begin(
        self, slot: IdempotencyKey, body_hash: str
    ) -> RequestStarted | RequestInProgress | RequestCompleted | KeyReused:
        if slot not in self.rows:
            self.rows[slot] = (body_hash, None)
            return RequestStarted()
        body_hash_, done = self.rows[slot]
        if body_hash_ != body_hash:
            return KeyReused()
        if slot in self.free:
            self.free.remove(slot)
            return RequestStarted()
        return done or RequestInProgress()

    async def finish(self, slot: IdempotencyKey, status: int, answer: JsonValue) -> None:
        self.rows[slot] = (self.rows[slot][0], RequestCompleted(status, answer))

    async def abandon(self, slot: IdempotencyKey) -> None:
        self.free.add(slot)


async def _effect(call: Call[Services], what: str) -> None:
    await call.services.gate.wait()
    if call.services.failures:
        raise call.services.failures.pop(0)
    call.services.effects.append(what)


@endpoint(
    "POST",
    "/v1/orders/{order}/parcels",
    roles={Role.STOREFRONT},
    status=201,
    tags=("orders",),
    problems=("order_conflict", "refused"),
    idempotency="optional",
    location="/v1/orders/{order}/parcels/{count}",
)
async def register_parcel(call: Call[Services], body: Parcel) -> Response[ParcelView]:
    """Say that a parcel left the warehouse.

    The customer is notified when it moves.
    """
    await _effect(call, call.command_id)
    return Response(ParcelView(order=call.path["order"], count=len(body.lines)), headers={"ETag": '"1"'})


@endpoint(
    "POST", "/v1/returns", roles={Role.STOREFRONT, Role.CUSTOMER}, idempotency="required", tags=("returns",)
)
async def open_return(call: Call[Services], body: Line) -> ParcelView:
    """Open a return."""
    await _effect(call, call.command_id)
    return ParcelView(order=call.merchant, count=body.quantity)


@endpoint(
    "GET",
    "/v1/orders/{order}",
    roles={Role.STOREFRONT, Role.AGENT, Role.ADMIN, Role.CUSTOMER},
    other_statuses=(304,),
    tags=("orders",),
)
async def read_order(call: Call[Services]) -> Response[ParcelView]:
    """Read an order."""
    shown = ParcelView(order=call.path["order"], count=len(call.merchant))
    return Response(shown, headers={"ETag": '"7"'})


@endpoint("GET", "/v1/orders", roles={Role.STOREFRONT}, tags=("orders",))
async def list_orders(call: Call[Services], query: ListQuery) -> OrderPage:
    """List orders."""
    return OrderPage(items=["o1"], next=None if query.cursor else "c+/=")


@endpoint("GET", "/v1/orders/{order}/timeline", roles={Role.AGENT}, tags=("orders",))
async def read_timeline(call: Call[Services], query: Page) -> Echo:
    """Read what happened."""
    return Echo(said=query.model_dump(mode="json"))


@endpoint("POST", "/v1/orders/{order}/cancel", roles={Role.AGENT}, timeout=0.2)
async def cancel(call: Call[Services], body: Line | None) -> None:
    """Cancel an order."""
    await _effect(call, "all" if body is None else body.line_id)


@endpoint("GET", "/v1/code.svg", roles=PUBLIC, produces="image/svg+xml")
async def read_code(call: Call[Services]) -> bytes:
    """A picture."""
    return b"<svg/>"


@endpoint(
    "POST", "/v1/webhooks/{source}", roles=PUBLIC, status=202, problems=("signature_invalid",), limit=1024
)
async def webhook(call: Call[Services], body: bytes) -> Echo:
    """A carrier's scan."""
    if not body.startswith(b"signed"):
        raise Problem("signature_invalid")
    return Echo(said={"bytes": len(body)})


@endpoint("GET", "/v1/broken", roles=PUBLIC)
async def broken(call: Call[Services]) -> None:
    """Breaks."""
    raise RuntimeError("jane@example.com could not be found")


ENDPOINTS: list[Endpoint] = [
    register_parcel,
    open_return,
    read_order,
    list_orders,
    read_timeline,
    cancel,
    read_code,
    webhook,
    broken,
]


class ProductionServer(TestServer):
    """An app on a free port, run as we run it. `limits` of start_server: of its connections."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return runner(self.app, **options)


async def start(app_services: Services, table: Table, **options: Any) -> TestServer:
    """A real server on loopback with our production options."""
    app = web.Application()
    install(app, ENDPOINTS, AppContext(app_services, Keys(), table, origins=Origins()))
    publish(app, ENDPOINTS, lambda: ABOUT, RateLimiter())
    server = ProductionServer(app)
    await server.start_server(**options)
    return server
