"""Route: a customer says how they get money that came back."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import callers_view_after, context_of, order_of
from api.schemas.orders import RefundChoiceRequest
from domain.actors import STAFF, Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView
from domain.payments.commands.choose_refund import ChooseRefund

_ROLES = {Role.STOREFRONT, Role.CUSTOMER} | STAFF


@endpoint(
    "POST", "/v1/orders/{order}/refunds/choice", roles=_ROLES, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def choose_refund(call: Call[Services], body: RefundChoiceRequest) -> OrderView | CustomerOrder:
    """Choose for a refund that came back: `store_credit` gives it at once, `other_way` has a person of the shop pay it."""
    order = await order_of(call)
    context = await context_of(call)
    command = ChooseRefund(**context.envelope(), leg=body.leg, choice=body.choice)
    return await callers_view_after(
        call, order, await call.services.commands.execute(context, order, command)
    )
