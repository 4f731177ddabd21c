"""Redemptions: a customer spends store credit, at once or by an authorization, once per reference of the shop."""

from datetime import datetime, timedelta
from typing import Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys, payment_keys
from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money
from domain.payment_keys import LedgerStep
from store.audit import AuditLine, audit_row
from store.engine.database import acquire_transaction_lock
from store.ledger import journal
from store.ledger.journal import Posting, credit_posting, debit_posting
from store.ledger.store_credit import balance_of, spendable, use_up
from store.tables.credit import RedemptionPart, RedemptionRow
from store.tables.ledger import LedgerEntry

RedemptionStatus = Literal["authorized", "captured", "voided", "expired"]


class Redemption(Frozen):
    """What a customer pays with their credit.

    reference: the shop's own, each is redeemed once.
    hold: for how long the credit is only authorized; None to take it at once.
    """

    merchant: str
    customer: str
    reference: str
    amount: Money
    hold: timedelta | None = None


class RedemptionRecord(Frozen):
    """How a redemption stands. What was authorized and not captured is the customer's again, and so is what was refunded."""

    reference: str
    status: RedemptionStatus
    authorized: Money
    captured: Money
    refunded: Money
    expires_at: Instant | None


Outcome = Literal["new", "duplicate", "conflict", "insufficient"]


class RedemptionResult(Frozen):
    """The outcome of a redemption.

    duplicate: this reference was redeemed before, for the same customer and amount; `record` tells how it stands now.
    conflict: this reference was redeemed before, for another customer, amount or manner.
    insufficient: the customer has less credit.
    remaining: what the customer can still spend in that currency.
    """

    outcome: Outcome
    remaining: Money
    record: RedemptionRecord | None = None


async def redeem(
    session: AsyncSession, redemption: Redemption, actor: Actor, now: datetime
) -> RedemptionResult:
    """Take the amount from the customer's credit, soonest expiry first, all of it or nothing. `now` is business time."""
    merchant, amount = redemption.merchant, redemption.amount
    if amount.minor <= 0:
        raise ValueError("a redemption has a positive amount")
    whose = (merchant, redemption.customer, amount.currency, now)
    row = await find_redemption(session, merchant, redemption.reference)
    if row is not None:
        outcome: Outcome = "duplicate" if _is_same(row, redemption) else "conflict"
        return _result(outcome, await balance_of(session, *whose), amount.currency, row)
    lots = await spendable(session, *whose, amount.minor)
    held = sum(lot.remaining for lot in lots)
    if held < amount.minor:
        return _result("insufficient", held, amount.currency, None)
    row = _fresh_row(redemption, now)
    session.add(row)
    for lot, taken in use_up(lots, amount.minor):
        assert lot.id is not None
        session.add(RedemptionPart(merchant=merchant, reference=row.reference, lot=lot.id, minor=taken))
    await _post(session, row, now)
    session.add(redemption_audit(row, actor, _action(row), amount.minor, now))
    return _result("new", await balance_of(session, *whose), amount.currency, row)


async def find_redemption(session: AsyncSession, merchant: str, reference: str) -> RedemptionRow | None:
    """The redemption under that reference. No other transaction changes it, or begins it, before this one has ended."""
    await acquire_transaction_lock(session, keys.redemption_lock(merchant, reference))
    return await session.get(RedemptionRow, (merchant, reference))


def record_of(row: RedemptionRow) -> RedemptionRecord:
    """How the redemption stands."""
    amounts = {
        name: Money(minor=getattr(row, name), currency=row.currency)
        for name in ("authorized", "captured", "refunded")
    }
    return RedemptionRecord.model_validate(
        {"reference": row.reference, "status": row.status, "expires_at": row.expires_at, **amounts}
    )


def redemption_entry(row: RedemptionRow, step: LedgerStep, subject: str, now: datetime) -> LedgerEntry:
    """An entry of the redemption. Its cause is the shop's reference."""
    key = payment_keys.ledger_entry(step, subject)
    return LedgerEntry(merchant=row.merchant, order="", key=key, kind=step, at=now, cause=row.reference)


def redemption_audit(row: RedemptionRow, actor: Actor, action: str, minor: int, now: datetime) -> object:
    """The audit's line of one step of a redemption."""
    details: dict[str, str | int] = {"amount": minor, "currency": row.currency}
    return audit_row(row.merchant, AuditLine(actor, action, now, subject=row.reference, details=details))


async def _post(session: AsyncSession, row: RedemptionRow, now: datetime) -> None:
    amount = Money(minor=row.authorized, currency=row.currency)
    at_once = row.status == "captured"
    account = journal.redeemed(row.reference) if at_once else journal.held(row.reference)
    postings: list[Posting] = [
        debit_posting(journal.store_credit(row.customer), amount),
        credit_posting(account, amount),
    ]
    step: LedgerStep = "redeem" if at_once else "authorize_credit"
    await journal.post_entry(session, redemption_entry(row, step, row.reference, now), postings)


def _fresh_row(redemption: Redemption, now: datetime) -> RedemptionRow:
    minor, hold = redemption.amount.minor, redemption.hold
    return RedemptionRow(
        merchant=redemption.merchant,
        reference=redemption.reference,
        customer=redemption.customer,
        currency=redemption.amount.currency,
        status="captured" if hold is None else "authorized",
        authorized=minor,
        captured=minor if hold is None else 0,
        refunded=0,
        at=now,
        expires_at=None if hold is None else now + hold,
    )


def _is_same(row: RedemptionRow, redemption: Redemption) -> bool:
    stored = (row.customer, row.authorized, row.currency, row.expires_at is None)
    amount = redemption.amount
    return stored == (redemption.customer, amount.minor, amount.currency, redemption.hold is None)


def _action(row: RedemptionRow) -> str:
    return "credit_redeemed" if row.status == "captured" else "credit_authorized"


def _result(outcome: Outcome, remaining: int, currency: str, row: RedemptionRow | None) -> RedemptionResult:
    return RedemptionResult(
        outcome=outcome,
        remaining=Money(minor=remaining, currency=currency),
        record=None if row is None or outcome == "conflict" else record_of(row),
    )
