"""I5: the ledger balances, no customer's credit is negative, and credit is the sum of its lots."""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy import Select, func
from sqlalchemy import select as sql_select
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.model.payment import TAKES_BACK
from runtime.verify.report import BrokenInvariant, money
from store.ledger import journal
from store.tables.all import CreditLot, LedgerEntry, LedgerPosting, LegRow, MerchantRow, RedemptionRow

_Balances = dict[tuple[str, str, str], int]  # minor units by merchant, account and currency


async def entries(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """The postings of every entry sum to zero in each currency."""
    total = func.sum(col(LedgerPosting.minor))
    uneven = await session.exec(
        select(LedgerEntry.key, LedgerPosting.currency, total)
        .join(LedgerPosting, col(LedgerPosting.entry) == col(LedgerEntry.id))
        .group_by(col(LedgerEntry.id), col(LedgerEntry.key), col(LedgerPosting.currency))
        .having(total != 0)
    )
    for key, currency, minor in uneven.all():
        yield _broken(key, f"entry {key} is out of balance by {money(int(minor), currency)}")


async def balances(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Every account against what it stands for: the lots of credit, the reservations of open legs, the rest of a tender."""
    async for broken in _overdrawn(session):
        yield broken
    async for broken in _overspent_lots(session):
        yield broken
    async for broken in _expiries(session):
        yield broken
    for merchant in (await session.exec(select(MerchantRow.id))).all():
        by_account = await _balances(session, merchant)
        for broken in _credit_beside_lots(by_account, await _lots(session, merchant)):
            yield broken
        for broken in await _reservations(session, merchant, by_account):
            yield broken
        for broken in await _authorizations(session, merchant, by_account):
            yield broken


async def _overdrawn(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    query = _sums().having(func.sum(col(LedgerPosting.minor)) > 0)
    rows = await session.stream(query.execution_options(yield_per=500))
    async for merchant, account, currency, minor in rows:
        kind, _, name = account.partition("/")
        if kind == "credit" and minor > 0:
            amount = money(-int(minor), currency)
            yield _broken(account, f"customer {name} of {merchant} has a negative credit of {amount}")
        if kind == "tender" and minor > 0:
            amount = money(int(minor), currency)
            yield _broken(account, f"account {account} of {merchant} is overdrawn by {amount}")


def _credit_beside_lots(by_account: _Balances, lots: _Balances) -> Iterator[BrokenInvariant]:
    """A customer's credit in the journal is the sum of their lots."""
    accounts = {key for key in by_account if key[1].startswith(journal.store_credit(""))}
    for key in sorted({*lots, *accounts}):
        merchant, account, currency = key
        in_journal, in_lots = -by_account.get(key, 0), lots.get(key, 0)
        if in_journal != in_lots:
            customer = f"customer {account.partition('/')[2]} of {merchant}"
            credit, sum_of_lots = money(in_journal, currency), money(in_lots, currency)
            yield _broken(account, f"{customer} has {credit} of credit but lots of {sum_of_lots}")


def _sums() -> Select[str, str, str, int]:
    """The sum of each account, by merchant, account and currency."""
    key = (col(LedgerPosting.merchant), col(LedgerPosting.account), col(LedgerPosting.currency))
    return sql_select(*key, func.sum(col(LedgerPosting.minor))).group_by(*key).order_by(*key)


async def _balances(session: AsyncSession, merchant: str) -> _Balances:
    """The merchant's accounts of credit and of reservations that are not empty."""
    account = col(LedgerPosting.account)
    starts = (journal.store_credit(""), journal.reserved(""), journal.held(""), journal.redeemed(""))
    kinds = or_(*(account.startswith(start) for start in starts))
    query = _sums().where(col(LedgerPosting.merchant) == merchant, kinds)
    rows = await session.stream(query.having(func.sum(col(LedgerPosting.minor)) != 0))
    return {(owner, name, currency): int(minor) async for owner, name, currency, minor in rows}


async def _lots(session: AsyncSession, merchant: str) -> _Balances:
    key = (col(CreditLot.merchant), col(CreditLot.customer), col(CreditLot.currency))
    query = select(*key, func.sum(col(CreditLot.remaining))).where(col(CreditLot.merchant) == merchant)
    rows = await session.exec(query.group_by(*key))
    return {
        (merchant, journal.store_credit(customer), currency): int(minor)
        for merchant, customer, currency, minor in rows.all()
    }


async def _overspent_lots(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """No lot is overspent, also when another lot of the same customer makes up for it, and no lot grows."""
    left, granted = col(CreditLot.remaining), col(CreditLot.granted)
    for lot in (await session.exec(select(CreditLot).where(or_(left < 0, left > granted)))).all():
        actual, limit = money(lot.remaining, lot.currency), money(lot.granted, lot.currency)
        yield _broken(lot.leg, f"credit {lot.leg} of {lot.merchant} has {actual} left of {limit}")


async def _expiries(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Money that was the customer's own never expires."""
    wrong = and_(col(CreditLot.part) == "principal", col(CreditLot.expires_at).is_not(None))
    for lot in (await session.exec(select(CreditLot).where(wrong))).all():
        expires = f"expires at {lot.expires_at.isoformat()}" if lot.expires_at else "never expires"
        yield _broken(lot.leg, f"credit {lot.leg} of {lot.merchant} is {lot.part} and {expires}")


async def _reservations(session: AsyncSession, merchant: str, by_account: _Balances) -> list[BrokenInvariant]:
    opened = col(LegRow.status).in_(("reserved", "sent", "reversed"))
    query = select(LegRow).where(
        col(LegRow.merchant) == merchant, opened, col(LegRow.purpose).not_in(TAKES_BACK)
    )
    expected = {
        (leg.merchant, journal.reserved(leg.key), leg.currency): -leg.principal
        for leg in (await session.exec(query)).all()
    }
    held = {key: minor for key, minor in by_account.items() if key[1].startswith(journal.reserved(""))}
    broken = []
    for key in sorted({*expected, *held}):
        _, account, currency = key
        if expected.get(key, 0) != held.get(key, 0):
            actual, due = money(-held.get(key, 0), currency), money(-expected.get(key, 0), currency)
            broken.append(_broken(account, f"account {account} holds {actual}, its leg needs {due}"))
    return broken


async def _authorizations(
    session: AsyncSession, merchant: str, by_account: _Balances
) -> list[BrokenInvariant]:
    """Credit is held as long as its authorization is open, and spent by what was captured and not refunded."""
    expected: _Balances = {}
    for row in (
        await session.exec(select(RedemptionRow).where(col(RedemptionRow.merchant) == merchant))
    ).all():
        held = row.authorized if row.status == "authorized" else 0
        expected[merchant, journal.held(row.reference), row.currency] = -held
        expected[merchant, journal.redeemed(row.reference), row.currency] = row.refunded - row.captured
    kinds = (journal.held(""), journal.redeemed(""))
    actual = {key: minor for key, minor in by_account.items() if key[1].startswith(kinds)}
    broken = []
    for key in sorted({*expected, *actual}):
        _, account, currency = key
        if expected.get(key, 0) != actual.get(key, 0):
            has, due = money(-actual.get(key, 0), currency), money(-expected.get(key, 0), currency)
            broken.append(_broken(account, f"account {account} holds {has}, its redemption has {due}"))
    return broken


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I5", subject=subject, message=message)
