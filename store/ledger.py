"""The ledger: money reserved before it leaves, posted when it left, released when it did not.

Every step is one entry with a key of its own, so it happens once however often it is asked for. All steps of one order
queue up behind its capture, the row that is locked first: what a tender holds cannot change between look and hold.
"""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.orders import Order
from ports.failpoints import hit
from ports.ledger import LegAsk, LegRecord, NotCovered
from store import books, credit
from store.books import credited, debit
from store.columns import real_now
from store.database import Database
from store.ledger_tables import LedgerEntry, LegRow

SANDBOX = "sandbox"  # the payment provider whose cash account card tenders stand in
NOT_COVERED = "not_covered"


class LegClosed(Exception):
    """That step came after the leg was settled or released: somebody else finished it, read it again."""


async def post_capture(session: AsyncSession, order: Order, provider: str = SANDBOX) -> None:
    """Take the order's tenders into the books, in the transaction that places it; again is a no-op.

    Card money lies with the provider; what was paid by gift card or credit came in through an account of that kind.
    """
    key = f"capture/{order.order}"
    if await _entry(session, order.merchant, key):
        return
    entry = LedgerEntry(
        merchant=order.merchant,
        order=order.order,
        key=key,
        kind="capture",
        at=order.placed_at,
        cause="placed",
    )
    postings = []
    for tender in order.tenders:
        where = provider if tender.kind == "card" else tender.kind
        postings.append(debit(books.cash(where), tender.amount))
        postings.append(credited(books.tender(order.order, tender.tender_id), tender.amount))
    await books.enter(session, entry, postings)


class StoredLedger:
    """The Ledger port on our database. `provider` names the cash account that card legs are paid from."""

    def __init__(self, database: Database, provider: str = SANDBOX) -> None:
        self._database = database
        self._provider = provider

    async def reserve(self, ask: LegAsk) -> LegRecord:
        """Hold the principal once per key. A leg that was not covered is released for good: later tries need a new epoch."""
        async with self._database.write() as session:
            await _entry(session, ask.merchant, f"capture/{ask.order}", lock=True)
            known = await _leg(session, ask)
            leg = known or await self._open(session, ask)
            record = _record(leg)
        if known is None and record.status == "released":
            raise NotCovered(f"{ask.key}: {ask.principal.minor} {ask.principal.currency}")
        return record

    async def _open(self, session: AsyncSession, ask: LegAsk) -> LegRow:
        leg = LegRow(
            merchant=ask.merchant,
            key=ask.key,
            order=ask.order,
            occasion=ask.occasion,
            purpose=ask.purpose,
            tender_id=ask.tender_id,
            provider=self._provider if ask.to == "provider" else "",
            principal=ask.principal.minor,
            bonus=ask.bonus.minor,
            currency=ask.principal.currency,
            status="reserved",
            created_at=real_now(),
        )
        session.add(leg)
        if ask.purpose == "reversal":  # takes from the customer's credit, not from the tender
            return leg
        tender = books.tender(ask.order, ask.tender_id)
        left = await books.balance(session, ask.merchant, tender, ask.principal.currency)
        if -left.minor < ask.principal.minor:
            leg.status, leg.decline = "released", NOT_COVERED
        else:
            postings = [debit(tender, ask.principal), credited(books.held(ask.key), ask.principal)]
            await books.enter(session, _step("reserve", ask), postings)
        return leg

    async def sent(self, ask: LegAsk) -> None:
        """From now on the provider may have acted; the first time counts. Raises LegClosed."""
        async with self._database.write() as session:
            leg = await _known_leg(session, ask)
            if leg.status not in ("reserved", "sent"):
                raise LegClosed(f"{ask.key} is {leg.status}")
            leg.status, leg.sent_at = "sent", leg.sent_at or real_now()
            session.add(leg)

    async def post(self, ask: LegAsk, reference: str) -> None:
        """Post what left and settle the leg. Raises NotCovered, and LegClosed for a leg that was released."""
        async with self._database.write() as session:
            leg = await _known_leg(session, ask)
            if leg.status == "settled":
                return
            if leg.status == "released":
                raise LegClosed(f"{ask.key} is released")
            try:
                await self._move(session, ask)
                leg.status, leg.reference = "settled", reference
                short = None
            except NotCovered as no:  # nothing was written yet: only this no is, for good
                leg.status, leg.decline, short = "released", NOT_COVERED, no
            session.add(leg)
            await session.flush()
            hit("pay.written")
        if short is not None:
            raise short

    async def _move(self, session: AsyncSession, ask: LegAsk) -> None:
        entry = _step("post", ask)
        if ask.purpose == "reversal":
            await credit.take_back(session, ask, entry)
        elif ask.to == "credit":
            await credit.grant(session, ask, entry)
        else:
            postings = [
                debit(books.held(ask.key), ask.principal),
                credited(books.cash(self._provider if ask.payment else ask.to), ask.principal),
            ]
            await books.enter(session, entry, postings)

    async def release(self, ask: LegAsk, decline: str) -> None:
        """Give the hold back to its tender. Raises LegClosed for a leg that was settled."""
        async with self._database.write() as session:
            leg = await _known_leg(session, ask)
            if leg.status == "released":
                return
            if leg.status == "settled":
                raise LegClosed(f"{ask.key} is settled")
            leg.status, leg.decline = "released", decline
            session.add(leg)
            if ask.purpose != "reversal":
                tender = books.tender(ask.order, ask.tender_id)
                postings = [debit(books.held(ask.key), ask.principal), credited(tender, ask.principal)]
                await books.enter(session, _step("release", ask), postings)


def _step(kind: str, ask: LegAsk) -> LedgerEntry:
    """An entry of one leg, named by what it does and by the occasion that earned it."""
    return LedgerEntry(
        merchant=ask.merchant,
        order=ask.order,
        key=f"{kind}/{ask.key}",
        kind=kind,
        at=ask.now,
        cause=ask.occasion,
    )


def _record(leg: LegRow) -> LegRecord:
    return LegRecord.model_validate(
        {"status": leg.status, "reference": leg.reference, "decline": leg.decline}
    )


async def _entry(session: AsyncSession, merchant: str, key: str, *, lock: bool = False) -> LedgerEntry | None:
    query = select(LedgerEntry).where(col(LedgerEntry.merchant) == merchant, col(LedgerEntry.key) == key)
    return (await session.exec(query.with_for_update() if lock else query)).one_or_none()


async def _leg(session: AsyncSession, ask: LegAsk) -> LegRow | None:
    """The leg under that key. Raises ValueError when it was opened for something else: one key, one payment."""
    leg = await session.get(LegRow, (ask.merchant, ask.key), with_for_update=True)
    if leg is None:
        return None
    opened = (
        leg.order,
        leg.purpose,
        leg.tender_id,
        leg.principal,
        leg.bonus,
        leg.currency,
        bool(leg.provider),
    )
    asked = (
        ask.order,
        ask.purpose,
        ask.tender_id,
        ask.principal.minor,
        ask.bonus.minor,
        ask.principal.currency,
        ask.to == "provider",
    )
    if opened != asked:
        raise ValueError(f"leg {ask.key} was opened as another payment")
    return leg


async def _known_leg(session: AsyncSession, ask: LegAsk) -> LegRow:
    leg = await _leg(session, ask)
    if leg is None:
        raise LookupError(f"leg {ask.key} was never reserved")
    return leg
