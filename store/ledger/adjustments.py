"""Store credit that staff give or take with a reason, once per reference."""

from datetime import datetime
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, payment_keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money
from store.audit import AuditLine, audit_row
from store.engine.database import acquire_transaction_lock
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.ledger.store_credit import balance_of, spendable, use_up
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting

Direction = Literal["increase", "decrease"]


class StaffAdjustment(Frozen):
    """What staff give or take.

    reference: their own, each adjusts once.
    order: our id of the order that it is about; empty for none.
    expires_at: business time until which credit that is given can be spent; None for what never expires.
    """

    merchant: str
    customer: str
    reference: str
    direction: Direction
    amount: Money
    reason: str
    order: str = ""
    expires_at: Instant | None = None

    @property
    def key(self) -> str:
        """The key of its ledger entry, and of the credit that it gives."""
        return payment_keys.ledger_entry("adjust_credit", self.reference)


class AdjustmentResult(Frozen):
    """The outcome, as that of a redemption. remaining: what the customer can spend afterwards in that currency."""

    outcome: Literal["new", "duplicate", "conflict", "insufficient"]
    remaining: Money


async def adjust(
    session: AsyncSession, adjustment: StaffAdjustment, actor: Actor, now: datetime
) -> AdjustmentResult:
    """Give credit, or take it: all of the amount or nothing, what expires soonest first. What is authorized is not taken."""
    merchant, customer, amount = adjustment.merchant, adjustment.customer, adjustment.amount
    if amount.minor <= 0:
        raise ValueError("an adjustment has a positive amount")
    await acquire_transaction_lock(session, keys.adjustment_lock(merchant, adjustment.reference))
    whose = (merchant, customer, amount.currency, now)
    earlier = await _earlier(session, adjustment)
    if earlier is not None:
        same = earlier == (journal.store_credit(customer), _change(adjustment), amount.currency)
        return _result("duplicate" if same else "conflict", await balance_of(session, *whose), amount)
    if adjustment.direction == "decrease":
        lots = await spendable(session, *whose, amount.minor)
        held = sum(lot.remaining for lot in lots)
        if held < amount.minor:
            return _result("insufficient", held, amount)
        use_up(lots, amount.minor)
    else:
        session.add(_lot(adjustment, now))
    await _post(session, adjustment, now)
    details: dict[str, str | int] = {
        "amount": amount.minor,
        "currency": amount.currency,
        "direction": adjustment.direction,
        "reason": adjustment.reason,
    }
    line = AuditLine(
        actor, "credit_adjusted", now, order=adjustment.order, subject=adjustment.reference, details=details
    )
    session.add(audit_row(merchant, line))
    return _result("new", await balance_of(session, *whose), amount)


def _change(adjustment: StaffAdjustment) -> int:
    """Of the account of the customer's credit, which is a liability: what is given is negative."""
    minor = adjustment.amount.minor
    return minor if adjustment.direction == "decrease" else -minor


async def _post(session: AsyncSession, adjustment: StaffAdjustment, now: datetime) -> None:
    account, amount = journal.store_credit(adjustment.customer), adjustment.amount
    entry = LedgerEntry(
        merchant=adjustment.merchant,
        order=adjustment.order,
        key=adjustment.key,
        kind="adjust_credit",
        at=now,
        cause=adjustment.reference,
    )
    if adjustment.direction == "increase":
        postings = [debit_posting(journal.ADJUSTMENT, amount), credit_posting(account, amount)]
    else:
        postings = [debit_posting(account, amount), credit_posting(journal.ADJUSTMENT, amount)]
    await journal.post_entry(session, entry, postings)


def _lot(adjustment: StaffAdjustment, now: datetime) -> CreditLot:
    return CreditLot(
        merchant=adjustment.merchant,
        customer=adjustment.customer,
        order=adjustment.order,
        leg=adjustment.key,
        part="adjustment",
        currency=adjustment.amount.currency,
        granted=adjustment.amount.minor,
        remaining=adjustment.amount.minor,
        granted_at=now,
        expires_at=adjustment.expires_at,
    )


async def _earlier(session: AsyncSession, adjustment: StaffAdjustment) -> tuple[str, int, str] | None:
    """The account of credit, the change and the currency that were adjusted under that reference before."""
    rows = await session.exec(
        select(LedgerPosting.account, LedgerPosting.minor, LedgerPosting.currency)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(LedgerEntry.merchant == adjustment.merchant, LedgerEntry.key == adjustment.key)
        .where(col(LedgerPosting.account) != journal.ADJUSTMENT)
    )
    return rows.one_or_none()


def _result(
    outcome: Literal["new", "duplicate", "conflict", "insufficient"], remaining: int, amount: Money
) -> AdjustmentResult:
    return AdjustmentResult(outcome=outcome, remaining=Money(minor=remaining, currency=amount.currency))
