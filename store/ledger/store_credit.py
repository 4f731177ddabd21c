"""Store credit: what is owed to customers, in lots that expire."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from domain import payment_keys
from domain.model.payment import PaymentRequest
from domain.money import Money, zero
from ports.ledger import NotCovered
from store.engine.database import Database
from store.ledger import journal
from store.ledger.journal import credit_posting, debit_posting
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting

_LOCKED_AT_ONCE = 10  # lots; few customers have more
_EXPIRES = and_(col(CreditLot.remaining) > 0, col(CreditLot.expires_at).is_not(None))
_ANY_EXPIRING = select(CreditLot.id).where(_EXPIRES).limit(1)
_EXPIRING = (
    select(col(CreditLot.merchant), func.min(col(CreditLot.expires_at)))
    .where(_EXPIRES)
    .group_by(col(CreditLot.merchant))
)


def _open(merchant: str, customer: str, currency: str) -> ColumnElement[bool]:
    return and_(
        col(CreditLot.merchant) == merchant,
        col(CreditLot.customer) == customer,
        col(CreditLot.currency) == currency,
        col(CreditLot.remaining) > 0,
    )


def _unexpired(now: datetime) -> ColumnElement[bool]:
    return or_(col(CreditLot.expires_at).is_(None), col(CreditLot.expires_at) > now)


async def open_lots(session: AsyncSession, merchant: str, customer: str, currency: str) -> list[CreditLot]:
    """Lots with something left, soonest expiry first, those that never expire last."""
    return list(await session.exec(_in_order(select(CreditLot).where(_open(merchant, customer, currency)))))


def _in_order(query: SelectOfScalar[CreditLot]) -> SelectOfScalar[CreditLot]:
    return query.order_by(col(CreditLot.expires_at).is_(None), col(CreditLot.expires_at), col(CreditLot.id))


async def balance_of(
    session: AsyncSession, merchant: str, customer: str, currency: str, now: datetime
) -> int:
    """What the customer can spend by `now`, in minor units; nothing is locked."""
    query = select(func.coalesce(func.sum(col(CreditLot.remaining)), 0))
    found = await session.exec(query.where(_open(merchant, customer, currency), _unexpired(now)))
    return int(found.one())


async def spendable(
    session: AsyncSession,
    merchant: str,
    customer: str,
    currency: str,
    now: datetime,
    wanted: int | None = None,
) -> list[CreditLot]:
    """Lots that have not expired by `now`, soonest expiry first, locked against other transactions.

    wanted: so many minor units are enough; all lots if they hold less, or without it.
    """
    lots: list[CreditLot] = []
    query = _in_order(select(CreditLot).where(_open(merchant, customer, currency), _unexpired(now)))
    while wanted is None or sum(lot.remaining for lot in lots) < wanted:
        others = query.where(col(CreditLot.id).not_in([lot.id for lot in lots]))
        more = list(await session.exec(others.limit(_LOCKED_AT_ONCE).with_for_update()))
        if not more and not (await session.exec(others.limit(1))).all():
            break
        lots += more  # what another transaction emptied meanwhile is left out, so there may be none although others remain
    return lots


async def grant(session: AsyncSession, request: PaymentRequest, entry: LedgerEntry) -> None:
    """Pay the leg as credit: the reserved principal, which never expires, and the merchant's bonus, which does (S-81)."""
    whole = request.principal + request.bonus
    cost = journal.goodwill if request.purpose == "goodwill" else journal.bonus
    await journal.post_entry(
        session,
        entry,
        [
            debit_posting(journal.reserved(request.key), request.principal),
            debit_posting(cost(request.order), request.bonus),
            credit_posting(journal.store_credit(request.customer), whole),
        ],
    )
    days = request.credit_days
    expiry = None if days is None else request.now + timedelta(days=days)
    parts = (("principal", request.principal, None), ("bonus", request.bonus, expiry))
    for part, amount, expires_at in parts:
        if amount:
            session.add(_lot(request, part, amount, expires_at))


def _lot(request: PaymentRequest, part: str, amount: Money, expires_at: datetime | None) -> CreditLot:
    return CreditLot(
        merchant=request.merchant,
        customer=request.customer,
        order=request.order,
        leg=request.key,
        part=part,
        currency=amount.currency,
        granted=amount.minor,
        remaining=amount.minor,
        granted_at=request.now,
        expires_at=expires_at,
    )


async def reverse(session: AsyncSession, request: PaymentRequest, entry: LedgerEntry) -> Money:
    """Take credit back: the principal onto its tender, the bonus from the expense. Raises NotCovered when it was spent.

    Returns the bonus that was taken.

    A bonus that has expired is gone already and is not taken a second time. The return's own lots are used first, then
    those of its order, then those that expire soonest.
    """
    lots = await _reversible_lots(session, request)
    bonus = max(zero(request.bonus.currency), request.bonus - await _expired_bonus(session, request))
    whole = request.principal + bonus
    if sum(lot.remaining for lot in lots) < whole.minor:
        raise NotCovered(f"less credit than {whole.minor} {whole.currency} is left to take back")
    own = payment_keys.legs_taken_back(request.occasion)
    nearest = sorted(lots, key=lambda lot: (not lot.leg.startswith(own), lot.order != request.order))
    taken = [
        debit_posting(journal.store_credit(lot.customer), Money(minor=minor, currency=whole.currency))
        for lot, minor in use_up(nearest, whole.minor)
    ]
    await journal.post_entry(
        session,
        entry,
        [
            *taken,
            credit_posting(journal.tender(request.order, request.tender_id), request.principal),
            credit_posting(journal.bonus(request.order), bonus),
        ],
    )
    return bonus


async def _reversible_lots(session: AsyncSession, request: PaymentRequest) -> list[CreditLot]:
    """The customer's own, and the return's own if another customer has claimed them; locked, in the order of every lock."""
    own = col(CreditLot.leg).startswith(payment_keys.legs_taken_back(request.occasion), autoescape=True)
    query = (
        select(CreditLot)
        .where(
            col(CreditLot.merchant) == request.merchant,
            or_(col(CreditLot.customer) == request.customer, and_(CreditLot.order == request.order, own)),
            col(CreditLot.currency) == request.principal.currency,
            col(CreditLot.remaining) > 0,
        )
        .order_by(col(CreditLot.expires_at).is_(None), col(CreditLot.expires_at), col(CreditLot.id))
        .with_for_update()
    )
    return list(await session.exec(query))


async def _expired_bonus(session: AsyncSession, request: PaymentRequest) -> Money:
    """What has expired of the bonus that the reversal takes back."""
    lots = await session.exec(
        select(CreditLot.leg).where(
            col(CreditLot.merchant) == request.merchant,
            col(CreditLot.order) == request.order,
            col(CreditLot.part) == "bonus",
            col(CreditLot.leg).startswith(payment_keys.legs_taken_back(request.occasion), autoescape=True),
        )
    )
    tender = payment_keys.tender(request.tender_id)
    expiries = [payment_keys.ledger_entry("expire", leg) for leg in lots if f"/{tender}/" in leg]
    written_off = await session.exec(
        select(func.coalesce(func.sum(col(LedgerPosting.minor)), 0))
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(
            col(LedgerEntry.merchant) == request.merchant,
            col(LedgerEntry.key).in_(expiries),
            col(LedgerPosting.account).startswith(journal.store_credit("")),
        )
    )
    return Money(minor=int(written_off.one()), currency=request.bonus.currency)


def use_up(lots: Iterable[CreditLot], minor: int) -> list[tuple[CreditLot, int]]:
    """Take that many minor units from the lots, in their order, and tell how many from each.

    The caller has checked that they hold as much.
    """
    parts = []
    for lot in lots:
        taken = min(minor, lot.remaining)
        lot.remaining -= taken
        minor -= taken
        if taken:
            parts.append((lot, taken))
    return parts


async def earliest_expiry(db: Database) -> dict[str, datetime]:
    """Per merchant, when the credit expires that expires next; merchants without credit are left out."""
    if await db.fetch_row(_ANY_EXPIRING) is None:
        return {}
    async with db.read_one() as session:
        return {merchant: at for merchant, at in (await session.exec(_EXPIRING)).all() if at is not None}


async def expire(session: AsyncSession, merchant: str, now: datetime) -> int:
    """Write off credit that has expired by the merchant's business time `now`; the number of lots. Again is a no-op."""
    lots = await session.exec(
        select(CreditLot)
        .where(
            col(CreditLot.merchant) == merchant,
            col(CreditLot.expires_at) <= now,
            col(CreditLot.remaining) > 0,
        )
        .order_by(col(CreditLot.expires_at), col(CreditLot.id))  # the order of every lock, so no deadlock
        .with_for_update()
    )
    expired = list(lots)
    for lot in expired:
        await _write_off(session, lot, now)
    return len(expired)


async def _write_off(session: AsyncSession, lot: CreditLot, now: datetime) -> None:
    amount = Money(minor=lot.remaining, currency=lot.currency)
    entry = LedgerEntry(
        merchant=lot.merchant,
        order=lot.order,
        key=payment_keys.ledger_entry("expire", lot.leg),
        kind="expire",
        at=now,
        cause=lot.leg,
    )
    postings = [
        debit_posting(journal.store_credit(lot.customer), amount),
        credit_posting(journal.BREAKAGE, amount),
    ]
    lot.remaining = 0
    await journal.post_entry(session, entry, postings)
