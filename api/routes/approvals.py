"""Routes: commands above a limit, which a second person approves or refuses."""

from typing import Annotated, Literal

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery
from domain.base import Frozen
from domain.text import IsText
from services.staff_orders.approval_decisions import ApprovalView
from services.staff_orders.approval_gate import DECIDERS

_PATH = "/v1/approvals"
_TAGS = ("agents",)


class ApprovalQuery(PageQuery):
    """Only those that wait."""

    status: Literal["open"] | None = None
    """`open`: only those that can still be decided: neither decided nor expired."""


class ApprovalList(Frozen):
    """Commands that wait for a second person, or waited, the newest first."""

    items: tuple[ApprovalView, ...]
    """One page of them."""
    next: str | None
    """The cursor of the next page; null on the last."""


class ApprovalDecision(Frozen):
    """What the second person decides."""

    decision: Literal["approve", "refuse"]
    """`approve` has the command performed. What pays money waits for `undo_seconds` of the policy, as after any command."""
    reason: Annotated[str, Field(min_length=3, max_length=500), *IsText]
    """Why; kept sealed."""


@endpoint("GET", _PATH, roles=DECIDERS, tags=_TAGS)
async def list_approvals(call: Call[Services], query: ApprovalQuery) -> ApprovalList:
    """Commands that were above the limit of who gave them (`second_approver` of the policy)."""
    approvals = call.services.staff_orders.approvals
    page = await approvals.page(
        call.merchant, query.page(), call.caller.role, open_only=query.status == "open"
    )
    return ApprovalList(items=tuple(page.items), next=page.next)


@endpoint("GET", _PATH + "/{approval}", roles=DECIDERS, tags=_TAGS)
async def get_approval(call: Call[Services]) -> ApprovalView:
    """One of them."""
    found = await call.services.staff_orders.approvals.find(
        call.merchant, call.path["approval"], call.caller.role
    )
    if found is None:
        raise Problem("not_found")
    return found


@endpoint(
    "POST", _PATH + "/{approval}/decisions", roles=DECIDERS, status=201, tags=_TAGS,
    problems=("approval_ended", "approval_own", "approval_changed", "too_many_requests"),
)  # fmt: skip
async def decide_approval(call: Call[Services], body: ApprovalDecision) -> ApprovalView:
    """Approve or refuse as another person than the one who gave the command, with a limit that is high enough.

    An approved command is performed once, as the one of who gave it; the audit names both. The same decision again finishes one
    that was cut off.
    """
    approvals = call.services.staff_orders.approvals
    decide = approvals.approve if body.decision == "approve" else approvals.refuse
    found = await decide(call.merchant, call.path["approval"], call.caller.actor, body.reason)
    match found:
        case None:
            raise Problem("not_found")
        case "ended":
            raise Problem("approval_ended")
        case "own":
            raise Problem("approval_own")
        case "amount":
            raise Problem("approval_changed")
        case "limit":
            raise Problem("forbidden", "The amount is above your own limit.")
        case ApprovalView():
            return found
