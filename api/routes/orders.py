"""Routes: orders are placed, read, shipped, cancelled and overruled."""

from collections.abc import Sequence

from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.http.service_problems import RETRY_AFTER
from api.order_status import status_of
from api.request_context import (
    callers_view_after,
    context_of,
    etag,
    expected_seq,
    is_customer,
    order_of,
    view_after,
)
from api.schemas.new_order import NewOrder
from api.schemas.orders import (
    CustomerLink,
    NewHandover,
    NewLink,
    NewParcel,
    OrderList,
    OrderListQuery,
    OrderOverride,
    OrderQuery,
    invalid_body,
)
from domain.actors import STAFF, Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView, order_view
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.promise_calendar import NoPromiseReason
from domain.tracking.commands.register_parcel import RegisterParcel
from domain.tracking.commands.report_handover import ReportHandover
from services.journeys import JourneyUnavailable
from services.orders.placement import Placement

_UNPROMISED: dict[NoPromiseReason, tuple[str, str]] = {
    "no_delivery_terms": ("promise_missing", "/promise"),
    "unknown_service": ("unknown_service", "/service"),
    "placed_too_late": ("placed_too_late", "/placed_at"),
}
CONTACT_READERS = {Role.STOREFRONT} | STAFF
READERS = {Role.STOREFRONT, Role.CUSTOMER, Role.FINANCE, Role.WAREHOUSE} | STAFF


@endpoint(
    "POST", "/v1/orders", roles={Role.STOREFRONT}, status=201, other_statuses=(200,), tags=("orders",),
    problems=("order_conflict", "payment_taken", "merchant_paused"), idempotency="optional",
    location="/v1/orders/{order}",
)  # fmt: skip
async def place_order(call: Call[Services], body: NewOrder) -> Response[OrderView]:
    """Start the journey of an order. It may be paid later, as by invoice or cash on delivery: then report the payment.

    The same order again answers 200 with its current state; another body under the same order id is a conflict, which names
    the parts that differ. An order without `promise` gets the promise of the merchant's policy for its `service`, or for the
    default one. It is calculated once and stays, whatever becomes of the policy.
    """
    given, placement = body.promise.promise() if body.promise else None, call.services.orders.placement
    destination = placement.destination(**body.destination.model_dump())
    if destination is None:
        raise invalid_body([("unknown_country", "/destination/country")])
    placed = await placement.accept(
        call.merchant, body.sale(destination), given, body.parts(), call.caller.actor
    )
    match placed.outcome:
        case "conflict":
            raise order_conflict(placed.differs)
        case "payment_taken":
            raise Problem("payment_taken")
        case "merchant_paused":
            raise Problem("merchant_paused", "It takes no new orders until it is resumed.")
        case "placed_in_the_future":
            raise invalid_body([("placed_in_the_future", "/placed_at")])
        case "unknown_provider":
            raise invalid_body([("unknown_provider", "/tenders")])
        case "no_delivery_terms" | "unknown_service" | "placed_too_late":
            raise invalid_body([_UNPROMISED[placed.outcome]])
    return Response(await _started(call, placed), status=201 if placed.outcome == "new" else 200)


def order_conflict(differs: Sequence[str]) -> Problem:
    """The conflict, with the pointers of what differs from the first order with that id."""
    if not differs:
        return Problem("order_conflict", "The first order with that id came from a storefront.", differs=[])
    return Problem("order_conflict", f"These parts differ: {', '.join(differs)}.", differs=list(differs))


async def _started(call: Call[Services], placed: Placement) -> OrderView:
    """Have the order's journey running; the order as it was placed or, one that was there before, as it is."""
    bind_contextvars(order=placed.order)
    await call.services.orders.placement.start(call.merchant, placed.order, placed.first)
    found = placed.first or await call.services.orders.reader.snapshot(call.merchant, placed.order)
    assert found is not None
    return order_view(found.state, found.as_of)


@endpoint("GET", "/v1/orders", roles={Role.STOREFRONT, Role.FINANCE} | STAFF, tags=("orders",))
async def list_orders(call: Call[Services], query: OrderListQuery) -> OrderList:
    """The merchant's orders that match, newest first.

    Names, e-mail addresses and phones are stored encrypted; they are found by whole words, by staff and the storefront.
    """
    criteria, with_customer = query.criteria(), query.include == "customer"
    if (criteria.personal or with_customer) and call.caller.role not in CONTACT_READERS:
        raise Problem("forbidden", "Customers' names and contacts are for staff and the storefront.")
    search = call.services.orders.search
    page = await search.page(call.merchant, criteria, query.page(), with_customer=with_customer)
    return OrderList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/orders/{order}", roles=READERS, other_statuses=(304,), tags=("orders",))
async def get_order(call: Call[Services], query: OrderQuery) -> Response[OrderView | CustomerOrder]:
    """The order's status as last written; with `live=true` from the journey itself, in the same form.

    A customer's link gets `CustomerOrder`, without anything that is internal to the shop.
    """
    if is_customer(call):
        return await _customers_view(call, query)
    if query.include == "customer":
        return await _view_with_customer(call, query)
    if query.live == "false":
        return await status_of(call)
    order = await order_of(call)
    try:
        live = await call.services.orders.reader.live_view(order)
    except JourneyUnavailable:
        raise Problem(
            "unavailable", "The journey does not answer; request it without live.", retry_after=RETRY_AFTER
        ) from None
    return Response(live, headers=etag(live.seq))


async def _customers_view(call: Call[Services], query: OrderQuery) -> Response[CustomerOrder]:
    order = await order_of(call)
    if query != OrderQuery():
        raise Problem("forbidden", "A customer's link takes no parameters.")
    view = await call.services.orders.reader.customer_view(order)
    return Response(view, headers=etag(view.seq))


async def _view_with_customer(call: Call[Services], query: OrderQuery) -> Response[OrderView]:
    order = await order_of(call)
    if call.caller.role not in CONTACT_READERS:
        raise Problem("forbidden", "Customers' names and contacts are for staff and the storefront.")
    if query.live == "true":
        raise Problem("invalid_query", "The journey itself has no names: leave out live or include.")
    # Without an ETag: a customer may be erased, which is no new version of the order.
    return Response(await call.services.orders.reader.view_with_customer(order))


@endpoint(
    "POST", "/v1/orders/{order}/parcels", roles={Role.STOREFRONT, Role.WAREHOUSE}, status=201, other_statuses=(200,),
    tags=("orders",), problems=("refused", "parcel_conflict", "too_many_requests"), idempotency="optional",
    location="/v1/orders/{order}",
)  # fmt: skip
async def register_parcel(call: Call[Services], body: NewParcel) -> Response[OrderView]:
    """Register a parcel of the order, to be tracked. It never replaces another one.

    The same parcel again answers 200; other goods under a tracking number of the order are a conflict, which names what differs.
    """
    order = await order_of(call)
    context = await context_of(call)
    command = RegisterParcel(
        **context.envelope(),
        carrier=body.carrier,
        tracking_number=body.tracking_number or "",
        shipped_on=body.shipped_on,
        lines=body.lines,
        promise=body.promise.promise() if body.promise else None,
    )
    result = await call.services.orders.changes.register_parcel(context, order, command)
    return Response(await view_after(call, order, result), status=200 if result.repeated else 201)


@endpoint(
    "POST", "/v1/orders/{order}/handovers", roles={Role.STOREFRONT, Role.WAREHOUSE} | STAFF, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional", location="/v1/orders/{order}",
)  # fmt: skip
async def report_handover(call: Call[Services], body: NewHandover) -> OrderView:
    """Report goods that need no parcel: ready in the shop, collected there, or delivered digitally."""
    order = await order_of(call)
    context = await context_of(call)
    command = ReportHandover(**context.envelope(), status=body.status, lines=body.lines)
    return await view_after(call, order, await call.services.commands.execute(context, order, command))


@endpoint(
    "POST", "/v1/orders/{order}/cancel", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def cancel_order(call: Call[Services]) -> OrderView | CustomerOrder:
    """Cancel the order while no carrier has it; everything captured is refunded."""
    order = await order_of(call)
    context = await context_of(call)
    result = await call.services.commands.execute(context, order, CancelOrder(**context.envelope()))
    return await callers_view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/overrides", roles=STAFF | {Role.FINANCE}, tags=("agents",),
    problems=("refused", "version_conflict", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def override_order(call: Call[Services], body: OrderOverride) -> OrderView:
    """Overrule a step of the order, with a reason that is recorded.

    `If-Match` with the order's ETag does the same as `expected_seq`.
    """
    order = await order_of(call)
    request = body.request(await expected_seq(call, order, body.expected_seq))
    context, staff = await context_of(call), call.services.staff_orders
    command = await staff.commands.order_override(context, order, request)
    result = await staff.undo.give(context, order, command, wait=body.wait)
    return await view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/customer-links", roles={Role.STOREFRONT} | STAFF, status=201, tags=("customers",)
)  # fmt: skip
async def create_customer_link(call: Call[Services], body: NewLink | None) -> CustomerLink:
    """A short-lived token with which the customer can see and return this one order.

    One that staff make is in the audit: its holder acts as the customer.
    """
    order, hours, links = await order_of(call), (body or NewLink()).hours, call.services.orders.links
    made_by_staff = call.caller.role in STAFF
    created = (
        links.create_for(order, hours, call.caller.actor) if made_by_staff else links.create(order, hours)
    )
    token, expires_at = await created
    return CustomerLink(token=token, expires_at=expires_at)


@endpoint(
    "DELETE", "/v1/orders/{order}/customer-links", roles={Role.STOREFRONT} | STAFF, status=204, tags=("customers",)
)  # fmt: skip
async def revoke_customer_links(call: Call[Services]) -> None:
    """End all links to the order that were made until now, for example after one was sent to a wrong address."""
    await call.services.orders.links.revoke(await order_of(call), call.caller.actor)
