"""Reports of the ledger for finance: trial balance, journal, and statements of orders and of customers' credit."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money
from services.paging import Page, PageRequest
from store.engine.database import Database
from store.ledger import reports
from store.ledger.reports import AccountTotal, LedgerLine, Period
from store.privacy.vault import Vault

__all__ = ["AccountTotal", "CreditLine", "LedgerLine", "LedgerReports", "Period", "csv_of"]

_COLUMNS = (
    "number", "at", "entry", "step", "cause", "order", "order_id", "account", "account_class", "debit", "credit",
    "currency",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CreditLine(Frozen):
    """One change of a customer's credit."""

    number: int
    """Rises with each change; not without gaps."""
    at: Instant
    """When it happened, in business time."""
    step: str
    """What happened: `post` is credit or its reversal, the others are named as they are."""
    cause: str
    """The occasion, or the shop's reference, for which it happened."""
    order: str | None
    """Our id of the order; null for what concerns none."""
    change: Money
    """Above zero it was given, below zero it was taken."""
    balance: Money
    """What the customer had afterwards in that currency."""


@dataclass(frozen=True)
class LedgerReports:
    """Reads the journal of one merchant."""

    db: Database
    vault: Vault

    async def trial_balance(
        self, merchant: str, period: Period, order: str | None = None
    ) -> list[AccountTotal]:
        """By currency and class of accounts; `order`: only what was entered for that order (our id)."""
        async with self.db.read() as session:
            return await reports.trial_balance(session, merchant, period, order=order)

    async def lines(
        self, merchant: str, period: Period, page: PageRequest, order: str | None = None
    ) -> Page[LedgerLine]:
        """A page of the journal, as it was written. Raises BadCursor."""
        async with self.db.read() as session:
            return await reports.lines(
                session, merchant, period, limit=page.limit, cursor=page.cursor, order=order
            )

    async def all_lines(self, merchant: str, period: Period) -> AsyncIterator[list[LedgerLine]]:
        """The whole period, page by page, so that no more than one page is in memory."""
        page = PageRequest(limit=1000)
        while True:
            found = await self.lines(merchant, period, page)
            yield found.items
            if found.next is None:
                return
            page = PageRequest(limit=1000, cursor=found.next)

    async def credit_statement(self, merchant: str, customer_id: str, page: PageRequest) -> Page[CreditLine]:
        """Every change of the customer's credit with the balance after it, oldest first. Raises BadCursor."""
        customer = self.vault.customer_of(merchant, customer_id)
        async with self.db.read() as session:
            found, balances = await reports.credit_lines(
                session, merchant, customer, limit=page.limit, cursor=page.cursor
            )
        items = []
        for line in found.items:
            change = line.credit - line.debit
            balances[line.currency] = balances.get(line.currency, 0) + change
            items.append(_credit_line(line, change, balances[line.currency]))
        return Page(items, found.next)


def csv_of(lines: Iterable[LedgerLine], *, header: bool = True) -> bytes:
    """The lines as CSV (RFC 4180, UTF-8). A text that a spreadsheet would take for a formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(_COLUMNS)
    for line in lines:
        row = line.model_dump(mode="json")
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _credit_line(line: LedgerLine, change: int, balance: int) -> CreditLine:
    return CreditLine(
        number=line.number,
        at=line.at,
        step=line.step,
        cause=line.cause,
        order=line.order,
        change=Money(minor=change, currency=line.currency),
        balance=Money(minor=balance, currency=line.currency),
    )
