"""Rows of the dates that customers were told: written by each commit that changes one, and counted."""

from typing import Any

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.model.promise import FollowUp
from domain.model.state import JourneyState
from store.tables.all import DatePromiseRow


def date_promise_values(state: JourneyState) -> list[dict[str, Any]]:
    """The rows of all dates that the state knows, as values; rows of earlier follow-ups stay as they ended."""
    order, merchant = state.order.order, state.order.merchant
    dates = [
        {
            "order": order, "id": one.id, "merchant": merchant, "kind": one.kind, "outcome": one.outcome, "due": one.due,
            "ended_at": one.ended_at,
        }
        for one in state.date_promises
    ]  # fmt: skip
    return dates + [_follow_up(order, merchant, one) for one in state.follow_ups]


def _follow_up(order: str, merchant: str, one: FollowUp) -> dict[str, Any]:
    return {
        "order": order,
        "id": keys.date_promise("next_update", one.subject, one.number),
        "merchant": merchant,
        "kind": "next_update",
        "outcome": "open" if one.open else "kept" if one.fulfilled_at else "withdrawn",
        "due": one.due,
        "ended_at": one.fulfilled_at or one.expired_at,
    }


async def count_date_promises(session: AsyncSession, merchant: str) -> dict[str, dict[str, int]]:
    """How many dates, by kind, then by outcome."""
    found = (
        select(DatePromiseRow.kind, DatePromiseRow.outcome, func.count())
        .where(DatePromiseRow.merchant == merchant)
        .group_by(DatePromiseRow.kind, DatePromiseRow.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for kind, outcome, count in (await session.exec(found)).all():
        counts.setdefault(kind, {})[outcome] = int(count)
    return counts
