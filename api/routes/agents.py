"""Routes for support agents: open questions are closed, the audit log, and the merchant's figures."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import MerchantId
from api.http.problems import Problem
from api.request_context import context_of, order_of, view_after
from api.schemas.orders import AuditLines, PageQuery
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.journey.order_view import OrderView
from domain.model.attention import AttentionKind
from services.orders.history import AuditFilter
from services.reports import Summary


class QuestionClosing(Frozen):
    """Which open question of the order is closed, as `attention` lists it, and why."""

    kind: AttentionKind
    """The kind of the question."""
    subject: Annotated[str, Field(max_length=128)]
    """What the question is about."""
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    """Kept for ever, and shown on the order's timeline."""
    wait: bool = False
    """With true, a closing that pays money at once waits for the policy's `undo_seconds`, as `planned` of the order says."""


@endpoint(
    "POST", "/v1/orders/{order}/attention/closings", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, status=201, tags=("agents",),
    problems=("refused", "too_many_requests"), idempotency="optional",
)  # fmt: skip
async def close_question(call: Call[Services], body: QuestionClosing) -> OrderView:
    """Close a question that needs no answer, with a reason; docs/questions.md lists what closing each kind does.

    A question on whose answer money or goods depend is refused with `question_needs_answer`, which names the answers.
    Finance and the warehouse close those that wait for them.
    """
    order = await order_of(call)
    context, staff = await context_of(call), call.services.staff_orders
    command = await staff.commands.closing(context, order, (body.kind, body.subject), body.reason)
    result = await staff.undo.give(context, order, command, wait=body.wait)
    return await view_after(call, order, result)


class UnknownParcelDismissal(Frozen):
    """Why the number is none of the merchant's parcels."""

    reason: Literal["not_ours", "return_label", "test", "replaced", "other"]
    """What the number is instead."""


class UnknownParcelDismissed(Frozen):
    """The number is settled as none of the merchant's parcels."""

    tracking_number: str
    """The number as its carrier writes it."""
    deliveries: int
    """How many deliveries are dead now because they waited for nothing else. They may be replayed."""


@endpoint(
    "POST", "/v1/unknown-parcels/{tracking_number}/dismissals", roles=STAFF, status=201, tags=("agents",),
)  # fmt: skip
async def dismiss_unknown_parcel(
    call: Call[Services], body: UnknownParcelDismissal
) -> UnknownParcelDismissed:
    """Close the question about that number, in any spelling. The audit log has who did it, and the reason."""
    number = call.path["tracking_number"]
    inbox = call.services.inbound.inbox
    dead = await inbox.dismiss_unknown_parcel(call.merchant, number, call.caller.actor, body.reason)
    if dead is None:
        raise Problem("not_found")
    return UnknownParcelDismissed(tracking_number=number, deliveries=dead)


class AuditQuery(PageQuery):
    """Which lines of the audit, and in which order."""

    order: MerchantId | None = None
    """Only lines about that order, by your id or ours."""
    actor: Annotated[str, Field(max_length=64)] = ""
    """Only what that role, or the user or key of that id, did."""
    newest_first: bool = False
    """The newest line first."""


@endpoint("GET", "/v1/audit", roles={Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN}, tags=("agents",))
async def list_audit(call: Call[Services], query: AuditQuery) -> AuditLines:
    """Everything that was done, oldest first unless `newest_first`; of one order or of one who acted, if you like."""
    merchant, history = call.merchant, call.services.orders.history
    order = await call.services.orders.reader.find(merchant, query.order) if query.order else None
    if query.order and order is None:
        raise Problem("not_found")
    wanted = AuditFilter(actor=query.actor, newest_first=query.newest_first)
    page = await history.audit_lines(merchant, query.page(), order, wanted)
    return AuditLines(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/reports/summary", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def get_summary(call: Call[Services]) -> Summary:
    """Orders by stage, returns by status, notices and told dates by outcome, and the money as the ledger has it."""
    return await call.services.merchants.reports.summary(call.merchant)
