"""Writes facts for the figures, in the transaction of the change that they come from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain import figure_keys
from domain.figures.changes import (
    FactName,
    changes,
    settled_questions,
    touched_by_a_person,
    touched_fact,
)
from domain.figures.fact import FigureFact
from domain.model.state import JourneyState
from store.engine.inserts import insert_new_values
from store.tables.figures import FigureFactRow

FactValues = dict[str, Any]


async def write_changes(
    session: AsyncSession,
    state: JourneyState,
    held: Mapping[FactName, FigureFact],
    hold: Mapping[FactName, FigureFact],
    now: datetime,
) -> None:
    """Write what holds since this commit, and take back what does not. `held`, `hold`: all facts before and now."""
    order = state.order
    rows = []
    for fact in (*changes(held, hold), *settled_questions(held, hold, state, now)):
        key = figure_keys.fact(order.order, state.seq, fact.kind, fact.subject, undone=fact.times < 0)
        rows.append(fact_row(order.merchant, order.order, key, fact, now))
    if touched_by_a_person(state.audit_log):
        rows.append(
            fact_row(order.merchant, order.order, figure_keys.touched(order.order), touched_fact(state), now)
        )
    await write_facts(session, rows)


async def write_facts(session: AsyncSession, rows: Sequence[FactValues]) -> None:
    """Write those whose keys are new, in one statement."""
    await insert_new_values(session, FigureFactRow, rows)


def fact_row(
    merchant: str, order: str, key: str, fact: FigureFact, at: datetime, batch: int = 0
) -> FactValues:
    """`batch`: with which it is added to the sums, where it comes with them."""
    return {"merchant": merchant, "order": order, "key": key, "at": at, "batch": batch, **fact._asdict()}
