"""Runs every check of `smot verify`, and again whatever looks broken."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.verify import (
    amounts,
    bonuses,
    claw_backs,
    date_promises,
    deadlines,
    disputes,
    exchanges,
    goodwill_grounds,
    history,
    inbound,
    inbox_rows,
    ledger,
    losses,
    merchants,
    messages,
    missing_rows,
    notices,
    payments,
    privacy,
    runs,
    webhooks,
)
from runtime.verify.order_records import CheckContext, OrderRecords, order_records
from runtime.verify.report import MAX_LISTED, BrokenInvariant, VerificationReport
from runtime.verify.sources import Sources
from store.engine.columns import real_now
from store.tables.all import MerchantRow

RECHECK_DELAY = 3.0  # seconds between two checks; Temporal's list of runs lags less than that
_CHECKS: tuple[Callable[[OrderRecords, CheckContext], Iterable[BrokenInvariant]], ...] = (
    inbound.check,
    missing_rows.check,
    runs.check,
    payments.check,
    amounts.check,
    disputes.check,
    bonuses.check,
    claw_backs.check,
    exchanges.check,
    losses.check,
    goodwill_grounds.check,
    deadlines.check,
    date_promises.check,
    notices.check,
    merchants.check,
    history.check,
)
_COUNTED = ("orders", "snapshots", "legs", "notices", "returns", "refunds", "runs", "journeys")


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


async def _check_all(sources: Sources, quiesced: bool) -> VerificationReport:
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
    broken: list[BrokenInvariant] = []
    async with sources.database.read() as session:
        by_id = {row.id: row for row in (await session.exec(select(MerchantRow))).all()}
        context = CheckContext(quiesced=quiesced, now=real_now(), merchants=by_id)
        for checks in (
            _orders(session, context, sources, counts),
            _outside(session, sources, counts),
            _in_tables(session, context, sources),
        ):
            async for item in checks:
                if len(broken) < MAX_LISTED:
                    broken.append(item)
        counts.update(await inbound.count(session) | await webhooks.count(session))
    return VerificationReport(checked=dict(counts), broken=tuple(broken))


async def _orders(
    session: AsyncSession, context: CheckContext, sources: Sources, counts: Counter[str]
) -> AsyncIterator[BrokenInvariant]:
    """The checks of each order, whose merchant and number are added to what they find."""
    async for records in order_records(session, context, sources):
        _count(records, counts)
        whose = {"merchant": records.row.merchant, "order_id": records.row.order_id}
        for check in _CHECKS:
            for broken in check(records, context):
                yield broken.model_copy(update=whose)


def _count(records: OrderRecords, counts: Counter[str]) -> None:
    counts["orders"] += 1
    counts["snapshots"] += records.snapshot is not None
    counts["legs"] += len(records.legs)
    if elsewhere := payments.count_elsewhere(records):
        counts["legs left to `smot reconcile payments`"] += elsewhere
    counts["notices"] += len(records.notices)
    counts["returns"] += len(records.returns)
    counts["journeys"] += records.runs is not None


async def _outside(
    session: AsyncSession, sources: Sources, counts: Counter[str]
) -> AsyncIterator[BrokenInvariant]:
    """What the provider and Temporal have that no order of ours explains, and what operators can see there."""
    async for broken in runs.unknown_runs(session, sources.journeys.open_run_pages(), counts):
        yield broken
    async for broken in payments.unknown_refunds(session, sources.provider.refund_pages(), counts):
        yield broken
    for broken in runs.failing(await sources.journeys.failing()):
        yield broken
    if sources.visibility is not None:
        newest = await sources.visibility.newest_runs()
        for broken in (*runs.restarting(newest), *privacy.in_visibility(newest)):
            yield broken
    for broken in privacy.in_logs(sources.logs):
        yield broken


async def _in_tables(
    session: AsyncSession, context: CheckContext, sources: Sources
) -> AsyncIterator[BrokenInvariant]:
    """The checks of whole tables."""
    for checks in (
        inbound.deliveries(session, context),
        inbound.answers(session, context, sources.answers),
        inbox_rows.bodies(session, context, sources.inbox),
        inbox_rows.unknown_parcels(session),
        inbox_rows.parcel_numbers(session),
        ledger.entries(session),
        ledger.balances(session),
        bonuses.expenses(session),
        claw_backs.receivables(session),
        disputes.accounts(session),
        webhooks.deliveries(session, context),
        webhooks.events(session),
        merchants.rows(session),
        messages.frequency_caps(session),
        messages.messages(session),
    ):
        async for broken in checks:
            yield broken
