"""I13: no customer is debited before notice and time to answer, and what they owe by a claim is what its order says."""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import notice_keys
from domain.model.claw_back import ClawBack
from domain.model.state import JourneyState
from runtime.verify.order_records import CheckContext, OrderRecords
from runtime.verify.report import BrokenInvariant, money
from store.ledger import journal
from store.tables.all import LedgerEntry, LedgerPosting, SnapshotRow

_DEBITS = ("claw_back", "net_claw_back")


def check(records: OrderRecords, context: CheckContext) -> Iterator[BrokenInvariant]:
    """Each claim against its notice, the time to answer, and its own sums."""
    if records.state is None:
        return
    for claim in records.state.claw_backs:
        yield from _debits(records, claim)
        if not claim.work and claim.booked and claim.booked != claim.amount:
            booked, asked = _amount(claim.booked.minor, claim), _amount(claim.amount.minor, claim)
            yield _broken(claim.claim, f"claim {claim.claim} asks for {asked}, of which {booked} is booked")
        if claim.at_rest and claim.receivable:
            owed = _amount(claim.receivable.minor, claim)
            yield _broken(claim.claim, f"claim {claim.claim} is closed while {owed} is owed")


def _debits(records: OrderRecords, claim: ClawBack) -> Iterator[BrokenInvariant]:
    debits = [one for one in records.entries if one.cause == claim.claim and one.kind in _DEBITS]
    if not debits:
        return
    notice = notice_keys.notice(claim.claim, "claw_back_notice", 1)
    if notice not in {row.key for row in records.notices}:
        yield _broken(claim.claim, f"claim {claim.claim} was collected without a notice")
    agreed = claim.reply is not None and claim.reply.answer == "agree"
    if not agreed and any(one.at < claim.answer_by for one in debits):
        yield _broken(claim.claim, f"claim {claim.claim} was collected before its time to answer was over")


async def receivables(session: AsyncSession) -> AsyncIterator[BrokenInvariant]:
    """What customers owe by the ledger is what the claims of their orders say, unless a step is under way."""
    key = (col(LedgerPosting.merchant), col(LedgerPosting.account), col(LedgerPosting.currency))
    owed = (
        sql_select(*key, func.sum(col(LedgerPosting.minor)), func.max(col(LedgerEntry.order)))
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerPosting.entry))
        .where(col(LedgerPosting.account).startswith(journal.claw_back("")))
        .group_by(*key)
        .having(func.sum(col(LedgerPosting.minor)) != 0)
    )
    rows = await session.stream(owed)
    for merchant, account, currency, minor, order in await rows.all():
        snapshot = await session.get(SnapshotRow, order)
        state = JourneyState.model_validate_json(snapshot.state) if snapshot else None
        claim = state.claw_back(account.removeprefix(journal.claw_back(""))) if state else None
        if claim is None or (not claim.work and claim.receivable.minor != int(minor)):
            books, says = money(int(minor), currency), money(claim.receivable.minor if claim else 0, currency)
            yield _broken(account, f"account {account} of {merchant} is {books}, its claim says {says}")


def _amount(minor: int, claim: ClawBack) -> str:
    return money(minor, claim.amount.currency)


def _broken(subject: str, message: str) -> BrokenInvariant:
    return BrokenInvariant(invariant="I13", subject=subject, message=message)
