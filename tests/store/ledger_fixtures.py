"""A paid order, the legs it may have, and the ledger's journal as tests read it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import col, select

from domain.model.order import Destination, Order, OrderLine, SealedCustomer, Tender
from domain.model.payment import PaymentRequest, Purpose
from domain.model.promise import Promise
from domain.money import Money
from domain.sealed import Sealed
from store.engine.database import Database
from store.ledger.refunds import post_capture
from store.tables.ledger import LedgerEntry, LedgerPosting

PLACED = datetime(2026, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
ANONYMOUS = Sealed(key="per_1", ciphertext="AAAA")


def gbp(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


def paid_order(*tenders: Tender, order: str = "ord_1", merchant: str = "acme") -> Order:
    amount = sum(tender.amount.minor for tender in tenders)
    line = OrderLine(line_id="1", sku="tee", title="Tee", quantity=1, unit_price=gbp(amount))
    return Order(
        merchant=merchant,
        order=order,
        order_id="#1001",
        placed_at=PLACED,
        currency="GBP",
        customer=SealedCustomer(customer="cus_1", name=ANONYMOUS, email=ANONYMOUS),
        destination=Destination(country="GB", zone="Europe/London"),
        promise=Promise(at=PLACED),
        lines=(line,),
        shipping=gbp(0),
        tenders=tenders,
    )


def card(minor: int, tender_id: str = "card-1") -> Tender:
    return Tender(
        tender_id=tender_id, kind="card", amount=gbp(minor), payment=f"pay_{tender_id}", provider="sandbox"
    )


def payment_request(
    key: str,
    principal: int,
    *,
    bonus: int = 0,
    credit: bool = False,
    purpose: Purpose = "refund",
    tender_id: str = "card-1",
    order: str = "ord_1",
) -> PaymentRequest:
    """A leg to the card's provider, or to store credit."""
    return PaymentRequest(
        merchant="acme",
        order=order,
        order_id="#1001",
        customer="cus_1",
        key=key,
        occasion=key.rpartition("/")[0] or key,
        purpose=purpose,
        tender_id=tender_id,
        to="credit" if credit else "provider",
        payment=f"pay_{tender_id}",
        provider="sandbox",
        principal=gbp(principal),
        bonus=gbp(bonus),
        credit_days=365,
        now=NOW,
    )


async def database_with_order(url: str, *tenders: Tender) -> Database:
    """On that migrated database one order, paid by those tenders."""
    database = Database(url)
    async with database.write() as session:
        await post_capture(session, paid_order(*tenders))
    return database


async def balances(database: Database, merchant: str = "acme") -> dict[str, int]:
    """Every account's balance; those at zero are left out. Positive is a debit."""
    sums: dict[str, int] = {}
    async with database.read() as session:
        for row in await session.exec(select(LedgerPosting).where(col(LedgerPosting.merchant) == merchant)):
            sums[row.account] = sums.get(row.account, 0) + row.minor
    return {account: minor for account, minor in sums.items() if minor}


async def entries(database: Database) -> Sequence[LedgerEntry]:
    async with database.read() as session:
        return (await session.exec(select(LedgerEntry).order_by(col(LedgerEntry.id)))).all()
