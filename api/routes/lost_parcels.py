"""Routes: a customer reports a parcel that did not arrive, and chooses what to have instead of a lost one."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.request_context import callers_view_after, context_of, order_of
from api.schemas.orders import LostParcelResolution, NotReceivedReport
from domain.actors import STAFF, Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from services.orders.changes import ParcelNotNamed

_ROLES = {Role.STOREFRONT, Role.CUSTOMER} | STAFF


@endpoint(
    "POST", "/v1/orders/{order}/not-received", roles=_ROLES, status=201, tags=("orders",), location="/v1/orders/{order}",
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def report_not_received(
    call: Call[Services], body: NotReceivedReport | None
) -> OrderView | CustomerOrder:
    """The carrier says delivered and the customer has nothing: open a trace, with a date by which they hear from us.

    A customer may report it once per parcel within the policy's days. What is not found then is paid back, or not, as the
    policy says. `attention` shows the open question with its deadline and default.
    """
    order = await order_of(call)
    context = await context_of(call)
    try:
        result = await call.services.orders.changes.report_not_received(
            context, order, body.parcel if body else None
        )
    except ParcelNotNamed:
        errors = [{"pointer": "/parcel", "code": "parcel_needed", "detail": "Several were delivered."}]
        raise Problem("invalid_body", errors=errors) from None
    return await callers_view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/parcels/{parcel}/choice", roles=_ROLES, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def resolve_lost_parcel(call: Call[Services], body: LostParcelResolution) -> OrderView | CustomerOrder:
    """Choose for a parcel that is presumed lost or came back: `resend` has it packed again, `refund` pays it back now."""
    order = await order_of(call)
    context = await context_of(call)
    command = ResolveLostParcel(**context.envelope(), parcel=call.path["parcel"], choice=body.choice)
    return await callers_view_after(
        call, order, await call.services.commands.execute(context, order, command)
    )
