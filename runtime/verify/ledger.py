"""I5: the books balance, nobody's credit is negative, credit is the sum of its lots, bonuses name what earned them."""

from collections import Counter
from collections.abc import AsyncIterator

from sqlalchemy import func
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify.report import BrokenInvariant, money
from store.ledger import journal
from store.tables.all import CreditLot, LedgerEntry, LedgerPosting, LegRow

_Balances = dict[tuple[str, str, str], int]


async def entries(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """Every entry, on its own, sums to zero in each currency."""
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
    """Every account against what it stands for: lots of credit, holds of open legs, what a tender may still give."""
    found = await _balances(session)
    lots = await _lots(session)
    for (merchant, account, currency), minor in sorted(found.items()):
        kind, _, name = account.partition("/")
        if kind == "credit" and minor > 0:
            owed = money(-minor, currency)
            yield _broken(account, f"customer {name} of {merchant} has a negative credit of {owed}")
        if kind == "tender" and minor > 0:
            yield _broken(
                account, f"account {account} of {merchant} is overdrawn by {money(minor, currency)}"
            )
    async for broken in _overspent_lots(session):
        yield broken
    for key in sorted({*lots, *(key for key in found if key[1].startswith(journal.store_credit("")))}):
        merchant, account, currency = key
        booked, held = -found.get(key, 0), lots.get(key, 0)
        if booked != held:
            who = f"customer {account.partition('/')[2]} of {merchant}"
            yield _broken(
                account, f"{who} has {money(booked, currency)} of credit but lots of {money(held, currency)}"
            )
    async for broken in _holds(session, found):
        yield broken


async def _balances(session: AsyncSession) -> _Balances:
    key = (col(LedgerPosting.merchant), col(LedgerPosting.account), col(LedgerPosting.currency))
    rows = await session.exec(select(*key, func.sum(col(LedgerPosting.minor))).group_by(*key))
    return {(merchant, account, currency): int(minor) for merchant, account, currency, minor in rows.all()}


async def _lots(session: AsyncSession) -> _Balances:
    key = (col(CreditLot.merchant), col(CreditLot.customer), col(CreditLot.currency))
    rows = await session.exec(select(*key, func.sum(col(CreditLot.remaining))).group_by(*key))
    return {
        (merchant, journal.store_credit(who), currency): int(minor)
        for merchant, who, currency, minor in rows.all()
    }


async def _overspent_lots(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """No lot is spent twice, also where another of the same customer makes up for it, and none grows."""
    left, granted = col(CreditLot.remaining), col(CreditLot.granted)
    for lot in (await session.exec(select(CreditLot).where(or_(left < 0, left > granted)))).all():
        is_, of = money(lot.remaining, lot.currency), money(lot.granted, lot.currency)
        yield _broken(lot.leg, f"credit {lot.leg} of {lot.merchant} has {is_} left of {of}")


async def _holds(session: AsyncSession, found: _Balances) -> AsyncIterator[BrokenInvariant]:
    """A hold is there for as long as its leg is open."""
    expected = {
        (leg.merchant, journal.reserved(leg.key), leg.currency): -leg.principal
        for leg in (await session.exec(select(LegRow))).all()
        if leg.status in ("reserved", "sent") and leg.purpose != "reversal"
    }
    held = {key: minor for key, minor in found.items() if key[1].startswith(journal.reserved("")) and minor}
    for key in sorted({*expected, *held}):
        _, account, currency = key
        if expected.get(key, 0) != held.get(key, 0):
            is_, due = money(-held.get(key, 0), currency), money(-expected.get(key, 0), currency)
            yield _broken(account, f"account {account} holds {is_}, its leg asks for {due}")


async def bonuses(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """I4b in the books: what was spent on bonuses, by the occasion that the entry names, is what its legs were paid."""
    rows = await session.exec(
        select(LedgerEntry.merchant, LedgerEntry.cause, LedgerPosting.currency, LedgerPosting.minor)
        .join(LedgerPosting, col(LedgerPosting.entry) == col(LedgerEntry.id))
        .where(col(LedgerPosting.account).startswith(journal.bonus("")))
    )
    spent: Counter[tuple[str, str, str]] = Counter()
    for merchant, cause, currency, minor in rows.all():
        spent[merchant, cause, currency] += minor
    earned: Counter[tuple[str, str, str]] = Counter()
    for leg in (await session.exec(select(LegRow).where(LegRow.status == "settled"))).all():
        earned[leg.merchant, leg.occasion, leg.currency] += (
            -leg.bonus if leg.purpose == "reversal" else leg.bonus
        )
    for key in sorted({*spent, *earned}):
        merchant, occasion, currency = key
        if spent[key] != earned[key]:
            is_, due = money(spent[key], currency), money(earned[key], currency)
            says = f"{merchant} spent a bonus of {is_} on occasion {occasion or '(none)'}, which earned {due}"
            yield BrokenInvariant(invariant="I4b", subject=occasion, message=says)


def _broken(subject: str, says: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I5", subject=subject, message=says)
