"""The ledger as accounting reads it: trial balance, journal lines, and the statement of an order or of a customer's credit."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, type_coerce
from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.base import Frozen
from domain.chart_of_accounts import PREFIXES, SIDES, AccountClass, Side, account_class
from domain.clock import Instant
from store.engine.paging import Page, number_cursor, page_of, parse_number_cursor
from store.ledger import journal
from store.tables.ledger import LedgerEntry, LedgerPosting
from store.tables.orders import OrderRow


class Period(Frozen):
    """Business time: from `since` to before `until`; None is unbounded."""

    since: Instant | None = None
    until: Instant | None = None


class AccountTotal(Frozen):
    """One class of accounts in one currency, in minor units."""

    currency: str
    """ISO 4217."""
    account_class: AccountClass
    """What the accounts stand for."""
    side: Side
    """Assets and expenses have a debit balance, liabilities and income a credit balance."""
    opening: int
    """The balance before the period: above zero is a debit balance, below zero a credit balance."""
    debit: int
    """What was debited in the period."""
    credit: int
    """What was credited in the period."""
    closing: int
    """The balance after the period."""


class LedgerLine(Frozen):
    """One posting: one side of an entry."""

    number: int
    """Rises with each posting; not without gaps."""
    at: Instant
    """When it happened, in business time."""
    entry: str
    """The key of the entry. The lines of one entry sum to zero."""
    step: str
    """What happened, as `capture`, `reserve`, `post`, `release`, `redeem` or `expire`."""
    cause: str
    """The occasion, or the shop's reference, for which it happened."""
    order: str | None
    """Our id of the order; null for what concerns none."""
    order_id: str | None
    """The shop's own order id; null where `order` is."""
    account: str
    """The account, as `tender/ord_…/card-1`."""
    account_class: AccountClass
    """What the account stands for."""
    debit: int
    """Minor units; zero on the credit side."""
    credit: int
    """Minor units; zero on the debit side."""
    currency: str
    """ISO 4217."""


async def trial_balance(
    session: AsyncSession, merchant: str, period: Period, *, order: str | None = None
) -> list[AccountTotal]:
    """Every class of accounts that was ever posted to, by currency. All closing balances of a currency sum to zero."""
    minor, at = type_coerce(col(LedgerPosting.minor), BigInteger), col(LedgerEntry.at)
    before: ColumnElement[bool] = at < period.since if period.since else literal(False)
    within = and_(*_within(period), ~before)
    names = ((col(LedgerPosting.account).startswith(start), of) for start, of in PREFIXES.items())
    key = (col(LedgerPosting.currency), case(*names, else_="").label("class"))
    sums = (
        _sum(minor, before),
        _sum(minor, and_(within, minor > 0)),
        _sum(-minor, and_(within, minor < 0)),
    )
    found = (
        sql_select(*key, *sums)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(col(LedgerPosting.merchant) == merchant, *_until(period), *_of_order(order))
        .group_by(*key)
        .order_by(*key)
    )
    return [_total(*row) async for row in await session.stream(found)]


async def lines(
    session: AsyncSession,
    merchant: str,
    period: Period,
    *,
    limit: int,
    cursor: str | None = None,
    order: str | None = None,
) -> Page[LedgerLine]:
    """Journal lines in the order in which they were written. Raises BadCursor."""
    after = parse_number_cursor(cursor) if cursor else 0
    found = (
        select(LedgerPosting, LedgerEntry, col(OrderRow.order_id))
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .join(
            OrderRow,
            and_(
                col(OrderRow.id) == col(LedgerEntry.order),
                col(OrderRow.merchant) == col(LedgerEntry.merchant),
            ),
            isouter=True,
        )
        .where(col(LedgerPosting.merchant) == merchant, col(LedgerPosting.id) > after)
        .where(*_within(period), *_of_order(order))
        .order_by(col(LedgerPosting.id))
        .limit(limit + 1)
    )
    rows = [_line(posting, entry, order_id) for posting, entry, order_id in (await session.exec(found)).all()]
    return page_of(rows, limit, lambda row: number_cursor(row.number))


async def credit_lines(
    session: AsyncSession, merchant: str, customer: str, *, limit: int, cursor: str | None = None
) -> tuple[Page[LedgerLine], dict[str, int]]:
    """Lines of one customer's credit, and what they had before these, by currency. Raises BadCursor."""
    after = parse_number_cursor(cursor) if cursor else 0
    account = and_(
        col(LedgerPosting.merchant) == merchant,
        col(LedgerPosting.account) == journal.store_credit(customer),
    )
    found = (
        select(LedgerPosting, LedgerEntry)
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(account, col(LedgerPosting.id) > after)
        .order_by(col(LedgerPosting.id))
        .limit(limit + 1)
    )
    rows = [_line(posting, entry, None) for posting, entry in (await session.exec(found)).all()]
    earlier = (
        select(col(LedgerPosting.currency), func.sum(col(LedgerPosting.minor)))
        .where(account, col(LedgerPosting.id) <= after)
        .group_by(col(LedgerPosting.currency))
    )
    opening = {currency: -int(minor) for currency, minor in (await session.exec(earlier)).all()}
    return page_of(rows, limit, lambda row: number_cursor(row.number)), opening


def _sum(minor: ColumnElement[int], when: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((when, minor), else_=0)), 0)


def _within(period: Period) -> list[ColumnElement[bool]]:
    since: datetime | None = period.since
    return [*([col(LedgerEntry.at) >= since] if since else []), *_until(period)]


def _until(period: Period) -> list[ColumnElement[bool]]:
    return [col(LedgerEntry.at) < period.until] if period.until else []


def _of_order(order: str | None) -> list[ColumnElement[bool]]:
    return [] if order is None else [col(LedgerEntry.order) == order]


def _total(currency: str, name: AccountClass, opening: int, debit: int, credit: int) -> AccountTotal:
    return AccountTotal(
        currency=currency,
        account_class=name,
        side=SIDES[name],
        opening=int(opening),
        debit=int(debit),
        credit=int(credit),
        closing=int(opening) + int(debit) - int(credit),
    )


def _line(posting: LedgerPosting, entry: LedgerEntry, order_id: str | None) -> LedgerLine:
    assert posting.id is not None
    return LedgerLine(
        number=posting.id,
        at=entry.at,
        entry=entry.key,
        step=entry.kind,
        cause=entry.cause,
        order=entry.order or None,
        order_id=order_id,
        account=posting.account,
        account_class=account_class(posting.account),
        debit=max(posting.minor, 0),
        credit=max(-posting.minor, 0),
        currency=posting.currency,
    )
