"""Redemptions: a customer spends store credit on something new, once per reference of the shop."""

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
from store.ledger.store_credit import spendable, use_up
from store.tables.ledger import LedgerEntry, LedgerPosting


class Redemption(Frozen):
    """What a customer pays with their credit. `reference`: the shop's own, each is redeemed once."""

    merchant: str
    customer: str
    reference: str
    amount: Money

    @property
    def key(self) -> str:
        """The key of its ledger entry."""
        return keys.ledger_entry("redeem", self.reference)


Outcome = Literal["new", "duplicate", "conflict", "insufficient"]


class RedemptionResult(Frozen):
    """The outcome of a redemption.

    duplicate: this reference was redeemed before, for the same customer and amount.
    conflict: this reference was redeemed before, for another customer or amount.
    insufficient: the customer has less credit.
    remaining: what the customer can still spend in that currency.
    """

    outcome: Outcome
    remaining: Money


async def redeem(
    session: AsyncSession, redemption: Redemption, actor: Actor, now: datetime
) -> RedemptionResult:
    """Take the amount from the customer's credit, soonest expiry first, all of it or nothing. `now` is business time."""
    merchant, customer, amount = redemption.merchant, redemption.customer, redemption.amount
    await acquire_transaction_lock(session, keys.redemption_lock(merchant, redemption.reference))
    earlier = await _earlier_redemption(session, redemption)
    lots = await spendable(session, merchant, customer, amount.currency, now)
    remaining = sum(lot.remaining for lot in lots)
    if earlier is not None:
        same = earlier == (journal.store_credit(customer), amount.minor, amount.currency)
        return _result("duplicate" if same else "conflict", remaining, amount.currency)
    if remaining < amount.minor:
        return _result("insufficient", remaining, amount.currency)
    use_up(lots, amount.minor)
    await _post(session, redemption, now)
    details: dict[str, str | int] = {"amount": amount.minor, "currency": amount.currency}
    line = AuditLine(actor, "credit_redeemed", now, subject=redemption.reference, details=details)
    session.add(audit_row(merchant, line))
    return _result("new", remaining - amount.minor, amount.currency)


async def _post(session: AsyncSession, redemption: Redemption, now: datetime) -> None:
    entry = LedgerEntry(
        merchant=redemption.merchant,
        order="",
        key=redemption.key,
        kind="redeem",
        at=now,
        cause=redemption.reference,
    )
    postings = [
        debit_posting(journal.store_credit(redemption.customer), redemption.amount),
        credit_posting(journal.redeemed(redemption.reference), redemption.amount),
    ]
    await journal.post_entry(session, entry, postings)


def _result(outcome: Outcome, remaining: int, currency: str) -> RedemptionResult:
    return RedemptionResult(outcome=outcome, remaining=Money(minor=remaining, currency=currency))


async def _earlier_redemption(session: AsyncSession, redemption: Redemption) -> tuple[str, int, str] | None:
    """The account, amount and currency that were redeemed under that reference before."""
    rows = await session.exec(
        select(LedgerPosting.account, LedgerPosting.minor, LedgerPosting.currency)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(LedgerEntry.merchant == redemption.merchant, LedgerEntry.key == redemption.key)
        .where(col(LedgerPosting.minor) > 0)
    )
    return rows.one_or_none()
