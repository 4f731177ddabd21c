"""Routes: disputes of an order, as people state them and say what they paid for."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import context_of, order_of, view_after
from api.schemas.disputes import DisputeStatementRequest, DisputeUnits, NewDispute
from domain.actors import Role
from domain.journey.order_view import OrderView
from domain.payments.commands.assign_dispute import AssignDispute
from domain.payments.commands.state_dispute import StateDispute

_DECIDERS = {Role.FINANCE, Role.SENIOR_AGENT, Role.ADMIN}


@endpoint(
    "POST", "/v1/orders/{order}/disputes", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def state_new_dispute(call: Call[Services], body: NewDispute) -> OrderView:
    """State a dispute that its provider does not report; from then on refunds of that payment wait for its end."""
    order = await order_of(call)
    context = await context_of(call)
    command = StateDispute(**context.envelope(), **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.state(context, order, command))


@endpoint(
    "POST", "/v1/orders/{order}/disputes/{dispute}/statements", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def state_dispute(call: Call[Services], body: DisputeStatementRequest) -> OrderView:
    """State what became of a dispute. A later statement of its provider counts more than an earlier one of a person."""
    order = await order_of(call)
    context = await context_of(call)
    command = StateDispute(**context.envelope(), dispute=call.path["dispute"], **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.state(context, order, command))


@endpoint(
    "POST", "/v1/orders/{order}/disputes/{dispute}/units", roles=_DECIDERS, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def assign_dispute(call: Call[Services], body: DisputeUnits) -> OrderView:
    """Say for which units a bank has paid, where a dispute about a part of a payment was lost and the amount does not say.

    What then still waits is paid, as far as the payment holds it.
    """
    order = await order_of(call)
    context = await context_of(call)
    command = AssignDispute(**context.envelope(), dispute=call.path["dispute"], **body.model_dump())
    return await view_after(call, order, await call.services.orders.disputes.assign(context, order, command))
