"""The entries of timelines, as templates get them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

State = Literal["past", "now", "future", "moved"]
LaneState = Literal["past", "now", "day", "plan", "if"]
Lane = Literal["goods", "ask", "money", "letter", "note"]


@dataclass(frozen=True)
class JourneyEntry:
    """One entry of a customer's timeline. `when`: ready text in the place of the usual form of `at`."""

    title: str
    state: State = "past"
    at: datetime | date | None = None
    when: str = ""
    text: str = ""


@dataclass(frozen=True)
class LaneEntry:
    """One entry of the console's timeline. link: address and label. `if`: happens only when nothing comes or a person is idle."""

    title: str = ""
    state: LaneState = "past"
    lane: Lane = "goods"
    icon: str = "package"
    at: datetime | date | None = None
    when: str = ""
    text: str = ""
    who: str = ""
    link: tuple[str, str] | None = None
