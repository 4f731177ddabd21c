"""Routes for support agents: open questions, the audit log, and the merchant's figures."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.schemas.orders import PageQuery, Timeline
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.model.attention import Owner
from services.reports import AttentionItemView, Summary


class AttentionQuery(PageQuery):
    """Only the questions that wait for that owner."""

    owner: Owner | None = None


class AttentionItemList(Frozen):
    items: tuple[AttentionItemView, ...]
    next: str | None


@endpoint("GET", "/v1/attention", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, tags=("agents",))
async def list_attention(call: Call[Services], query: AttentionQuery) -> AttentionItemList:
    """Open questions, the most urgent first."""
    page = await call.services.merchants.reports.open_questions(call.merchant, query.page(), query.owner)
    return AttentionItemList(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/audit", roles={Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN}, tags=("agents",))
async def list_audit(call: Call[Services], query: PageQuery) -> Timeline:
    """Everything that was done, oldest first."""
    page = await call.services.orders.history.timeline(call.merchant, query.page())
    return Timeline(items=tuple(page.items), next=page.next)


@endpoint("GET", "/v1/reports/summary", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def get_summary(call: Call[Services]) -> Summary:
    """Orders by stage, returns by status, notices by outcome, and the money as the ledger has it."""
    return await call.services.merchants.reports.summary(call.merchant)
