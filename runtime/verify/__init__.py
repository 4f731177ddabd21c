"""`smot verify`: the invariants of a running deployment, checked against our records, the provider's and Temporal's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from runtime.verify import (
    amounts,
    deadlines,
    history,
    inbound,
    ledger,
    merchants,
    messages,
    notices,
    payments,
    privacy,
    runs,
    webhooks,
)
from runtime.verify.order_records import CheckContext, OrderRecords, order_records
from runtime.verify.report import BrokenInvariant, VerificationReport
from runtime.verify.sources import Sources, by_leg
from store.engine.columns import real_now
from store.idempotency import StoreIdempotency
from store.tables.all import MerchantRow

__all__ = ["BrokenInvariant", "Sources", "VerificationReport", "verify"]

RECHECK_DELAY = 3.0  # seconds between two looks; longer than Temporal's listing lags
_CHECKS: tuple[Callable[[OrderRecords, CheckContext], Iterable[BrokenInvariant]], ...] = (
    inbound.check,
    runs.check,
    payments.check,
    amounts.check,
    deadlines.check,
    notices.check,
    merchants.check,
    history.check,
)


async def verify(
    sources: Sources, quiesced: bool, *, recheck_delay: float = RECHECK_DELAY
) -> VerificationReport:
    """Check every invariant. `quiesced`: nothing is going on any more, so nothing may be unfinished.

    The sources are read one after the other while the system works, so what seems broken may only be on its way: it is
    looked at again after `again` seconds, and only what is still broken in the same words is reported.
    """
    first = await _check_all(sources, quiesced)
    if not first.broken:
        return first
    await asyncio.sleep(recheck_delay)
    second = await _check_all(sources, quiesced)
    before = set(first.broken)
    return VerificationReport(
        checked=second.checked, broken=tuple(found for found in second.broken if found in before)
    )


async def _check_all(sources: Sources, quiesced: bool) -> VerificationReport:
    running = await sources.journeys.open_runs()
    refunds = await sources.provider.refunds()
    async with sources.database.read() as session:
        known = {row.id: row for row in (await session.exec(select(MerchantRow))).all()}
        look = CheckContext(
            quiesced=quiesced, now=real_now(), merchants=known, refunds=by_leg(refunds), runs=running
        )
        checked = {"refunds": len(refunds), "runs": running.total(), **await inbound.count(session)}
        checked |= await webhooks.count(session)
        broken = [found async for found in _in_tables(session, look, sources.answers)]
        orders: set[str] = set()
        legs: set[str] = set()
        counts = dict.fromkeys(("orders", "snapshots", "legs", "notices", "returns"), 0)
        async for life in order_records(session, look):
            broken += [found for check in _CHECKS for found in check(life, look)]
            orders.add(life.workflow_id)
            legs.update(keys.provider_refund(leg.merchant, leg.key) for leg in life.legs)
            counts["orders"] += 1
            counts["snapshots"] += life.snapshot is not None
            counts["legs"] += len(life.legs)
            counts["notices"] += len(life.notices)
            counts["returns"] += len(life.returns)
    broken += runs.unknown_runs(orders, look)
    broken += payments.unknown_refunds(legs, look)
    if sources.visibility is not None:
        broken += privacy.in_visibility(await sources.visibility.newest_runs())
    broken += privacy.in_logs(sources.logs)
    return VerificationReport(checked={**counts, **checked}, broken=tuple(broken))


async def _in_tables(
    session: AsyncSession, context: CheckContext, answers: StoreIdempotency
) -> AsyncIterator[BrokenInvariant]:
    """What is about tables as a whole."""
    for checks in (
        inbound.deliveries(session, context),
        inbound.answers(session, context, answers),
        ledger.entries(session),
        ledger.balances(session),
        ledger.bonuses(session),
        webhooks.deliveries(session, context),
        webhooks.events(session),
        merchants.rows(session),
        messages.frequency_caps(session),
        messages.messages(session),
    ):
        async for found in checks:
            yield found
