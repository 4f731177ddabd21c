"""What a customer sees of their store credit."""

from typing import Literal

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money
from store.ledger import journal
from store.ledger.store_credit import open_lots
from store.tables.ledger import CreditLot, LedgerPosting


class LotView(Frozen):
    """Credit from one payment."""

    order: str
    """Our id of the order."""
    leg: str
    """The payment it came from, and with it the return."""
    granted: Money
    """How much it was."""
    remaining: Money
    """How much of it is left."""
    granted_at: Instant
    """When it was granted."""
    part: Literal["principal", "bonus"]
    """`principal`: the customer's own money, which never expires. `bonus`: what the shop gave."""
    expires_at: Instant | None
    """Until when it can be spent; null for what never expires."""


class CreditView(Frozen):
    """A customer's credit in one currency."""

    balance: Money
    """What can be spent now."""
    lots: tuple[LotView, ...]
    """The credit by origin, soonest expiry first and what never expires last."""


async def balances(session: AsyncSession, merchant: str, customer: str) -> list[CreditView]:
    """What the merchant owes the customer, per currency. Empty for a customer who never had credit."""
    sums = await session.exec(
        select(col(LedgerPosting.currency), func.sum(col(LedgerPosting.minor)))
        .where(
            col(LedgerPosting.merchant) == merchant,
            col(LedgerPosting.account) == journal.store_credit(customer),
        )
        .group_by(col(LedgerPosting.currency))
        .order_by(col(LedgerPosting.currency))
    )
    return [
        CreditView(
            balance=Money(minor=-int(minor), currency=currency),
            lots=tuple(_lot_view(lot) for lot in await open_lots(session, merchant, customer, currency)),
        )
        for currency, minor in sums.all()
    ]


def _lot_view(lot: CreditLot) -> LotView:
    return LotView(
        part="bonus" if lot.part == "bonus" else "principal",
        order=lot.order,
        leg=lot.leg,
        granted=Money(minor=lot.granted, currency=lot.currency),
        remaining=Money(minor=lot.remaining, currency=lot.currency),
        granted_at=lot.granted_at,
        expires_at=lot.expires_at,
    )
