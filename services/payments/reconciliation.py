"""A provider's list of refunds against the legs of the ledger: each difference is found once, and nothing is repaired here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.base import Frozen
from domain.model.provider_event import ProviderEvent
from domain.payments.differences import Difference, ProviderRecord, compare
from domain.payments.refund_reports import RefundReported
from ports.payments import Payments
from services.clock import real_now
from services.journeys import Journeys
from services.payments.assigned_records import RecordAssigner, record_of
from services.payments.sorted_records import SortedRecords
from store.ledger.differences import PaymentDifferences
from store.ledger.provider_legs import ProviderLegs
from store.merchants.clock import Clocks

_BATCH: Final = 1000  # records that are looked up, and differences that are written, together


class ReconcileResult(Frozen):
    """What came of one merchant and provider.

    refunds, legs: compared with one another.
    elsewhere: refunds of payments that no order here has.
    differences: those found now; new: those that are found for the first time; closed: those that are gone.
    """

    merchant: str
    provider: str
    refunds: int
    legs: int
    elsewhere: int
    differences: int
    new: int
    closed: int


@dataclass
class _Run:
    """A run while it goes on. `found`: differences that wait to be written."""

    merchant: str
    provider: str
    since: datetime
    began: datetime
    records: SortedRecords
    refunds: int = 0
    legs: int = 0
    elsewhere: int = 0
    differences: int = 0
    new: int = 0
    found: list[Difference] = field(default_factory=list)


_Group = tuple[str, list[ProviderRecord]]


@dataclass(frozen=True)
class PaymentReconciliation:
    """Compares providers with the ledger.

    payments: the providers of this deployment, by name.
    journeys: what a provider lists of their refunds goes to them, as a lost webhook would have; None where there are none.
    """

    payments: Mapping[str, Payments]
    legs: ProviderLegs
    differences: PaymentDifferences
    clocks: Clocks
    journeys: Journeys | None = None

    async def run(
        self, merchant: str, provider: str, since: datetime, in_shop: Sequence[Difference] = ()
    ) -> ReconcileResult:
        """Compare all that was made or changed since then (real time).

        in_shop: what was found of the same account as a storefront.

        The provider's list is read to its end before anything is judged. Raises OutcomeUnknown where it cannot be read.
        """
        with SortedRecords() as records:
            run = _Run(merchant, provider, since, real_now(), records, found=[*in_shop])
            await self._read(run)
            await self._judge(run)
        await self._write(run, at_least=1)
        now = await self.clocks.business_now(merchant)
        closed = await self.differences.close_others(merchant, provider, since, run.began, now)
        await self.differences.move_deadlines(merchant, provider, now)
        return ReconcileResult(
            merchant=merchant,
            provider=provider,
            refunds=run.refunds,
            legs=run.legs,
            elsewhere=run.elsewhere,
            differences=run.differences,
            new=run.new,
            closed=closed,
        )

    async def _read(self, run: _Run) -> None:
        """Read the provider's list, and sort what is about our legs by their keys."""
        batch: list[ProviderRecord] = []
        async for refund in self.payments[run.provider].refunds_since(run.merchant, run.since):
            batch.append(record_of(refund))
            if len(batch) == _BATCH:
                await self._assign(run, batch)
                batch = []
        await self._assign(run, batch)

    async def _assign(self, run: _Run, batch: list[ProviderRecord]) -> None:
        assigned = await RecordAssigner(self.legs).assign(run.merchant, batch)
        for leg, record in assigned.of_legs:
            run.records.put(leg, record)
        run.refunds += len(batch)
        run.elsewhere += assigned.elsewhere
        run.found.extend(assigned.differences)

    async def _judge(self, run: _Run) -> None:
        """Go through both lists at once, in the order of the legs' keys; what only the provider has may be older."""
        groups, older = run.records.by_leg(), list[_Group]()
        group = next(groups, None)
        async for ours in self.legs.since(run.merchant, run.provider, run.since):
            while group is not None and group[0] < ours.leg:
                older.append(group)
                group = next(groups, None)
            theirs: list[ProviderRecord] = []
            if group is not None and group[0] == ours.leg:
                theirs, group = group[1], next(groups, None)
            run.legs += 1
            run.found.extend(compare(ours, theirs, run.began))
            if len(older) >= _BATCH:
                await self._judge_older(run, older)
                older = []
            await self._write(run, at_least=_BATCH)
        older.extend(() if group is None else (group,))
        older.extend(groups)
        for begin in range(0, len(older), _BATCH):
            await self._judge_older(run, older[begin : begin + _BATCH])

    async def _judge_older(self, run: _Run, groups: list[_Group]) -> None:
        """Refunds that changed lately, of legs from before the time of the run, or of no leg that we have."""
        known = await self.legs.by_key(run.merchant, [leg for leg, _ in groups])
        unknown = [record for leg, records in groups if leg not in known for record in records]
        orders = await self.legs.orders_of(run.merchant, {record.payment for record in unknown})
        for leg, records in groups:
            if (ours := known.get(leg)) is not None:
                run.found.extend(compare(ours, records, run.began))
            else:
                run.found.extend(_missing(records, orders))

    async def _write(self, run: _Run, at_least: int) -> None:
        if len(run.found) >= at_least:
            now = await self.clocks.business_now(run.merchant)
            run.new += await self.differences.open(run.merchant, run.provider, run.found, now)
            run.differences += len(run.found)
            for difference in run.found:
                await self._signal(run, difference)
            run.found = []

    async def _signal(self, run: _Run, found: Difference) -> None:
        """Signal to the journey what the provider states of its refund: that it has ended, or has failed after it was paid."""
        ours, theirs = found.ours, found.theirs
        is_statement = found.kind in ("failed_there", "unfinished")
        if self.journeys is None or not is_statement or ours is None or theirs is None:
            return
        event = ProviderEvent(
            reference=theirs.reference,
            leg=ours.leg,
            amount=theirs.amount,
            state=theirs.state,
            raw_state="listed",
            at=theirs.at or run.began,
        )
        report = RefundReported(event=event, now=await self.clocks.get(run.merchant))
        await self.journeys.signal(run.merchant, ours.order, report)


def _missing(records: Iterable[ProviderRecord], orders: Mapping[str, str]) -> Iterable[Difference]:
    """Refunds under a key of the merchant's of which the ledger has nothing; a failed one has moved no money."""
    for record in records:
        if record.state != "failed":
            yield Difference(kind="missing_here", theirs=record, order=orders.get(record.payment, ""))
