"""Rows of the dates that customers were told: written by each commit that changes one, and counted."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.model.promise import FollowUp
from domain.model.state import JourneyState
from store.engine.inserts import upsert_all
from store.tables.all import DatePromiseRow


async def list_date_promises(session: AsyncSession, state: JourneyState, previous: Mapping[str, Any]) -> None:
    """Write those that this commit made or ended. `previous`: the snapshot of the rows that are there."""
    known = {json.dumps(one) for one in _stated(previous)}
    stated = _stated(state.model_dump(mode="json", include={"date_promises", "follow_ups"}))
    changed = {row["id"] for row in stated if json.dumps(row) not in known}
    rows = [row for row in date_promise_rows(state) if row.id in changed]
    if rows:
        await upsert_all(session, rows)


def _stated(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The dates of a snapshot as JSON, each with the id of its row."""
    dates = [
        {**one, "id": keys.date_promise(one["kind"], one["subject"], one["number"])}
        for one in snapshot.get("date_promises", ())
    ]
    return dates + [
        {**one, "id": keys.date_promise("next_update", one["subject"], one["number"])}
        for one in snapshot.get("follow_ups", ())
    ]


def date_promise_rows(state: JourneyState) -> list[DatePromiseRow]:
    """The rows of all dates that the state knows; rows of earlier follow-ups stay as they ended."""
    order, merchant = state.order.order, state.order.merchant
    rows = [
        DatePromiseRow(
            order=order, id=one.id, merchant=merchant, kind=one.kind, outcome=one.outcome, due=one.due,
            ended_at=one.ended_at,
        )
        for one in state.date_promises
    ]  # fmt: skip
    return rows + [_follow_up_row(order, merchant, one) for one in state.follow_ups]


def _follow_up_row(order: str, merchant: str, one: FollowUp) -> DatePromiseRow:
    outcome = "open" if one.open else "kept" if one.fulfilled_at else "withdrawn"
    return DatePromiseRow(
        order=order,
        id=keys.date_promise("next_update", one.subject, one.number),
        merchant=merchant,
        kind="next_update",
        outcome=outcome,
        due=one.due,
        ended_at=one.fulfilled_at or one.expired_at,
    )


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
