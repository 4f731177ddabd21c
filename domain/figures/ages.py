"""How old the open questions about orders are."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

from domain.base import Frozen

Age = Literal["today", "to_3_days", "to_7_days", "to_14_days", "older"]
_AGES: tuple[tuple[Age, int], ...] = (("today", 0), ("to_3_days", 3), ("to_7_days", 7), ("to_14_days", 14))


class AgeCount(Frozen):
    """How many questions of one age wait for a person."""

    age: Age
    """Opened today, or so many days ago at most, and more than those of the row before."""
    count: int
    """How many."""


def ages_of(opened: Iterable[tuple[date, int]], today: date) -> tuple[AgeCount, ...]:
    """All ages, the youngest first. `opened`: days, with how many questions that opened then are still open."""
    found: Counter[Age] = Counter()
    for day, times in opened:
        days = (today - day).days
        found[next((age for age, most in _AGES if days <= most), "older")] += times
    return tuple(AgeCount(age=age, count=found[age]) for age in get_args(Age))
