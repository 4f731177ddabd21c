"""A merchant's figures, counted from the tables."""

import json
from collections import Counter
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.base import Frozen
from domain.clock import whole_hours
from store.orders.date_promises import count_date_promises
from store.tables.all import OrderRow, OutboxRow, ReturnRow
from store.tables.ledger import LedgerPosting

_FIGURES = dict.fromkeys(
    ("captured", "refunded", "credit", "bonus", "claimed_back", "owed", "recovered", "written_off"), 0
)
_CLAIMS = {"claimed": ("claimed_back", -1), "claw_back": ("owed", 1), "write_off": ("written_off", 1)}
"""By the first word of an account: the figure that it counts in, and its sign there."""


class DelayNoticeStats(Frozen):
    """Delay notices that were sent."""

    sent: int
    """How many were sent."""
    before_promise_broke: int
    """How many of them were sent before the promised date."""
    lead_hours: tuple[int, ...]
    """Hours from sending to the promised date, sorted; negative when sent later."""


class Summary(Frozen):
    """A merchant's figures as of now."""

    orders: dict[str, int]
    """How many orders, by stage."""
    returns: dict[str, int]
    """How many returns, by status."""
    notices: dict[str, dict[str, int]]
    """How many notices, by kind, then by status."""
    delays: DelayNoticeStats
    """The delay notices that were sent."""
    promises: dict[str, dict[str, int]]
    """How many dates customers were told, by kind, then by what became of them: `open`, `kept`, `broken` or `withdrawn`.

    `money_leaves`, `money_arrives`, `refund_decision`, `review_decision`, and `next_update` for a further message.
    """
    money: dict[str, dict[str, int]]
    """By currency, in minor units: `captured`, `refunded` (by the provider), `credit` (owed to customers now), `bonus`.

    `claimed_back`: asked back from customers and booked; `recovered` of it from store credit or by payment; `owed` still;
    `written_off`."""


async def summary(session: AsyncSession, merchant: str) -> Summary:
    """The merchant's figures as of now."""
    return Summary(
        orders=await _count(session, OrderRow, OrderRow.stage, merchant),
        returns=await _count(session, ReturnRow, ReturnRow.status, merchant),
        notices=await _notices(session, merchant),
        delays=await _delays(session, merchant),
        promises=await count_date_promises(session, merchant),
        money=await _money(session, merchant),
    )


async def _count(
    session: AsyncSession, table: type[OrderRow] | type[ReturnRow], by: str, merchant: str
) -> dict[str, int]:
    found = select(by, func.count()).where(col(table.merchant) == merchant).group_by(by)
    return {str(name): int(count) for name, count in (await session.exec(found)).all()}


async def _notices(session: AsyncSession, merchant: str) -> dict[str, dict[str, int]]:
    found = (
        select(OutboxRow.kind, OutboxRow.status, func.count())
        .where(col(OutboxRow.merchant) == merchant)
        .group_by(OutboxRow.kind, OutboxRow.status)
    )
    counts: dict[str, dict[str, int]] = {}
    for kind, status, count in (await session.exec(found)).all():
        counts.setdefault(kind, {})[status] = int(count)
    return counts


async def _delays(session: AsyncSession, merchant: str) -> DelayNoticeStats:
    found = select(OutboxRow.notice, OutboxRow.sent_at).where(
        col(OutboxRow.merchant) == merchant, OutboxRow.kind == "delayed", OutboxRow.status == "sent"
    )
    leads, before = [], 0
    for notice, sent_at in (await session.exec(found)).all():
        due = datetime.fromisoformat(json.loads(notice)["details"]["due"])
        assert sent_at is not None
        leads.append(whole_hours(due - sent_at))
        before += sent_at < due
    return DelayNoticeStats(sent=len(leads), before_promise_broke=before, lead_hours=tuple(sorted(leads)))


async def _money(session: AsyncSession, merchant: str) -> dict[str, dict[str, int]]:
    found = select(LedgerPosting.account, LedgerPosting.currency, LedgerPosting.minor).where(
        col(LedgerPosting.merchant) == merchant
    )
    money: dict[str, Counter[str]] = {}
    for account, currency, minor in (await session.exec(found)).all():
        figures = money.setdefault(currency, Counter(_FIGURES))
        kind = account.partition("/")[0]
        if kind == "cash":
            figures["captured" if minor > 0 else "refunded"] += abs(minor)
        elif kind == "credit":
            figures["credit"] -= minor
        elif kind == "expense":
            figures["bonus"] += minor
        elif kind in _CLAIMS:
            name, sign = _CLAIMS[kind]
            figures[name] += sign * minor
    for figures in money.values():
        figures["recovered"] = figures["claimed_back"] - figures["owed"] - figures["written_off"]
    return {currency: dict(figures) for currency, figures in money.items()}
