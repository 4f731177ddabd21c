"""Parcels that do not arrive: the customer says so, and says what they want instead."""

from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.request_context import actor_of, execute, order_of, sandbox_time, state_of, view_of
from api.schemas.orders import LostParcelResolution, NotReceivedReport
from domain.actors import STAFF, Role
from domain.journey.order_view import OrderView
from domain.tracking.commands.report_not_received import ReportNotReceived
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel

_ROLES = {Role.STOREFRONT, Role.CUSTOMER} | STAFF


@endpoint(
    "POST", "/v1/orders/{order}/not-received", roles=_ROLES, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def report_not_received(call: Call[Services], body: NotReceivedReport | None) -> OrderView:
    """The carrier says delivered and the customer has nothing: we search, and say by when they hear from us.

    A customer may say so once per parcel within the policy's days; what then nobody finds is paid back, or not, as the
    policy says. `attention` shows the open question with its deadline and default.
    """
    row = await order_of(call)
    parcel = body.parcel if body else None
    if parcel is None:
        state, _ = await state_of(call, row)
        arrived = [one.parcel_id for one in state.parcels if one.delivered_at]
        if len(arrived) > 1:
            errors = [{"pointer": "/parcel", "code": "parcel_needed", "detail": "Several were delivered."}]
            raise Problem("invalid_body", errors=errors)
        parcel = arrived[0] if arrived else next((one.parcel_id for one in state.parcels), "")
    ask = ReportNotReceived(
        command_id=call.command_id, actor=actor_of(call), now=await sandbox_time(call), parcel=parcel
    )
    await execute(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/parcels/{parcel}/choice", roles=_ROLES, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def resolve_lost_parcel(call: Call[Services], body: LostParcelResolution) -> OrderView:
    """Instead of a parcel that is presumed lost or came back: `resend` has it packed again, `refund` pays it back now."""
    row = await order_of(call)
    ask = ResolveLostParcel(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        parcel=call.path["parcel"],
        choice=body.choice,
    )
    await execute(call, row, ask)
    return await view_of(call, row)
