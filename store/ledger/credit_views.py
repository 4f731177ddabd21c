"""What a customer sees of their store credit."""

from typing import Literal, get_args

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.base import Frozen
from domain.clock import Instant
from domain.money import Money
from store.ledger import journal
from store.ledger.store_credit import open_lots
from store.tables.ledger import CreditLot, LedgerPosting

LotPart = Literal["principal", "bonus", "adjustment"]
_PARTS: dict[str, LotPart] = {part: part for part in get_args(LotPart)}


class LotView(Frozen):
    """Credit from one payment."""

    order: str
    """Our id of the order; empty for an adjustment that is about none."""
    leg: str
    """The payment or the adjustment it came from."""
    granted: Money
    """How much it was."""
    remaining: Money
    """How much of it is left."""
    granted_at: Instant
    """When it was granted."""
    part: LotPart
    """`principal`: the customer's own money, which never expires. `bonus`: what the shop gave. `adjustment`: by its staff."""
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
        part=_PARTS[lot.part],
        order=lot.order,
        leg=lot.leg,
        granted=Money(minor=lot.granted, currency=lot.currency),
        remaining=Money(minor=lot.remaining, currency=lot.currency),
        granted_at=lot.granted_at,
        expires_at=lot.expires_at,
    )
