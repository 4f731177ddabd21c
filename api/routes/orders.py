"""Orders: placing, looking, shipping, cancelling."""

from datetime import datetime, timedelta

from structlog.contextvars import bind_contextvars

from api import metrics
from api.context import Services
from api.endpoint import Call, Response, endpoint
from api.problems import Problem
from api.request_context import (
    actor_of,
    etag,
    execute,
    expected_version,
    order_of,
    page_of,
    sandbox_time,
    status_of,
    view_of,
)
from api.schemas.orders import (
    CustomerLink,
    NewLink,
    NewOrder,
    NewParcel,
    OrderList,
    OrderListQuery,
    OrderOverride,
    OrderQuery,
    invalid_body,
)
from domain.actors import STAFF, Role
from domain.journey.order_view import OrderView, order_view
from domain.model.order import inconsistencies
from domain.model.promise import Promise
from domain.orders.commands.cancel_order import CancelOrder
from domain.orders.commands.override_order import OverrideOrder
from domain.orders.promise_calendar import NoPromiseReason
from domain.tracking.commands.register_parcel import RegisterParcel
from services.delivery_promise import CalculatedPromise
from services.journeys import JourneyUnavailable
from services.place_order import OrderPlacement
from services.sealed_text import seal_text
from services.tokens import LinkClaims
from store.engine.columns import real_now
from store.orders.orders import PlaceOrderResult

_UNPROMISED: dict[NoPromiseReason, tuple[str, str]] = {
    "no_delivery_terms": ("promise_missing", "/promise"),
    "unknown_service": ("unknown_service", "/service"),
    "placed_too_late": ("placed_too_late", "/placed_at"),
}
READERS = {Role.STOREFRONT, Role.CUSTOMER, Role.FINANCE, Role.WAREHOUSE} | STAFF


@endpoint(
    "POST", "/v1/orders", roles={Role.STOREFRONT}, status=201, other_statuses=(200,), tags=("orders",),
    problems=("order_conflict", "payment_taken"), idempotency="optional",
)  # fmt: skip
async def place_order(call: Call[Services], body: NewOrder) -> Response[OrderView]:
    """Start the journey of a paid order.

    The same order again answers 200 with its current state; another body under the same order id is a conflict. An order
    without `promise` is promised what the merchant's policy says for its `service`, or for the default one; that is worked
    out once and stays, whatever becomes of the policy.
    """
    found = inconsistencies(body.currency, body.lines, body.shipping, body.tenders)
    if found:
        raise invalid_body(found)
    given = body.promise.promise() if body.promise else None
    body_hash = call.services.tokens.fingerprint(body.canonical_json())
    known = await call.services.orders.find(call.merchant, body.order_id)
    if known is not None and known.order_id == body.order_id and known.body_hash != body_hash:
        raise Problem("order_conflict")  # before a key is made for a person who has no order here
    if known is not None and known.order_id == body.order_id:
        return await _started(call, PlaceOrderResult("duplicate", known.id))
    promised = await _promised(call, body, given)
    placing = OrderPlacement(call.services.orders, call.services.vault, call.services.preferences)
    placed = await placing.place(call.merchant, body.sale(), promised, body_hash)
    if placed.outcome == "conflict":
        raise Problem("order_conflict")
    if placed.outcome == "payment_taken":
        raise Problem("payment_taken")
    return await _started(call, placed)


async def _promised(call: Call[Services], body: NewOrder, given: Promise | None) -> CalculatedPromise:
    """The promise the order gets; a problem where it names none and the policy has none for it."""
    promised = await call.services.promise_calculator.calculate(
        call.merchant, body.service, body.placed_at, body.destination, given
    )
    if isinstance(promised, CalculatedPromise):
        return promised
    raise invalid_body([_UNPROMISED[promised]])


async def _started(call: Call[Services], placed: PlaceOrderResult) -> Response[OrderView]:
    """The order's journey is on its way, and this is how the order stands."""
    try:
        bind_contextvars(order=placed.order)
        with metrics.time_command("PlaceOrder") as asked:
            await call.services.journeys.ensure_started(call.merchant, placed.order)
            asked.outcome = "accepted"
    except JourneyUnavailable:
        taken = "The order is taken and will start; repeat the request to see it."
        raise Problem("unavailable", taken, retry_after=2.0) from None
    row = await call.services.orders.find(call.merchant, placed.order)
    assert row is not None
    return Response(await view_of(call, row), status=201 if placed.outcome == "new" else 200)


@endpoint("GET", "/v1/orders", roles={Role.STOREFRONT, Role.FINANCE} | STAFF, tags=("orders",))
async def list_orders(call: Call[Services], query: OrderListQuery) -> OrderList:
    """The merchant's orders, newest first. One that has not begun yet is left out."""
    who = query.customer and call.services.vault.customer_of(call.merchant, query.customer)
    page = await page_of(
        call.services.orders.page(
            call.merchant, limit=query.limit, cursor=query.cursor, stage=query.stage, customer=who
        )
    )
    known = [await call.services.snapshots.snapshot(row.merchant, row.id) for row in page.items]
    return OrderList(items=tuple(order_view(one.state, one.as_of) for one in known if one), next=page.next)


@endpoint("GET", "/v1/orders/{order}", roles=READERS, tags=("orders",))
async def get_order(call: Call[Services], query: OrderQuery) -> Response[OrderView]:
    """The order's status from the last commit; with `live=true` from the journey itself, in the same form."""
    if query.live == "false":
        return await status_of(call)
    row = await order_of(call)
    try:
        live = await call.services.journeys.query(row.merchant, row.id)
    except JourneyUnavailable:
        raise Problem(
            "unavailable", "The journey does not answer; ask without live.", retry_after=2.0
        ) from None
    return Response(live, headers=etag(live.seq))


@endpoint(
    "POST", "/v1/orders/{order}/parcels", roles={Role.STOREFRONT, Role.WAREHOUSE}, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def register_parcel(call: Call[Services], body: NewParcel) -> OrderView:
    """Follow a parcel of the order. Adding one never replaces another."""
    row = await order_of(call)
    ask = RegisterParcel(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        carrier=body.carrier,
        tracking_number=body.tracking_number,
        shipped_on=body.shipped_on,
        lines=body.lines,
        promise=body.promise.promise() if body.promise else None,
    )
    await execute(call, row, ask)
    call.services.inbox_changed.set()  # messages of the carrier may have been parked for this parcel
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/cancel", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def cancel_order(call: Call[Services]) -> OrderView:
    """Call the order off while no carrier has it; everything captured goes back."""
    row = await order_of(call)
    ask = CancelOrder(command_id=call.command_id, actor=actor_of(call), now=await sandbox_time(call))
    await execute(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/overrides", roles=STAFF | {Role.FINANCE}, tags=("agents",),
    problems=("refused", "version_conflict", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def override_order(call: Call[Services], body: OrderOverride) -> OrderView:
    """Overrule a step of the order, with a reason that is kept.

    `If-Match` with the order's ETag does the same as `expected_seq`.
    """
    row = await order_of(call)
    expected, seq = expected_version(call), body.expected_seq
    if expected is not None:
        if not expected.isdecimal():
            raise Problem("version_conflict", current=await view_of(call, row))
        seq = int(expected)
    wanted = body.with_sealed_reason(await seal_text(call.services.vault, row, body.reason), seq)
    ask = OverrideOrder(
        command_id=call.command_id, actor=actor_of(call), now=await sandbox_time(call), request=wanted
    )
    await execute(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/customer-links", roles={Role.STOREFRONT} | STAFF, status=201, tags=("customers",)
)  # fmt: skip
async def create_customer_link(call: Call[Services], body: NewLink | None) -> CustomerLink:
    """A short-lived token with which the customer sees and returns this one order."""
    row = await order_of(call)
    expires_at: datetime = real_now() + timedelta(hours=(body or NewLink()).hours)
    token = call.services.tokens.sign_link(
        LinkClaims(merchant=row.merchant, order=row.id, expires_at=expires_at)
    )
    return CustomerLink(token=token, expires_at=expires_at)
