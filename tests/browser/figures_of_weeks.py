"""Figures for the pictures: the facts of synthetic orders over some weeks, a different number each day."""

import random
from datetime import timedelta
from typing import Final

from store.engine.database import Database
from store.figures.facts import FactValues, fact_row, write_facts
from tests.bench.kpis import facts_of_a_life
from tests.builders import PLACED

DAYS: Final = 60  # after the day on which the builders' orders are placed
_ORDERS: Final = range(6, 26)  # a day


async def fill_weeks(url: str, merchant: str) -> None:
    """Write them for the merchant, who has no orders. `url`: of the database."""
    chance, db = random.Random(13), Database(url)
    for day in range(DAYS):
        async with db.write() as session:
            for number in range(chance.choice(_ORDERS)):
                await write_facts(session, _facts(chance, merchant, f"ord_{day}_{number}", day))
    await db.close()


def _facts(chance: random.Random, merchant: str, order: str, later: int) -> list[FactValues]:
    """All facts of one order, so many days later than the builders place it."""
    rows = [
        fact_row(merchant, order, f"{order}/{place}", fact, PLACED)
        for place, fact in enumerate(facts_of_a_life(chance))
    ]
    for row in rows:
        row["day"] += timedelta(days=later)
    return rows
