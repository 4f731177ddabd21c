"""Routes: a customer answers when money is asked back, and a person decides about it."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import callers_view_after, context_of, order_of, view_after
from api.schemas.claw_backs import ClawBackAnswerRequest, ClawBackDecisionRequest
from domain.actors import STAFF, Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView

_CUSTOMER_SIDE = {Role.STOREFRONT, Role.CUSTOMER} | STAFF


@endpoint(
    "POST", "/v1/orders/{order}/claw-backs/{claim}/answers", roles=_CUSTOMER_SIDE, status=201, tags=("returns",),
    problems=("refused", "too_many_requests"), idempotency="required", location="/v1/orders/{order}",
)  # fmt: skip
async def answer_claw_back(call: Call[Services], body: ClawBackAnswerRequest) -> OrderView | CustomerOrder:
    """Answer the notice that money is asked back, with evidence; within the time that the notice gives.

    `agree` has store credit used at once. `will_send` waits for the goods. `already_sent` and `dispute` wait for a person of
    the shop; without a decision in time the customer keeps the money.
    """
    order = await order_of(call)
    context = await context_of(call)
    changes = call.services.orders.changes
    result = await changes.answer_claw_back(context, order, call.path["claim"], (body.answer, body.text))
    return await callers_view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/claw-backs/{claim}/decisions", roles=STAFF | {Role.FINANCE}, status=201, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="required", location="/v1/orders/{order}",
)  # fmt: skip
async def decide_claw_back(call: Call[Services], body: ClawBackDecisionRequest) -> OrderView:
    """Decide about money that is asked back: on the customer's answer, or against asking for it any longer.

    `withdraw` and `write_off` need a senior agent or finance, `paid_by_hand` finance.
    """
    order = await order_of(call)
    context = await context_of(call)
    changes = call.services.orders.changes
    result = await changes.decide_claw_back(context, order, call.path["claim"], (body.decision, body.reason))
    return await view_after(call, order, result)
