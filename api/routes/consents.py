"""Consents: a customer is asked to wait for what cannot be sent in time, and answers."""

from api.context import Services
from api.endpoint import Call, endpoint
from api.request_context import actor_of, execute, order_of, sandbox_time, view_of
from api.schemas.orders import DelayConsentRequest, DelayConsentResponse
from domain.actors import STAFF, Role
from domain.journey.order_view import OrderView
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent


@endpoint(
    "POST", "/v1/orders/{order}/consents", roles={Role.STOREFRONT} | STAFF, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def request_delay_consent(call: Call[Services], body: DelayConsentRequest) -> OrderView:
    """Ask the customer to agree to a later date; silence until `deadline` does `default_answer`."""
    row = await order_of(call)
    ask = RequestDelayConsent(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        promise=body.promise.promise(),
        deadline=body.deadline,
        default_answer=body.default_answer,
    )
    await execute(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/consents/{consent}/answer", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF,
    tags=("orders",), problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def respond_to_delay_consent(call: Call[Services], body: DelayConsentResponse) -> OrderView:
    """Wait for the later date, or cancel what has not left and be paid back."""
    row = await order_of(call)
    ask = RespondToDelayConsent(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await sandbox_time(call),
        consent_id=call.path["consent"],
        answer=body.answer,
    )
    await execute(call, row, ask)
    return await view_of(call, row)
