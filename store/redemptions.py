"""Store credit is spent: what a customer pays with it for something new, once per reference of the shop."""

from datetime import datetime
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.actors import Actor
from domain.base import Fact
from domain.money import Money
from store import books
from store.audit import line
from store.books import credited, debit
from store.credit import spendable
from store.database import one_at_a_time
from store.ledger_tables import LedgerEntry, LedgerPosting


class Redeemed(Fact):
    """What became of it. `left`: what the customer can still spend in that currency.

    again: this reference was redeemed before, for the same; conflict: for another customer or amount; short: there is less.
    """

    outcome: Literal["new", "again", "conflict", "short"]
    left: Money


async def redeem(
    session: AsyncSession,
    merchant: str,
    customer: str,
    reference: str,
    amount: Money,
    actor: Actor,
    now: datetime,
) -> Redeemed:
    """Take the amount from the customer's credit, what ends soonest first. All of it or nothing; `now` is business time."""
    await one_at_a_time(session, f"redeem/{merchant}/{reference}")
    known = await _known(session, merchant, reference)
    lots = await spendable(session, merchant, customer, amount.currency, now)
    left = sum(lot.remaining for lot in lots)
    if known is not None:
        same = known == (books.credit(customer), amount.minor, amount.currency)
        return _redeemed("again" if same else "conflict", left, amount.currency)
    if left < amount.minor:
        return _redeemed("short", left, amount.currency)
    due = amount.minor
    for lot in lots:
        taken = min(due, lot.remaining)
        lot.remaining -= taken
        due -= taken
    entry = LedgerEntry(
        merchant=merchant, order="", key=_key(reference), kind="redeem", at=now, cause=reference
    )
    paid = [debit(books.credit(customer), amount), credited(books.redeemed(reference), amount)]
    await books.enter(session, entry, paid)
    facts: dict[str, str | int] = {"amount": amount.minor, "currency": amount.currency}
    session.add(line(merchant, actor, "credit_redeemed", at=now, subject=reference, facts=facts))
    return _redeemed("new", left - amount.minor, amount.currency)


def _key(reference: str) -> str:
    return f"redeem/{reference}"


def _redeemed(outcome: Literal["new", "again", "conflict", "short"], left: int, currency: str) -> Redeemed:
    return Redeemed(outcome=outcome, left=Money(minor=left, currency=currency))


async def _known(session: AsyncSession, merchant: str, reference: str) -> tuple[str, int, str] | None:
    """Whose credit was taken under that reference, and how much."""
    found = await session.exec(
        select(LedgerPosting.account, LedgerPosting.minor, LedgerPosting.currency)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(LedgerEntry.merchant == merchant, LedgerEntry.key == _key(reference))
        .where(col(LedgerPosting.minor) > 0)
    )
    return found.one_or_none()
