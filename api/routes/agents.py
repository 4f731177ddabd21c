"""What support agents work from: open questions, the audit, and the merchant's figures."""

from api.context import Services
from api.endpoint import Call, endpoint
from api.request_context import page_of
from api.routes.order_history import timeline_of
from api.schemas.orders import PageQuery, Timeline
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import AttentionDefault, AttentionKind, Owner
from store.orders import reports
from store.orders.reports import Summary


class AttentionItemView(Frozen):
    """Something that waits for a person, until when, and what happens if nobody comes."""

    order: str
    kind: AttentionKind
    subject: str
    owner: Owner
    opened_at: Instant
    deadline: Instant
    default: AttentionDefault


class AttentionQuery(PageQuery):
    """Only what waits for that owner."""

    owner: Owner | None = None


class AttentionItemList(Frozen):
    items: tuple[AttentionItemView, ...]
    next: str | None


@endpoint("GET", "/v1/attention", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE}, tags=("agents",))
async def list_attention(call: Call[Services], query: AttentionQuery) -> AttentionItemList:
    """Open questions, the most urgent first."""
    page = await page_of(
        call.services.attention.page(call.merchant, limit=query.limit, cursor=query.cursor, owner=query.owner)
    )
    return AttentionItemList(
        items=tuple(
            AttentionItemView.model_validate(row.model_dump(exclude={"merchant", "id"})) for row in page.items
        ),
        next=page.next,
    )


@endpoint("GET", "/v1/audit", roles={Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN}, tags=("agents",))
async def list_audit(call: Call[Services], query: PageQuery) -> Timeline:
    """Everything anybody did, oldest first."""
    return await timeline_of(call, query, None)


@endpoint("GET", "/v1/reports/summary", roles=STAFF | {Role.FINANCE}, tags=("reports",))
async def get_summary(call: Call[Services]) -> Summary:
    """Orders by stage, returns by status, notices by fate, and the money, as the ledger has it."""
    async with call.services.db.read() as session:
        return await reports.summary(session, call.merchant)
