"""The claim of a guest's store credit: it becomes the credit of a customer who has an account, once per link."""

from datetime import datetime
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.actors import Actor
from domain.base import Frozen
from domain.money import Money
from store.audit import AuditLine, audit_row
from store.engine.database import acquire_transaction_lock
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.tables.ledger import CreditLot, LedgerEntry


class Claim(Frozen):
    """Whose credit becomes whose. `link`: the link's own id, which is used once; both customers are our `cus_…`."""

    merchant: str
    link: str
    guest: str
    customer: str


async def claim(
    session: AsyncSession, claimed: Claim, actor: Actor, now: datetime
) -> Literal["new", "duplicate", "conflict"]:
    """Move all the guest's credit, with its expiry. What the guest has authorized or spent follows when it comes back.

    duplicate: the link was used for the same customer. conflict: for another.
    """
    key = payment_keys.ledger_entry("claim_credit", claimed.link)
    await acquire_transaction_lock(session, key)
    by_key = select(LedgerEntry).where(LedgerEntry.merchant == claimed.merchant, LedgerEntry.key == key)
    earlier = (await session.exec(by_key)).one_or_none()
    if earlier is not None:
        return "duplicate" if earlier.cause == claimed.customer else "conflict"
    moved: dict[str, int] = {}
    for lot in await _lots(session, claimed):
        lot.customer = claimed.customer
        moved[lot.currency] = moved.get(lot.currency, 0) + lot.remaining
    postings = []
    for currency, minor in moved.items():
        amount = Money(minor=minor, currency=currency)
        postings.append(debit_posting(journal.store_credit(claimed.guest), amount))
        postings.append(credit_posting(journal.store_credit(claimed.customer), amount))
    entry = LedgerEntry(
        merchant=claimed.merchant, order="", key=key, kind="claim_credit", at=now, cause=claimed.customer
    )
    await journal.post_entry(session, entry, postings)
    details: dict[str, str | int] = {"customer": claimed.customer, **moved}
    line = AuditLine(actor, "credit_claimed", now, subject=claimed.guest, details=details)
    session.add(audit_row(claimed.merchant, line))
    return "new"


async def _lots(session: AsyncSession, claimed: Claim) -> list[CreditLot]:
    """Also the empty ones: what was spent may be refunded. Locked in the order of every lock on lots."""
    query = (
        select(CreditLot)
        .where(col(CreditLot.merchant) == claimed.merchant, col(CreditLot.customer) == claimed.guest)
        .order_by(col(CreditLot.expires_at).is_(None), col(CreditLot.expires_at), col(CreditLot.id))
        .with_for_update()
    )
    return list(await session.exec(query))
