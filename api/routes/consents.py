"""Consents: a customer is asked to wait for what cannot be sent in time, and answers."""

from api.asking import actor_of, carry_out, clock_of, order_of, view_of
from api.endpoint import Call, endpoint
from api.services import Services
from api.shapes.orders import ConsentAnswer, NewConsent
from domain.actors import STAFF, Role
from domain.commands.answer_consent import AnswerConsent
from domain.commands.ask_consent import AskConsent
from domain.views import OrderView


@endpoint(
    "POST", "/v1/orders/{order}/consents", roles={Role.STOREFRONT} | STAFF, status=201, tags=("orders",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def ask_consent(call: Call[Services], body: NewConsent) -> OrderView:
    """Ask the customer to agree to a later date; silence until `deadline` does `if_silent`."""
    row = await order_of(call)
    ask = AskConsent(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await clock_of(call),
        promise=body.promise.promise(),
        deadline=body.deadline,
        if_silent=body.if_silent,
    )
    await carry_out(call, row, ask)
    return await view_of(call, row)


@endpoint(
    "POST", "/v1/orders/{order}/consents/{consent}/answer", roles={Role.STOREFRONT, Role.CUSTOMER} | STAFF,
    tags=("orders",), problems=("refused", "too_many_requests"), idempotency="required",
)  # fmt: skip
async def answer_consent(call: Call[Services], body: ConsentAnswer) -> OrderView:
    """Wait for the later date, or cancel what has not left and be paid back."""
    row = await order_of(call)
    ask = AnswerConsent(
        command_id=call.command_id,
        actor=actor_of(call),
        now=await clock_of(call),
        consent_id=call.path["consent"],
        answer=body.answer,
    )
    await carry_out(call, row, ask)
    return await view_of(call, row)
