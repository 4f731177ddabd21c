"""Everything that the books say about store credit, to be compared as a whole, and the credit that tests begin with."""

import json
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from domain.actors import Actor, Role
from domain.money import Money
from store.engine.database import Database
from store.ledger.refunds import StoredLedger
from store.tables.all import AuditRow
from store.tables.ledger import CreditLot, LedgerEntry, LedgerPosting
from tests.store.ledger_fixtures import NOW, payment_request

SHOP = Actor(role=Role.STOREFRONT, name="k1")
STAFF = Actor(role=Role.SENIOR_AGENT, name="k2")
BONUS_ENDS = NOW + timedelta(days=365)
GIVEN = payment_request("return/ret_1/1/aa/1", 500, bonus=50, credit=True, purpose="store_credit")
"""The customer cus_1 gets 500 that never expire and a bonus of 50 until `BONUS_ENDS`."""


async def give(database: Database) -> None:
    ledger = StoredLedger(database)
    await ledger.reserve(GIVEN)
    await ledger.post(GIVEN, "")


def euros(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


async def lots(database: Database) -> list[tuple[Any, ...]]:
    """customer, part, what was granted, what is left, and when it ends, of each lot, also of empty ones."""
    async with database.read() as session:
        rows = (await session.exec(select(CreditLot).order_by(col(CreditLot.id)))).all()
    return [(row.customer, row.part, row.granted, row.remaining, row.expires_at) for row in rows]


async def entries_since(database: Database, known: int) -> list[tuple[Any, ...]]:
    """Of each entry after so many: kind, key, cause, order, time, and its postings by account."""
    async with database.read() as session:
        rows = (await session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id)))).all()
        postings = (await session.exec(select(LedgerPosting).order_by(col(LedgerPosting.id)))).all()
    return [
        (
            (row.kind, row.key, row.cause, row.order, row.at),
            [(one.account, one.minor, one.currency) for one in postings if one.entry == row.id],
        )
        for row in rows[known:]
    ]


async def audited(database: Database) -> list[tuple[Any, ...]]:
    """Of each line of the audit: who, what, about what, of which order, when, and the details."""
    async with database.read() as session:
        rows = (await session.exec(select(AuditRow).order_by(col(AuditRow.id)))).all()
    return [(row.role, row.action, row.subject, row.order, row.at, json.loads(row.details)) for row in rows]
