"""Routes of delay consents: request that a customer accepts a later date, and answer the request."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import callers_view_after, context_of, order_of, view_after
from api.schemas.orders import DelayConsentRequest, DelayConsentResponse
from domain.actors import STAFF, Role
from domain.journey.customer_order import CustomerOrder
from domain.journey.order_view import OrderView
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent


@endpoint(
    "POST", "/v1/orders/{order}/consents", roles={Role.STOREFRONT} | STAFF, status=201, tags=("orders",),
    location="/v1/orders/{order}",
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def request_delay_consent(call: Call[Services], body: DelayConsentRequest) -> OrderView:
    """Ask the customer to agree to a later date. Without an answer until `deadline`, `default_answer` applies."""
    order = await order_of(call)
    context = await context_of(call)
    command = RequestDelayConsent(
        **context.envelope(),
        promise=body.promise.promise(),
        deadline=body.deadline,
        default_answer=body.default_answer,
    )
    result = await call.services.commands.execute(context, order, command)
    return await view_after(call, order, result)


@endpoint(
    "POST", "/v1/orders/{order}/consents/{consent}/answer", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF,
    tags=("orders",), problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def respond_to_delay_consent(
    call: Call[Services], body: DelayConsentResponse
) -> OrderView | CustomerOrder:
    """The customer waits for the later date, or cancels what has not left and is refunded."""
    order = await order_of(call)
    context = await context_of(call)
    command = RespondToDelayConsent(
        **context.envelope(),
        consent_id=call.path["consent"],
        answer=body.answer,
    )
    result = await call.services.commands.execute(context, order, command)
    return await callers_view_after(call, order, result)
