"""Routes: what a command would change, without giving it."""

from api.context import Services
from api.http.endpoint import Call, Response, endpoint
from api.request_context import (
    accepted,
    context_of,
    etag,
    expected_seq,
    expected_version,
    order_of,
    return_of,
)
from api.routes.agents import QuestionClosing
from api.schemas.orders import OrderOverride
from api.schemas.returns import ReturnOverride
from domain.actors import STAFF, Role
from domain.journey.preview import CommandPreview
from domain.model.command import Command
from domain.orders.commands.cancel_order import CancelOrder
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.staff_orders.approval_gate import SecondPerson


class PreviewAnswer(CommandPreview):
    """What a command would change, and who has to agree to it."""

    second_person: SecondPerson | None
    """The command is above your limit: giving it makes a request to a second person. Null: you may give it alone."""


@endpoint(
    "POST", "/v1/orders/{order}/overrides/preview", roles=STAFF | {Role.FINANCE}, tags=("agents",),
    problems=("refused", "version_conflict"),
)  # fmt: skip
async def preview_order_override(call: Call[Services], body: OrderOverride) -> Response[PreviewAnswer]:
    """What `POST /v1/orders/{order}/overrides` with this body would change. Nothing happens.

    It is refused for the reasons for which the override would be refused. The answer's ETag is the version that was looked
    at: send it as `If-Match` with the override, and it is refused if the order has changed.
    """
    order = await order_of(call)
    context = await context_of(call)
    request = body.request(await expected_seq(call, order, body.expected_seq))
    return await previewed(
        call,
        context,
        order,
        await call.services.staff_orders.commands.order_override(context, order, request),
    )


@endpoint(
    "POST", "/v1/orders/{order}/cancel/preview", roles=STAFF, tags=("agents",),
    problems=("refused", "version_conflict"),
)  # fmt: skip
async def preview_cancellation(call: Call[Services]) -> Response[PreviewAnswer]:
    """What `POST /v1/orders/{order}/cancel` would change. Nothing happens."""
    order = await order_of(call)
    context = await context_of(call)
    return await previewed(call, context, order, CancelOrder(**context.envelope()))


@endpoint(
    "POST", "/v1/orders/{order}/attention/closings/preview", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE},
    tags=("agents",), problems=("refused", "version_conflict"),
)  # fmt: skip
async def preview_closing(call: Call[Services], body: QuestionClosing) -> Response[PreviewAnswer]:
    """What closing the question would change. Nothing happens."""
    order = await order_of(call)
    context = await context_of(call)
    question = (body.kind, body.subject)
    return await previewed(
        call,
        context,
        order,
        await call.services.staff_orders.commands.closing(context, order, question, body.reason),
    )


@endpoint(
    "POST", "/v1/returns/{return}/overrides/preview", roles=STAFF, tags=("agents",),
    problems=("refused", "version_conflict"),
)  # fmt: skip
async def preview_return_override(call: Call[Services], body: ReturnOverride) -> Response[PreviewAnswer]:
    """What `POST /v1/returns/{return}/overrides` with this body would change. Nothing happens."""
    found = await return_of(call)
    context = await context_of(call)
    request = body.request(expected_version(call))
    return await previewed(
        call,
        context,
        found.order,
        await call.services.staff_orders.commands.return_override(context, found, request),
    )


async def previewed(
    call: Call[Services], context: CommandContext, order: FoundOrder, command: Command
) -> Response[PreviewAnswer]:
    """The command's preview, or the problem that the command itself would be refused with."""
    result, found = await call.services.staff_orders.previews.of(context, order, command)
    await accepted(call, order, result)
    assert found is not None, "a command that is not refused has an effect to preview"
    second = await call.services.staff_orders.undo.gate.second_person(context, order, command)
    fields = {name: getattr(found, name) for name in CommandPreview.model_fields}
    return Response(PreviewAnswer(**fields, second_person=second), headers=etag(found.seq))
