"""Store credit is spent: what a customer pays with it for something new, once per reference of the shop."""

from datetime import datetime
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from domain.actors import Actor
from domain.base import Frozen
from domain.money import Money
from store.audit import AuditLine, audit_row
from store.engine.database import acquire_transaction_lock
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.ledger.store_credit import spendable
from store.tables.ledger import LedgerEntry, LedgerPosting


class RedemptionResult(Frozen):
    """What became of it. `left`: what the customer can still spend in that currency.

    duplicate: this reference was redeemed before, for the same; conflict: for another customer or amount;
    insufficient: there is less.
    """

    outcome: Literal["new", "duplicate", "conflict", "insufficient"]
    remaining: Money


async def redeem(
    session: AsyncSession,
    merchant: str,
    customer: str,
    reference: str,
    amount: Money,
    actor: Actor,
    now: datetime,
) -> RedemptionResult:
    """Take the amount from the customer's credit, what ends soonest first. All of it or nothing; `now` is business time."""
    await acquire_transaction_lock(session, keys.redemption_lock(merchant, reference))
    known = await _earlier_redemption(session, merchant, reference)
    lots = await spendable(session, merchant, customer, amount.currency, now)
    left = sum(lot.remaining for lot in lots)
    if known is not None:
        same = known == (journal.store_credit(customer), amount.minor, amount.currency)
        return _result("duplicate" if same else "conflict", left, amount.currency)
    if left < amount.minor:
        return _result("insufficient", left, amount.currency)
    due = amount.minor
    for lot in lots:
        taken = min(due, lot.remaining)
        lot.remaining -= taken
        due -= taken
    entry = LedgerEntry(
        merchant=merchant,
        order="",
        key=keys.ledger_entry("redeem", reference),
        kind="redeem",
        at=now,
        cause=reference,
    )
    paid = [
        debit_posting(journal.store_credit(customer), amount),
        credit_posting(journal.redeemed(reference), amount),
    ]
    await journal.post_entry(session, entry, paid)
    facts: dict[str, str | int] = {"amount": amount.minor, "currency": amount.currency}
    line = AuditLine(actor, "credit_redeemed", now, subject=reference, details=facts)
    session.add(audit_row(merchant, line))
    return _result("new", left - amount.minor, amount.currency)


def _result(
    outcome: Literal["new", "duplicate", "conflict", "insufficient"], remaining: int, currency: str
) -> RedemptionResult:
    return RedemptionResult(outcome=outcome, remaining=Money(minor=remaining, currency=currency))


async def _earlier_redemption(
    session: AsyncSession, merchant: str, reference: str
) -> tuple[str, int, str] | None:
    """Whose credit was taken under that reference, and how much."""
    found = await session.exec(
        select(LedgerPosting.account, LedgerPosting.minor, LedgerPosting.currency)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(LedgerEntry.merchant == merchant, LedgerEntry.key == keys.ledger_entry("redeem", reference))
        .where(col(LedgerPosting.minor) > 0)
    )
    return found.one_or_none()
