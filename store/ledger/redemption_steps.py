"""What follows an authorization of store credit: it is captured, voided or expires, and what was captured may be refunded."""

from datetime import datetime
from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.actors import SYSTEM, Actor
from domain.base import Frozen
from domain.money import Money
from store.engine.database import Database
from store.ledger import journal
from store.ledger.journal import Posting, credit_posting, debit_posting
from store.ledger.redemptions import (
    RedemptionRecord,
    RedemptionStatus,
    find_redemption,
    record_of,
    redemption_audit,
    redemption_entry,
)
from store.tables.credit import RedemptionPart, RedemptionRow
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting

StepOutcome = Literal["new", "duplicate", "unknown", "closed", "too_much", "conflict"]
_SWEPT_AT_ONCE = 200  # authorizations; the next sweep takes the next
_AUTHORIZED = (
    select(col(RedemptionRow.merchant), func.min(col(RedemptionRow.expires_at)).label("at"))
    .where(col(RedemptionRow.status) == "authorized")
    .group_by(col(RedemptionRow.merchant))
)


class RedemptionName(Frozen):
    """Which redemption is meant. One of another customer is unknown."""

    merchant: str
    customer: str
    reference: str


class StepResult(Frozen):
    """The outcome of a step.

    duplicate: it was done before, with the same amount.
    unknown: the customer has no redemption under that reference.
    closed: the redemption has ended in another way, or has not been captured.
    too_much: more than is left of it, or another currency.
    conflict: a refund with the same reference had another amount.
    """

    outcome: StepOutcome
    record: RedemptionRecord | None = None


async def capture(
    session: AsyncSession, name: RedemptionName, amount: Money | None, actor: Actor, now: datetime
) -> StepResult:
    """Take the amount, or all that was authorized; the remainder is the customer's again. It can be done once."""
    row = await _find(session, name)
    if row is None:
        return StepResult(outcome="unknown")
    wanted = Money(minor=row.authorized, currency=row.currency) if amount is None else amount
    if row.status == "captured" and row.expires_at is not None:
        same = (row.captured, row.currency) == (wanted.minor, wanted.currency)
        return _result("duplicate" if same or amount is None else "closed", row)
    if row.status != "authorized" or _has_ended(row, now):
        return _result("closed", row)
    if wanted.currency != row.currency or not 0 < wanted.minor <= row.authorized:
        return _result("too_much", row)
    row.status, row.captured = "captured", wanted.minor
    entry = redemption_entry(row, "capture_credit", row.reference, now)
    await _end_authorization(session, row, entry)
    session.add(redemption_audit(row, actor, "credit_captured", wanted.minor, now))
    return _result("new", row)


async def void(session: AsyncSession, name: RedemptionName, actor: Actor, now: datetime) -> StepResult:
    """End the authorization: the credit is the customer's again."""
    row = await _find(session, name)
    if row is None:
        return StepResult(outcome="unknown")
    if row.status in ("voided", "expired"):
        return _result("duplicate", row)
    if row.status != "authorized":
        return _result("closed", row)
    await _void(session, row, "voided", now)
    session.add(redemption_audit(row, actor, "credit_voided", row.authorized, now))
    return _result("new", row)


async def refund(
    session: AsyncSession, name: RedemptionName, refund: tuple[str, Money], actor: Actor, now: datetime
) -> StepResult:
    """Give spent credit back as credit, once per reference of the refund. What never expires comes back first."""
    row = await _find(session, name)
    if row is None:
        return StepResult(outcome="unknown")
    reference, amount = refund
    subject = payment_keys.refund_of_redemption(row.reference, reference)
    entry = redemption_entry(row, "refund_credit", subject, now)
    earlier = await _refunded_before(session, entry)
    if earlier is not None:
        return _result("duplicate" if earlier == (amount.minor, amount.currency) else "conflict", row)
    if row.status != "captured":
        return _result("closed", row)
    if amount.currency != row.currency or not 0 < amount.minor <= row.captured - row.refunded:
        return _result("too_much", row)
    row.refunded += amount.minor
    given_back = await _give_back(session, row, amount.minor, entry)
    await journal.post_entry(
        session, entry, [debit_posting(journal.redeemed(row.reference), amount), *given_back]
    )
    session.add(redemption_audit(row, actor, "credit_refunded", amount.minor, now))
    return _result("new", row)


async def expire_authorizations(session: AsyncSession, merchant: str, now: datetime) -> int:
    """End the authorizations that are over by the merchant's business time `now`; how many. Again is a no-op."""
    query = (
        select(RedemptionRow.reference)
        .where(
            col(RedemptionRow.merchant) == merchant,
            col(RedemptionRow.status) == "authorized",
            col(RedemptionRow.expires_at) <= now,
        )
        .order_by(col(RedemptionRow.reference))
        .limit(_SWEPT_AT_ONCE)
    )
    ended = 0
    for reference in (await session.exec(query)).all():
        row = await find_redemption(session, merchant, reference)
        if row is not None and row.status == "authorized" and _has_ended(row, now):
            await _void(session, row, "expired", now)
            session.add(redemption_audit(row, SYSTEM, "credit_authorization_expired", row.authorized, now))
            ended += 1
    return ended


async def merchants_with_authorizations(db: Database) -> dict[str, datetime]:
    """Per merchant, when the authorization ends that ends next; merchants without one are left out."""
    return {row.merchant: row.at for row in await db.fetch_rows(_AUTHORIZED) if row.at is not None}


def _has_ended(row: RedemptionRow, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


async def _find(session: AsyncSession, name: RedemptionName) -> RedemptionRow | None:
    row = await find_redemption(session, name.merchant, name.reference)
    return row if row is not None and row.customer == name.customer else None


async def _void(session: AsyncSession, row: RedemptionRow, status: RedemptionStatus, now: datetime) -> None:
    row.status = status
    await _end_authorization(session, row, redemption_entry(row, "void_credit", row.reference, now))


async def _end_authorization(session: AsyncSession, row: RedemptionRow, entry: LedgerEntry) -> None:
    """What is captured is spent, the rest is the customer's again."""
    rest = row.authorized - row.captured
    session.add(row)
    given_back = await _give_back(session, row, rest, entry)
    authorized = Money(minor=row.authorized, currency=row.currency)
    captured = Money(minor=row.captured, currency=row.currency)
    postings = [
        debit_posting(journal.held(row.reference), authorized),
        credit_posting(journal.redeemed(row.reference), captured),
    ]
    await journal.post_entry(session, entry, [*postings, *given_back])


async def _give_back(
    session: AsyncSession, row: RedemptionRow, minor: int, entry: LedgerEntry
) -> list[Posting]:
    """Into the lots that it came from, what never expires first. Returns the postings to those who have the lots now.

    A bonus that has expired meanwhile is valid again, for as long as it was when it was taken.
    """
    postings = []
    for part, lot in reversed(await _parts(session, row)):
        back = min(minor, part.minor)
        part.minor -= back
        minor -= back
        amount = Money(minor=back, currency=row.currency)
        postings.append(credit_posting(journal.store_credit(lot.customer), amount))
        if back and lot.expires_at is not None and lot.expires_at <= entry.at:
            session.add(_valid_again(lot, back, entry, row))
        else:
            lot.remaining += back
    assert minor == 0, f"redemption {row.reference} has fewer parts than it gives back"
    return postings


async def _parts(session: AsyncSession, row: RedemptionRow) -> list[tuple[RedemptionPart, CreditLot]]:
    """In the order in which they were spent, which is that of every lock on lots."""
    rows = await session.exec(
        select(RedemptionPart, CreditLot)
        .join(CreditLot, col(CreditLot.id) == col(RedemptionPart.lot))
        .where(col(RedemptionPart.merchant) == row.merchant, col(RedemptionPart.reference) == row.reference)
        .order_by(col(CreditLot.expires_at).is_(None), col(CreditLot.expires_at), col(CreditLot.id))
        .with_for_update()
    )
    return list(rows.all())


def _valid_again(lot: CreditLot, minor: int, entry: LedgerEntry, row: RedemptionRow) -> CreditLot:
    assert lot.expires_at is not None
    values = lot.model_dump(exclude={"id"}) | {
        "leg": payment_keys.credit_given_back(lot.leg, entry.key),
        "granted": minor,
        "remaining": minor,
        "granted_at": entry.at,
        "expires_at": entry.at + (lot.expires_at - row.at),
    }
    return CreditLot(**values)


async def _refunded_before(session: AsyncSession, entry: LedgerEntry) -> tuple[int, str] | None:
    rows = await session.exec(
        select(LedgerPosting.minor, LedgerPosting.currency)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(LedgerEntry.merchant == entry.merchant, LedgerEntry.key == entry.key)
        .where(col(LedgerPosting.minor) > 0)
    )
    return rows.one_or_none()


def _result(outcome: StepOutcome, row: RedemptionRow) -> StepResult:
    return StepResult(outcome=outcome, record=record_of(row))
