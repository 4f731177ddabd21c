"""What happened to an order, why, and what its customer was told."""

import json
from typing import Any

from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.request_context import order_of, page_of, state_of
from api.schemas.orders import Explanation, NoticeList, NoticeView, PageQuery, ScanList, Timeline
from domain.actors import STAFF, Role
from domain.journey import agenda
from domain.journey.order_view import NextAction
from domain.model.notice import AuditEntry, Notice
from domain.tracking.views import scan_view
from services.sealed_text import open_text
from store.notifications.delivery_attempts import channel_message_id
from store.notifications.mailbox import StoredMessage
from store.tables.all import AuditRow, OutboxRow

READERS = {Role.STOREFRONT, Role.FINANCE, Role.WAREHOUSE} | STAFF


async def timeline_of(call: Call[Services], query: PageQuery, order: str | None) -> Timeline:
    """Audit lines of one order, or of all of the merchant's."""
    paging = call.services.audit.page(call.merchant, limit=query.limit, cursor=query.cursor, order=order)
    page = await page_of(paging)
    entries = [AuditEntry(**await _entry_fields(call, row)) for row in page.items]
    return Timeline(items=tuple(entries), next=page.next)


async def _entry_fields(call: Call[Services], row: AuditRow) -> dict[str, Any]:
    """The line with its facts, what people wrote opened."""
    facts = json.loads(row.details)
    if "override_reason" in facts:
        facts["override_reason"] = await open_text(call.services.vault, facts["override_reason"])
    return {**row.model_dump(include=set(AuditEntry.model_fields)), "details": facts}


@endpoint("GET", "/v1/orders/{order}/timeline", roles=READERS, tags=("orders",))
async def get_timeline(call: Call[Services], query: PageQuery) -> Timeline:
    """Who did what to the order, oldest first."""
    row = await order_of(call)
    return await timeline_of(call, query, row.id)


@endpoint("GET", "/v1/orders/{order}/parcels/{parcel}/scans", roles=READERS, tags=("orders",))
async def list_scans(call: Call[Services]) -> ScanList:
    """What the carrier told of a parcel, oldest first; `parcel` as in the order's `parcels`.

    Where `precision` is not `instant` nobody knows the instant: show `local`, a wall time at `location` or a bare day.
    """
    state, _ = await state_of(call, await order_of(call))
    parcel = state.parcel(call.path["parcel"])
    if parcel is None:
        raise Problem("not_found")
    return ScanList(items=tuple(scan_view(scan) for scan in parcel.scans))


@endpoint("GET", "/v1/orders/{order}/explain", roles=READERS, tags=("orders",))
async def explain_order(call: Call[Services]) -> Explanation:
    """Why the order stands as it does and what happens next if nobody acts."""
    row = await order_of(call)
    state, _ = await state_of(call, row)
    waits = sorted(agenda.scheduled_actions(state), key=lambda wait: wait.at)
    decisions = await timeline_of(call, PageQuery(limit=100), row.id)
    return Explanation(
        terms=state.terms,
        rules_version=state.rules_version,
        waits=tuple(NextAction(action=w.action.kind, reason=w.reason, owner=w.owner, at=w.at) for w in waits),
        decisions=decisions.items,
    )


@endpoint("GET", "/v1/orders/{order}/notices", roles=STAFF | {Role.STOREFRONT}, tags=("orders",))
async def list_notices(call: Call[Services]) -> NoticeList:
    """What the customer was told, is about to be told, or was spared because it was no longer true.

    `reason` has every reason why one is held, was not sent, or waits for its next try, parted by commas: `quiet_hours`,
    `throttled`, `frequency_cap` and `digest` hold it until `held_until`; `muted` was the customer's wish; `undeliverable`
    bounced everywhere. Notices with the same `message` left as one.
    """
    row = await order_of(call)
    rows = await call.services.outbox.of_order(row.merchant, row.id)
    ids = {channel_message_id(one) for one in rows} if call.caller.role in STAFF else set()
    kept = await call.services.mailbox.of_messages(row.merchant, ids)
    return NoticeList(items=tuple(_notice(one, kept.get(channel_message_id(one))) for one in rows))


def _notice(row: OutboxRow, mail: StoredMessage | None) -> NoticeView:
    notice = Notice.model_validate_json(row.notice)
    return NoticeView(
        key=row.key,
        kind=row.kind,
        subject=notice.subject,
        status=row.status,
        reason=row.reason,
        sent_at=row.sent_at,
        held_until=row.held_until if row.status == "held" else None,
        channel=row.channel or None,
        message=channel_message_id(row) if row.sent_at else None,
        details=notice.details,
        subject_line=mail.subject if mail else None,
        text=mail.text if mail else None,
    )
