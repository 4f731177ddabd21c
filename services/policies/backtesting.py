"""A draft of a policy tried out on past returns: which would have been decided otherwise, and what that costs."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.base import Frozen
from domain.clock import Instant
from domain.model.policy_tables import PolicyTables, RowVerdict
from domain.model.return_case import ReturnCase
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.money import Currency
from domain.returns.explaining import ReturnVerdict, TermsUnder, decided
from store.orders.past_returns import PastReturns

MAX_RETURNS = 10_000
_MAX_EXAMPLES = 50
_BATCH = 200  # orders that are read at once


class ChangedSide(Frozen):
    """How many returns would have been decided otherwise."""

    before: RowVerdict
    """By the terms that the order keeps."""
    after: RowVerdict
    """By the draft."""
    returns: int
    """How many returns."""


class BacktestCost(Frozen):
    """What the returns pay in one currency. Those for review count as paid."""

    currency: Currency
    """The currency."""
    before: int
    """By the terms that the orders keep, in minor units, bonuses for store credit with it."""
    after: int
    """By the draft."""
    difference: int
    """What the draft costs more."""


class RowHits(Frozen):
    """How often a row of the draft decided."""

    row: str
    """The row, as `verdicts.underwear`."""
    units: int
    """Units of past returns that it decided about; a row with none has nothing to do, or is never reached."""


class ChangedReturn(Frozen):
    """A return that would have been decided otherwise."""

    return_id: str
    """Our id of the return."""
    order: str
    """Our id of the order."""
    opened_at: Instant
    """When it was opened."""
    before: RowVerdict
    """By the terms that the order keeps."""
    after: RowVerdict
    """By the draft."""
    rules: tuple[str, ...]
    """The rows and fields of the draft that speak against it; where it allows it, those of the kept terms."""


class Backtest(Frozen):
    """What a draft would have changed. The same draft over the same returns gives the same report."""

    hash: str
    """The draft's contents, as published versions have it."""
    returns: int
    """How many past returns were decided again."""
    first_at: Instant | None
    """When the first of them was opened; null without any."""
    last_at: Instant | None
    """When the last of them was opened; null without any."""
    changed: tuple[ChangedSide, ...]
    """Who changes side."""
    costs: tuple[BacktestCost, ...]
    """What it costs, by currency."""
    rows: tuple[RowHits, ...]
    """Each row of the draft."""
    examples: tuple[ChangedReturn, ...]
    """The newest that change side, at most 50."""


@dataclass
class _Tally:
    """What was counted so far. Returns come newest first."""

    returns: int = 0
    first_at: Instant | None = None
    last_at: Instant | None = None
    changed: Counter[tuple[RowVerdict, RowVerdict]] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    examples: list[ChangedReturn] = field(default_factory=list)

    def add(self, case: ReturnCase, order: str, before: ReturnVerdict, after: ReturnVerdict) -> None:
        """One return, decided twice."""
        self.returns += 1
        self.first_at = min(self.first_at or case.opened_at, case.opened_at)
        self.last_at = max(self.last_at or case.opened_at, case.opened_at)
        self.before[before.refund.currency] += before.refund.minor + before.credit_bonus.minor
        self.after[after.refund.currency] += after.refund.minor + after.credit_bonus.minor
        for unit in after.units:
            self.hits.update(_rows_of(unit.rule, unit.window_rule))
        if before.verdict != after.verdict:
            self.changed[before.verdict, after.verdict] += 1
            if len(self.examples) < _MAX_EXAMPLES:
                self.examples.append(_example(case, order, before, after))

    def report(self, draft: Policy) -> Backtest:
        """The report, with every row of the draft."""
        return Backtest(
            hash=draft.content_hash,
            returns=self.returns,
            first_at=self.first_at,
            last_at=self.last_at,
            changed=tuple(
                ChangedSide(before=before, after=after, returns=count)
                for (before, after), count in sorted(self.changed.items())
            ),
            costs=tuple(_cost(one, self.before[one], self.after[one]) for one in sorted(self.before)),
            rows=tuple(RowHits(row=row, units=self.hits[row]) for row in _all_rows(draft.tables)),
            examples=tuple(self.examples),
        )


def backtest(draft: Policy, states: Iterable[JourneyState], wanted: frozenset[str] | None = None) -> Backtest:
    """The draft over the returns of these orders; `wanted`: only these returns."""
    tally = _Tally()
    _count(tally, draft, states, wanted)
    return tally.report(draft)


def _count(
    tally: _Tally, draft: Policy, states: Iterable[JourneyState], wanted: frozenset[str] | None
) -> None:
    drafted = TermsUnder(draft)
    for state in states:
        terms = drafted.of(state)
        for case in state.returns:
            if wanted is None or case.return_id in wanted:
                tally.add(case, state.order.order, decided(state, case), decided(state, case, terms))


class BacktestRunning(Exception):
    """A draft of the same merchant is being tried out; the same request may be sent again when that has ended."""


@dataclass(frozen=True)
class PolicyBacktests:
    """Backtests over a merchant's own returns, one at a time for each merchant.

    In this process only one thread computes for all of them: others are served meanwhile.
    """

    returns: PastReturns
    _running: set[str] = field(default_factory=set)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def run(self, merchant: str, draft: Policy, limit: int = MAX_RETURNS) -> Backtest:
        """The draft over the newest returns. Nothing is written. Raises BacktestRunning."""
        if merchant in self._running:
            raise BacktestRunning
        self._running.add(merchant)
        try:
            return await self._run(merchant, draft, limit)
        finally:
            self._running.discard(merchant)

    async def _run(self, merchant: str, draft: Policy, limit: int) -> Backtest:
        tally = _Tally()
        async for batch in self.returns.newest(merchant, limit, _BATCH):
            async with self._room:
                await asyncio.to_thread(_count_batch, tally, draft, batch.states, batch.returns)
        return tally.report(draft)


def _count_batch(tally: _Tally, draft: Policy, states: list[str], wanted: frozenset[str]) -> None:
    _count(tally, draft, map(JourneyState.model_validate_json, states), wanted)


def _example(case: ReturnCase, order: str, before: ReturnVerdict, after: ReturnVerdict) -> ChangedReturn:
    speaks = before if after.verdict == "allow" else after
    rules = {reason.rule for unit in speaks.units for reason in unit.reasons if reason.rule}
    return ChangedReturn(
        return_id=case.return_id,
        order=order,
        opened_at=case.opened_at,
        before=before.verdict,
        after=after.verdict,
        rules=tuple(sorted(rules)),
    )


def _cost(currency: str, before: int, after: int) -> BacktestCost:
    return BacktestCost(currency=currency, before=before, after=after, difference=after - before)


def _rows_of(verdict: str, window: str) -> Iterator[str]:
    if verdict:
        yield f"verdicts.{verdict}"
    if window:
        yield f"windows.{window}"


def _all_rows(tables: PolicyTables) -> Iterator[str]:
    yield from (f"windows.{row.id}" for row in tables.windows)
    yield from (f"verdicts.{row.id}" for row in tables.verdicts)
