"""Parcels that do not arrive: the customer says so, and says what they want instead."""

from api.asking import actor_of, carry_out, clock_of, order_of, state_of, view_of
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.services import Services
from api.shapes.orders import ForLost, NotReceived
from domain.actors import STAFF, Role
from domain.commands.choose_for_lost import ChooseForLost
from domain.commands.report_not_received import ReportNotReceived
from domain.views import OrderView

_MAY_SAY = {Role.STOREFRONT, Role.CUSTOMER} | STAFF


@endpoint(
    "POST", "/v1/orders/{order}/not-received", roles=_MAY_SAY, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def report_not_received(call: Call[Services], body: NotReceived | None) -> OrderView:
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
        command_id=call.command_id, actor=actor_of(call), now=await clock_of(call), parcel=parcel
    )
    await carry_out(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/parcels/{parcel}/choice", roles=_MAY_SAY, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def choose_for_lost(call: Call[Services], body: ForLost) -> OrderView:
    """Instead of a parcel that is presumed lost or came back: `resend` has it packed again, `refund` pays it back now."""
    row = await order_of(call)
    ask = ChooseForLost(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await clock_of(call),
        parcel=call.path["parcel"],
        choice=body.choice,
    )
    await carry_out(call, row, ask)
    return await view_of(call, row)
