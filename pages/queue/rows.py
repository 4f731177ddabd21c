"""The rows of the queue: what is left of the time, and how much of it that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.console.queue import AttentionItemView

SOON = timedelta(hours=2)
DAY = timedelta(days=1)
Tone = Literal["", "soon", "over"]
GroupName = Literal["overdue", "today", "later"]


@dataclass(frozen=True)
class Countdown:
    """What is left until a deadline. share: of the whole time, from 0 to 1. days, hours, minutes: without sign."""

    tone: Tone
    share: float
    days: int
    hours: int
    minutes: int
    machine: str


@dataclass(frozen=True)
class ClockedQuestion:
    """One question with its clock."""

    it: AttentionItemView
    left: Countdown


@dataclass(frozen=True)
class RowGroup:
    """Rows whose deadlines are alike."""

    name: GroupName
    rows: list[ClockedQuestion]


def countdown(item: AttentionItemView, now: datetime) -> Countdown:
    """`now`: business time."""
    left, whole = item.deadline - now, item.deadline - item.opened_at
    minutes = int(abs(left).total_seconds() // 60)
    tone: Tone = "over" if left <= timedelta(0) else "soon" if left < SOON else ""
    share = max(0.0, min(1.0, left / whole)) if whole > timedelta(0) else 0.0
    hours, rest = divmod(minutes, 60)
    return Countdown(tone, 1.0 if tone == "over" else share, hours // 24, hours % 24, rest, f"PT{minutes}M")


def grouped(items: Iterable[AttentionItemView], now: datetime) -> list[RowGroup]:
    """By their deadlines, which ascend: overdue, within a day, later."""
    groups: dict[GroupName, list[ClockedQuestion]] = {"overdue": [], "today": [], "later": []}
    for item in items:
        left = item.deadline - now
        name: GroupName = "overdue" if left <= timedelta(0) else "today" if left < DAY else "later"
        groups[name].append(ClockedQuestion(item, countdown(item, now)))
    return [RowGroup(name, rows) for name, rows in groups.items() if rows]
