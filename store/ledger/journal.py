"""The double-entry journal: accounts, and the one way to write an entry.

Postings are signed minor units: + is a debit, - is a credit. Money that belongs to others (tenders, reserved money, store
credit) is a liability, so the balance of these accounts is negative or zero. Cash and expenses are the other way round.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import bindparam, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import payment_keys
from domain.money import Money
from store.engine.direct_statements import first_row
from store.engine.inserts import insert_values, table_of
from store.tables.ledger import LedgerEntry, LedgerPosting

BREAKAGE = "breakage"  # income from store credit that expired unused
ADJUSTMENT = "expense/adjustment"  # store credit that staff gave or took, with a reason
Posting = tuple[str, Money]
ENTERED = select(LedgerEntry.id).where(
    col(LedgerEntry.merchant) == bindparam("merchant"), col(LedgerEntry.key) == bindparam("key")
)
_ENTRIES = table_of(LedgerEntry)
_NEW_ENTRY = _ENTRIES.insert().returning(_ENTRIES.c.id)
_BALANCE = select(func.sum(col(LedgerPosting.minor)).label("total")).where(
    col(LedgerPosting.merchant) == bindparam("merchant"),
    col(LedgerPosting.account) == bindparam("account"),
    col(LedgerPosting.currency) == bindparam("currency"),
)


def cash(provider: str) -> str:
    """Money that lies with a payment provider, or was paid in by another kind of tender."""
    return f"cash/{provider}"


def tender(order: str, tender_id: str) -> str:
    """Money that may still be refunded on one tender. The tender's id is the merchant's text, so it comes last."""
    return f"tender/{order}/{tender_id}"


def reserved(leg: str) -> str:
    """Money reserved for one leg: no longer on its tender, not yet paid."""
    return f"reserved/{leg}"


def store_credit(customer: str) -> str:
    """Store credit owed to a customer."""
    return f"credit/{customer}"


def redeemed(reference: str) -> str:
    """Store credit that a customer spent, by the shop's own reference."""
    return f"redeemed/{reference}"


def held(reference: str) -> str:
    """Store credit that is authorized for a checkout, by the shop's own reference: not the customer's to spend meanwhile."""
    return f"held/{reference}"


def bonus(order: str) -> str:
    """The cost to the merchant of bonuses on an order."""
    return f"expense/bonus/{order}"


def goodwill(order: str) -> str:
    """The cost to the merchant of goodwill for an order."""
    return f"expense/goodwill/{order}"


def claw_back(claim: str) -> str:
    """What a customer owes by a claim."""
    return f"claw_back/{claim}"


def claimed(order: str) -> str:
    """What was asked back of an order's refunds, because their goods did not come."""
    return f"claimed/{order}"


def dispute(order: str, dispute: str) -> str:
    """Money that a bank has taken for a dispute, until it is decided who keeps it."""
    return payment_keys.occasion_of_dispute(order, dispute)


def fees(order: str) -> str:
    """What providers charge the merchant for disputes of an order."""
    return f"expense/fee/{order}"


def written_off(order: str) -> str:
    """What the merchant has lost of an order and does not ask for any more."""
    return f"write_off/{order}"


def debit_posting(account: str, amount: Money) -> Posting:
    """The amount on the debit side."""
    return account, amount


def credit_posting(account: str, amount: Money) -> Posting:
    """The amount on the credit side."""
    return account, Money(minor=-amount.minor, currency=amount.currency)


async def post_entry(session: AsyncSession, entry: LedgerEntry, postings: Iterable[Posting]) -> None:
    """Write one entry with its postings, without those of zero. Raises ValueError when they do not sum to zero."""
    sums: dict[str, int] = defaultdict(int)
    kept = [(account, amount) for account, amount in postings if amount]
    for _, amount in kept:
        sums[amount.currency] += amount.minor
    if any(sums.values()):
        raise ValueError(f"entry {entry.key} does not balance: {dict(sums)}")
    written = await first_row(session, _NEW_ENTRY, **entry.model_dump(exclude={"id"}))
    await insert_values(
        session,
        LedgerPosting,
        [
            {
                "entry": written.id,
                "merchant": entry.merchant,
                "account": account,
                "minor": amount.minor,
                "currency": amount.currency,
            }
            for account, amount in kept
        ],
    )


async def balance(session: AsyncSession, merchant: str, account: str, currency: str) -> Money:
    """The sum of the account's postings: positive is a debit balance."""
    row = await first_row(session, _BALANCE, merchant=merchant, account=account, currency=currency)
    return Money(minor=int(row.total or 0), currency=currency)
