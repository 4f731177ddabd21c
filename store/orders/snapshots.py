"""Snapshots of journeys, each written in one transaction with everything that must agree with it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.journey import agenda
from domain.model.state import JourneyState
from domain.tracking import polling
from failpoints.points import hit
from ports.snapshots import CommitResult
from store.engine.columns import real_now
from store.engine.database import Database
from store.figures.facts import HeldFacts
from store.orders.projection import enqueue_notices, summarize
from store.orders.state_changes import STORED_ELSEWHERE, StateChange, kept, write_change
from store.tables.all import CarrierAccountRow, MerchantRow, OrderRow, SnapshotRow
from store.webhooks.events import has_active_endpoints

_SNAPSHOT = select(SnapshotRow.state, SnapshotRow.as_of).where(
    col(SnapshotRow.order) == bindparam("order"), col(SnapshotRow.merchant) == bindparam("merchant")
)
_ORDER = select(OrderRow, has_active_endpoints(bindparam("merchant"))).where(
    col(OrderRow.id) == bindparam("order"), col(OrderRow.merchant) == bindparam("merchant")
)
_LOCKED_ORDER = _ORDER.with_for_update(of=OrderRow)
# Fields that say how the state is to be read, not what has happened: two commits that differ only in them are the same.
_NOT_HASHED = {*STORED_ELSEWHERE, "base", "clock", "polling", "rules_version"}


@dataclass(frozen=True)
class Snapshot:
    """A state as last written. `as_of`: the business time of that commit."""

    state: JourneyState
    as_of: datetime


class SnapshotStore:
    """The port `Records` on our database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._held = HeldFacts()

    async def snapshot(self, merchant: str, order: str) -> Snapshot | None:
        """The latest snapshot; None for an order that this merchant does not have."""
        row = await self._db.fetch_row(_SNAPSHOT, merchant=merchant, order=order)
        if row is None:
            return None
        return Snapshot(JourneyState.model_validate_json(row.state), row.as_of)

    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot, with the newest rules and the merchant's clock. Raises LookupError."""
        async with self._db.read() as session:
            await _find_order(session, merchant, order)
            snapshot = await session.get(SnapshotRow, order)
            if snapshot is None:
                raise LookupError(f"order {order} of {merchant} has no snapshot")
            clock = (await session.get_one(MerchantRow, merchant)).clock
            polling = await session.get(CarrierAccountRow, merchant) is not None
        state = JourneyState.model_validate_json(snapshot.state)
        state.rules_version, state.polling = agenda.LATEST, polling
        if clock is not None:
            state.clock = max(clock, state.clock or clock)
        return state

    async def find_active(self, merchant: str, order: str, parcel: str) -> JourneyState | None:
        """The port `PolledOrders`."""
        snapshot = await self.snapshot(merchant, order)
        if snapshot is None:
            return None
        polled = {one.parcel_id for one in polling.polled_parcels(snapshot.state)}
        return snapshot.state if parcel in polled else None

    async def commit(self, state: JourneyState) -> CommitResult:
        """See the port. A repeated commit writes its notices again, which their keys make safe."""
        now = state.clock or real_now()
        hit("commit.before")
        async with self._db.write(inline=True) as session:
            row, has_endpoints = await _find_order(
                session, state.order.merchant, state.order.order, lock=True
            )
            written = await _compare_and_set(session, kept(state), now)
            if written.outcome == "older":
                return "superseded"
            if written.outcome == "same":
                await enqueue_notices(session, state)
            else:
                row.intent = "started"  # so the sweep does not start the journey
                summarize(row, kept(state))
                held = self._held.of(written.hash_before, written.before)
                change = StateChange(state, now, has_endpoints, written.before, held)
                facts = await write_change(session, row, change)
        hit("commit.persisted")
        if written.outcome == "new":
            self._held.remember(written.hash, facts)
        return "committed"


async def _find_order(
    session: AsyncSession, merchant: str, order: str, *, lock: bool = False
) -> tuple[OrderRow, bool]:
    """The order, and whether its merchant has webhook endpoints. Raises LookupError.

    lock: to change the row. It must not be read before, since only what differs from what was read is written.
    """
    names = {"order": order, "merchant": merchant}
    found = (await session.exec(_LOCKED_ORDER if lock else _ORDER, params=names)).first()
    if found is None:
        raise LookupError(f"no order {order} of {merchant}")
    return found[0], bool(found[1])


@dataclass(frozen=True)
class _Written:
    """What became of writing a snapshot, its hash, and the one that was there, as JSON and by its hash.

    new: this state is now the snapshot.
    same: it was the snapshot already.
    older: another run has written since `base`; nothing was changed.
    """

    outcome: Literal["new", "same", "older"]
    hash: str
    before: str
    hash_before: str


def snapshot_row(state: JourneyState, as_of: datetime) -> SnapshotRow:
    """The state as it is stored."""
    hashed = state.model_dump_json(exclude=_NOT_HASHED)
    return SnapshotRow(
        order=state.order.order,
        merchant=state.order.merchant,
        seq=state.seq,
        state=state.model_dump_json(exclude=STORED_ELSEWHERE),
        hash=hashlib.sha256(hashed.encode()).hexdigest(),
        as_of=as_of,
    )


async def _compare_and_set(session: AsyncSession, state: JourneyState, as_of: datetime) -> _Written:
    fresh = snapshot_row(state, as_of)
    stored = await session.get_one(SnapshotRow, fresh.order, with_for_update=True)
    before, hash_before = stored.state, stored.hash
    if stored.seq == state.base and stored.seq < state.seq:
        stored.seq, stored.state, stored.hash, stored.as_of = fresh.seq, fresh.state, fresh.hash, as_of
        return _Written("new", fresh.hash, before, hash_before)
    same = (stored.seq, stored.hash) == (state.seq, fresh.hash)
    return _Written("same" if same else "older", fresh.hash, before, hash_before)
