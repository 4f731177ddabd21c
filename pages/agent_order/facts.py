"""The facts of decisions and refusals as people read them: titles, numbers and sums instead of ids, and dates as dates."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from domain.clock import day_or_moment
from domain.money import Money
from domain.returns.grounds import ReturnGrounds
from domain.returns.views import ReturnView
from pages.agent_order.subjects import subjects
from services.line_amounts import AMOUNTS
from services.staff_orders.staff_page import StaffPage

Fact = str | int | datetime | date | Money
_IDS: Final = frozenset(
    {"parcel", "return", "leg", "line", "claim", "consent", "dispute", "part", "tender", "tender_id"}
)
"""Facts that name a thing by our id: shown as what it is called, or not at all."""
_SUMS: Final = frozenset({*AMOUNTS, "limit", "earlier", "due"})
"""Facts of refusals that are sums where they are numbers."""
_MACHINE: Final = frozenset({"override", "version", "seq", "expected", "approval", "subject", "currency"})
"""Facts of refusals that the sheet says elsewhere, or that no person reads."""
_OF_ROWS: Final = frozenset({*AMOUNTS, "scans", "legs", "channel", "why", "command", "currency"})
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class FactReader:
    """Reads the facts of one order's page."""

    def __init__(self, page: StaffPage) -> None:
        self._order = page.order
        self._subjects = subjects(page)
        self._titles = {line.line_id: line.title for line in page.order.lines}

    def of_entry(self, details: Mapping[str, str | int]) -> Iterator[tuple[str, Fact]]:
        """Of an entry of the timeline, whose sum stands beside its title."""
        for name, value in details.items():
            if name not in _OF_ROWS and value != "":
                yield name, self._read(value)

    def of_refusal(self, details: Mapping[str, str | int]) -> Iterator[tuple[str, Fact]]:
        """Of a reason why a command is refused."""
        currency = str(details.get("currency") or self._order.captured.currency)
        for name, value in details.items():
            if name in _IDS:
                about = self._subjects.get(str(value))
                named = about.name if about else self._titles.get(str(value))
                if named:
                    yield name, named
            elif name in _SUMS and isinstance(value, int):
                yield name, Money(minor=value, currency=currency)
            elif name not in _MACHINE and value != "":
                yield name, self._read(value)

    def of_terms(self, case: ReturnView, grounds: ReturnGrounds) -> Iterator[tuple[str, Fact]]:
        """What the order's terms say of a return: its window, its money, who pays the way back, what a person overruled."""
        if grounds.window_end is not None:
            yield "window", day_or_moment(grounds.window_end, self._order.destination.zone)
        yield "hand_in", day_or_moment(case.code_expires_at, self._order.destination.zone)
        yield "refund", case.refund
        fees = (-part.amount.minor for part in case.parts if part.kind == "method_fee")
        yield "way_back", Money(minor=sum(fees), currency=case.refund.currency)
        yield "pay_on", case.pay_on
        if case.waived:
            yield "waived", ",".join(case.waived)

    def _read(self, value: str | int) -> Fact:
        at, about = _moment_of(value), self._subjects.get(str(value))
        if at is not None:
            return day_or_moment(at, self._order.destination.zone) if at.tzinfo else at
        return value if about is None else about.name


def _moment_of(value: str | int) -> datetime | None:
    """The moment that the text of a fact states; None for any other text."""
    if not isinstance(value, str) or not _MOMENT.match(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
