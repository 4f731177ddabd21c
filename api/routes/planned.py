"""Routes: a planned command of a person is taken back, or done at once."""

from typing import Literal

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.request_context import context_of, order_of, view_after
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.journey.order_view import OrderView


class PlannedAnswer(Frozen):
    """What becomes of a planned command before its time has come."""

    answer: Literal["undo", "at_once"] = "undo"
    """`undo` takes it back: it never happens. `at_once` has it happen now."""


@endpoint(
    "POST", "/v1/orders/{order}/planned/{plan}/answers", roles=STAFF | {Role.FINANCE}, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def answer_planned(call: Call[Services], body: PlannedAnswer | None) -> OrderView:
    """Take a planned command back, or have it happen now; `planned` of the order lists them.

    The journey decides: once the time of the command has come it has happened, and this is refused with `nothing_to_undo`.
    Finance answers what it planned itself.
    """
    order = await order_of(call)
    context, undo = await context_of(call), call.services.staff_orders.undo
    give = undo.at_once if body is not None and body.answer == "at_once" else undo.undo
    return await view_after(call, order, await give(context, order, call.path["plan"]))
