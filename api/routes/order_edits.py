"""Routes: an order is edited after it was placed."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import context_of, order_of, view_after
from api.schemas.order_edits import AddedLines, ChangedDestination, UnitsToRemove
from api.schemas.orders import invalid_body
from domain.actors import STAFF, Role
from domain.journey.order_view import OrderView
from domain.orders.commands.change_destination import ChangeDestination
from domain.orders.commands.remove_units import RemoveUnits
from services.orders.payment_holders import UnknownProvider
from services.orders.payments import PaymentTaken


@endpoint(
    "POST", "/v1/orders/{order}/lines", roles={Role.STOREFRONT}, tags=("orders",),
    problems=("refused", "payment_taken", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def add_lines(call: Call[Services], body: AddedLines) -> OrderView:
    """Add lines to the order, with what was paid for them; the same lines again change nothing."""
    order = await order_of(call)
    lines, tenders = body.addition()
    context = await context_of(call)
    try:
        result = await call.services.orders.edits.add(context, order, lines, tenders)
    except PaymentTaken:
        raise Problem("payment_taken") from None
    except UnknownProvider:
        raise invalid_body([("unknown_provider", "/tenders")]) from None
    return await view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/removals", roles={Role.STOREFRONT} | STAFF, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def remove_units(call: Call[Services], body: UnitsToRemove) -> OrderView:
    """Take units off the order that have not left the shop; what was paid for them goes back.

    When nothing else is left of the order it is cancelled, and everything goes back.
    """
    order = await order_of(call)
    context = await context_of(call)
    command = RemoveUnits(**context.envelope(), lines=body.lines)
    return await view_after(call, order, await call.services.commands.execute(context, order, command))


@endpoint(
    "PUT", "/v1/orders/{order}/destination", roles={Role.STOREFRONT} | STAFF, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def change_destination(call: Call[Services], body: ChangedDestination) -> OrderView:
    """Deliver the order to another place, before a parcel has left; the promised day ends with that day there."""
    order = await order_of(call)
    destination = call.services.orders.placement.destination(
        body.country, body.region, body.postcode, body.zone
    )
    if destination is None:
        raise invalid_body([("unknown_country", "/country")])
    context = await context_of(call)
    command = ChangeDestination(**context.envelope(), destination=destination, changed_at=body.changed_at)
    return await view_after(call, order, await call.services.commands.execute(context, order, command))
