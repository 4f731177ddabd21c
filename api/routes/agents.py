"""Routes for support agents: open questions, the audit log, and the merchant's figures."""

from typing import Literal

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.orders import PageQuery, Timeline
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.model.attention import Owner
from services.reports import AttentionItemView, Summary


class AttentionQuery(PageQuery):
    """Only the questions that wait for that owner."""

    owner: Owner | None = None
    """Only the questions of that owner."""


class AttentionItemList(Frozen):
    """A page of open questions, by their deadlines."""

    items: tuple[AttentionItemView, ...]
    """The questions of this page."""
    next: str | None
    """`cursor` of the next page; null on the last."""


@endpoint("GET", "/v1/attention", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, tags=("agents",))
async def list_attention(call: Call[Services], query: AttentionQuery) -> AttentionItemList:
    """Open questions, the most urgent first.

    `unknown_parcel`: a carrier has reported for an hour on a number that no parcel has. Its `order` is null, and
    `tracking_number` and `carrier` are the carrier's. It ends when a parcel with that number is registered, or by
    `POST /v1/unknown-parcels/{tracking_number}/dismissals`.
    """
    page = await call.services.merchants.reports.open_questions(call.merchant, query.page(), query.owner)
    return AttentionItemList(items=tuple(page.items), next=page.next)


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


@endpoint("GET", "/v1/audit", roles={Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN}, tags=("agents",))
async def list_audit(call: Call[Services], query: PageQuery) -> Timeline:
    """Everything that was done, oldest first."""
    page = await call.services.orders.history.timeline(call.merchant, query.page())
    return Timeline(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/reports/summary", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def get_summary(call: Call[Services]) -> Summary:
    """Orders by stage, returns by status, notices by outcome, and the money as the ledger has it."""
    return await call.services.merchants.reports.summary(call.merchant)
