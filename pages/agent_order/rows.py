"""The rows of an order's timeline, newest first: planned above the line "now", then what happened, with a heading a day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from domain.clock import day_or_moment
from domain.journey.ahead import AheadEntry
from domain.journey.ahead import Lane as OrderLane
from domain.journey.command_choices import CommandChoice
from domain.model.date_promise import DateKind
from domain.money import Money
from domain.returns.grounds import ReturnGrounds
from pages.agent_order.facts import Fact, FactReader
from pages.agent_order.subjects import Subject, subjects
from services.line_amounts import amount_in
from services.orders.linked_orders import LINK_HOLDER
from services.orders.payment_facts import PaymentFact
from services.staff_orders.staff_page import StaffPage, StaffPageEntry

Family = Literal["actions", "scans", "letters", "ahead", "none"]
ROW_CLASS: Mapping[OrderLane, str] = {
    "goods": "", "decisions": "ask", "money": "money", "letters": "letter", "notes": "note",
}  # fmt: skip
LANE_ICONS: Mapping[OrderLane, str] = {
    "goods": "truck", "decisions": "shield", "money": "banknote", "letters": "mail", "notes": "pencil",
}  # fmt: skip
_ABOUT_TERMS = frozenset({"return_opened", "return_reviewed_again", "approve", "refuse", "reopen"})
_FAMILIES: Mapping[str, Family] = {"scan": "scans", "notice": "letters"}
_SCAN_ICONS = {"delivered": "check", "pre_transit": "package", "picked_up": "package"}


@dataclass(frozen=True)
class TimelineRow:
    """One row. `key` is the same each time the page is made, so that the page changes in place."""

    key: str
    state: Literal["past", "plan", "if", "now", "day"]
    at: datetime
    shown: datetime | date | None = None
    family: Family = "none"
    code: str = ""
    css: str = ""
    icon: str = ""
    about: Subject = field(default_factory=Subject)
    amount: Money | None = None
    text: str = ""
    default: str = ""
    question: str = ""
    status: str = ""
    why: str = ""
    place: str = ""
    local: str = ""
    who: str = ""
    notice: int | None = None
    subject_line: str = ""
    facts: tuple[tuple[str, Fact], ...] = ()
    choices: tuple[CommandChoice, ...] = ()
    planned: str = ""
    payment: PaymentFact | None = None
    dated: str = ""
    done: str = ""
    grounds: ReturnGrounds | None = None


class OrderRows:
    """Makes the rows of one page. zone: that of the days."""

    def __init__(self, page: StaffPage, zone: str, lane: OrderLane | None) -> None:
        self._page, self._zone, self._lane = page, ZoneInfo(zone), lane
        self.subjects, self._facts = subjects(page), FactReader(page)
        self._broken = next(
            (one for one in page.ahead if one.what == "promise_breaks" and one.at <= page.now), None
        )

    def rows(self) -> Iterator[TimelineRow]:
        """Planned, now, past by days."""
        planned = [
            entry for entry in self._page.ahead if self._shown(entry.lane) and entry is not self._broken
        ]
        for number, entry in enumerate(reversed(planned)):
            yield self._planned(entry, len(planned) - number)
        yield TimelineRow(key="now", state="now", at=self._page.now)
        today = self._day(self._page.now)
        for day, rows in groupby(self._happened(), lambda row: self._day(row.at)):
            if day != today:
                yield TimelineRow(key=f"day-{day.isoformat()}", state="day", at=self._noon(day))
            yield from rows

    def _happened(self) -> list[TimelineRow]:
        """The newest first, with the promise if it has broken."""
        rows = [*self._past(entry for entry in self._page.timeline if self._shown(entry.lane))]
        if self._broken is not None and self._shown(self._broken.lane):
            at, goods = self._broken.at - timedelta(microseconds=1), LANE_ICONS["goods"]
            broke = TimelineRow("promise-broke", "past", at, family="ahead", code="promise_broke", icon=goods)
            place = next((number for number, row in enumerate(rows) if row.at <= at), len(rows))
            rows.insert(place, replace(broke, shown=self._shown_at(self._broken.at), who="smot"))
        return rows

    def _shown_at(self, at: datetime) -> datetime | date:
        return day_or_moment(at, self._page.order.destination.zone)

    def _shown(self, lane: OrderLane) -> bool:
        return self._lane in (None, lane)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _noon(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=self._zone)

    def _planned(self, entry: AheadEntry, number: int) -> TimelineRow:
        question = entry.what in ("apply_default", "open_question")
        return TimelineRow(
            key=f"ahead-{entry.what}-{number}",
            state="if" if entry.only_if else "plan",
            at=entry.at,
            shown=self._shown_at(entry.at),
            family="ahead",
            code=ahead_code(entry, self._page),
            icon="circle-help" if entry.only_if and not question else LANE_ICONS[entry.lane],
            about=self._about(entry.subject),
            default=entry.default,
            question=entry.reason if question else "",
            who="smot",
        )

    def _past(self, entries: Iterable[StaffPageEntry]) -> Iterator[TimelineRow]:
        counts: dict[str, int] = {}
        for entry in entries:
            place = f"{entry.kind}-{entry.action}-{int(entry.at.timestamp() * 1000)}"
            counts[place] = counts.get(place, 0) + 1
            yield self.row(entry, f"{place}-{counts[place]}")

    def row(self, entry: StaffPageEntry, key: str) -> TimelineRow:
        """One fact."""
        decided = entry.lane == "decisions"
        return TimelineRow(
            key=key,
            state="past",
            at=entry.at,
            family=_FAMILIES.get(entry.kind, "actions"),
            code=entry.action,
            css=ROW_CLASS[entry.lane],
            icon=_SCAN_ICONS.get(entry.action, LANE_ICONS[entry.lane]),
            about=self._about(entry.subject),
            amount=amount_in(entry.details, self._page.order.captured.currency),
            payment=entry.payment,
            text=entry.text or "",
            status=entry.status if entry.status not in (None, "sent") else "",
            why=str(entry.details.get("why", "")),
            place=str(entry.details.get("location", "")),
            local=str(entry.details.get("local", "")),
            who=self._who(entry),
            notice=entry.notice,
            subject_line=entry.subject_line or "",
            facts=(*self._facts.of_entry(entry.details), *self._terms(entry)) if decided else (),
            grounds=self._grounds(entry),
            planned=str(entry.details.get("command", "")) if _names_command(entry) else "",
            choices=self._what_if(entry.subject) if decided else (),
            dated=_date_kind(entry),
            done=str(entry.details.get("default", "")) if entry.action == "default_applied" else "",
        )

    def _who(self, entry: StaffPageEntry) -> str:
        if entry.kind == "scan":
            carriers = {parcel.parcel: parcel.carrier for parcel in self._page.order.parcels}
            return carriers.get(entry.subject, "")
        if entry.role in (None, "system"):
            return "smot"
        named = entry.name if entry.name != LINK_HOLDER.name else None
        return (named or entry.role or "")[:60]

    def _about(self, subject: str) -> Subject:
        """By the subject itself, or by what ends it, as in the id of a question."""
        found = self.subjects.get(subject)
        if found is None:
            ends = [known for known in self.subjects if subject.endswith(f"/{known}")]
            found = self.subjects[max(ends, key=len)] if ends else Subject()
        return found

    def _grounds(self, entry: StaffPageEntry) -> ReturnGrounds | None:
        """Of a decision about a return: what comes back, and which rule wanted a person to decide."""
        found = (one for one in self._page.grounds if one.return_id == entry.subject)
        return next(found, None) if entry.action in _ABOUT_TERMS else None

    def _terms(self, entry: StaffPageEntry) -> Iterator[tuple[str, Fact]]:
        """Of a decision about a return: what the order's terms say of it."""
        grounds = self._grounds(entry)
        case = next((one for one in self._page.order.returns if one.return_id == entry.subject), None)
        if grounds is not None and case is not None:
            yield from self._facts.of_terms(case, grounds)

    def _what_if(self, subject: str) -> tuple[CommandChoice, ...]:
        """What could be decided about the same now: each leads to its preview."""
        return tuple(
            choice for choice in self._page.commands if choice.subject and choice.subject == subject
        )[:4]


def ahead_code(entry: AheadEntry, page: StaffPage) -> str:
    """Its code for people: nothing of a final sale can come back, so no window closes."""
    final = all(line.final_sale for line in page.order.lines)
    return "close_order" if entry.what == "close" and final else entry.what


def _names_command(entry: StaffPageEntry) -> bool:
    """Whether the entry is about a command that its facts name."""
    return "command" in entry.action or entry.action.startswith("approval_")


def _date_kind(entry: StaffPageEntry) -> str:
    """Of a date that the customer was told: what happens by then. Empty for any other fact."""
    kinds = (kind for kind in get_args(DateKind) if kind in entry.subject)
    return next(kinds, "") if entry.action.startswith("date_") else ""
