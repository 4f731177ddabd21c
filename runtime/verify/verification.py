"""Runs every check of `smot verify`, and again whatever looks broken."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain import keys
from runtime.verify import (
    amounts,
    bonuses,
    deadlines,
    history,
    inbound,
    ledger,
    losses,
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

RECHECK_DELAY = 3.0  # seconds between two checks; Temporal's list of runs lags less than that
_CHECKS: tuple[Callable[[OrderRecords, CheckContext], Iterable[BrokenInvariant]], ...] = (
    inbound.check,
    runs.check,
    payments.check,
    amounts.check,
    bonuses.check,
    losses.check,
    deadlines.check,
    notices.check,
    merchants.check,
    history.check,
)


async def verify(
    sources: Sources, quiesced: bool, *, recheck_delay: float = RECHECK_DELAY
) -> VerificationReport:
    """Check every invariant. `quiesced`: the system is idle, so nothing may be unfinished.

    The sources are read one after the other while the system works, so what looks broken may only be under way. It is
    checked again after `recheck_delay` seconds, and reported when it is broken in the same words again.
    """
    first = await _check_all(sources, quiesced)
    if not first.broken:
        return first
    await asyncio.sleep(recheck_delay)
    second = await _check_all(sources, quiesced)
    earlier = set(first.broken)
    return VerificationReport(
        checked=second.checked, broken=tuple(broken for broken in second.broken if broken in earlier)
    )


@dataclass
class _Totals:
    """What the checked orders have in common: how much was checked, and the names that other records may use."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("orders", "snapshots", "legs", "notices", "returns"), 0)
    )
    workflow_ids: set[str] = field(default_factory=set)
    legs: set[str] = field(default_factory=set)

    def add(self, records: OrderRecords) -> None:
        """Count one order's records."""
        self.workflow_ids.add(records.workflow_id)
        self.legs.update(keys.provider_refund(leg.merchant, leg.key) for leg in records.legs)
        self.counts["orders"] += 1
        self.counts["snapshots"] += records.snapshot is not None
        self.counts["legs"] += len(records.legs)
        self.counts["notices"] += len(records.notices)
        self.counts["returns"] += len(records.returns)


async def _check_all(sources: Sources, quiesced: bool) -> VerificationReport:
    open_runs = await sources.journeys.open_runs()
    refunds = await sources.provider.refunds()
    totals = _Totals()
    async with sources.database.read() as session:
        by_id = {row.id: row for row in (await session.exec(select(MerchantRow))).all()}
        context = CheckContext(
            quiesced=quiesced, now=real_now(), merchants=by_id, refunds=by_leg(refunds), runs=open_runs
        )
        checked = {"refunds": len(refunds), "runs": open_runs.total(), **await inbound.count(session)}
        checked |= await webhooks.count(session)
        broken = [item async for item in _in_tables(session, context, sources.answers)]
        async for records in order_records(session, context):
            broken += [item for check in _CHECKS for item in check(records, context)]
            totals.add(records)
    broken += runs.unknown_runs(totals.workflow_ids, context)
    broken += payments.unknown_refunds(totals.legs, context)
    if sources.visibility is not None:
        broken += privacy.in_visibility(await sources.visibility.newest_runs())
    broken += privacy.in_logs(sources.logs)
    return VerificationReport(checked={**totals.counts, **checked}, broken=tuple(broken))


async def _in_tables(
    session: AsyncSession, context: CheckContext, answers: StoreIdempotency
) -> AsyncIterator[BrokenInvariant]:
    """The checks of whole tables."""
    for checks in (
        inbound.deliveries(session, context),
        inbound.answers(session, context, answers),
        ledger.entries(session),
        ledger.balances(session),
        bonuses.expenses(session),
        webhooks.deliveries(session, context),
        webhooks.events(session),
        merchants.rows(session),
        messages.frequency_caps(session),
        messages.messages(session),
    ):
        async for broken in checks:
            yield broken
