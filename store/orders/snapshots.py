"""Snapshots of journeys, each written in one transaction with everything that must agree with it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.figures.changes import FactName, facts_of
from domain.figures.fact import FigureFact
from domain.journey import agenda
from domain.model.order import Order
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.tracking import polling
from failpoints.points import hit
from ports.snapshots import CommitResult
from store.engine.columns import real_now
from store.engine.database import Database
from store.figures.facts import HeldFacts, write_changes
from store.ledger.disputes import post_disputes
from store.orders.projection import enqueue_notices, project, write_audit_log
from store.orders.storefront_updates import enqueue_updates
from store.tables.all import CarrierAccountRow, MerchantRow, OrderRow, PolicyRow, SnapshotRow
from store.webhooks.events import enqueue_changes, has_active_endpoints

_SNAPSHOT = select(SnapshotRow.state, SnapshotRow.as_of).where(
    col(SnapshotRow.order) == bindparam("order"), col(SnapshotRow.merchant) == bindparam("merchant")
)
_STORED_ELSEWHERE = {"pending_notices", "audit_log"}  # written to tables of their own
# Fields that say how the state is to be read, not what has happened: two commits that differ only in them are the same.
_NOT_HASHED = {*_STORED_ELSEWHERE, "base", "clock", "polling", "rules_version"}


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
        """The latest snapshot; None before the first commit, and for an order of another merchant."""
        row = await self._db.fetch_row(_SNAPSHOT, merchant=merchant, order=order)
        if row is None:
            return None
        return Snapshot(JourneyState.model_validate_json(row.state), row.as_of)

    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot, with the newest rules and the merchant's clock; before the first commit the initial state.

        The initial state has the terms of the policy that was in force when the order was placed. Raises LookupError.
        """
        async with self._db.read() as session:
            row, _ = await _find_order(session, merchant, order)
            snapshot = await session.get(SnapshotRow, order)
            merchant_row = await session.get_one(MerchantRow, merchant)
            polling = await session.get(CarrierAccountRow, merchant) is not None
            if snapshot is None:
                policy = await session.get_one(PolicyRow, (merchant, row.policy))
                return _initial_state(row, policy, merchant_row.clock, polling)
        state = JourneyState.model_validate_json(snapshot.state)
        state.rules_version, state.polling = agenda.LATEST, polling
        if merchant_row.clock is not None:
            state.clock = max(merchant_row.clock, state.clock or merchant_row.clock)
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
        kept = state.model_copy(update={"pending_notices": [], "audit_log": []})
        now = state.clock or real_now()
        hit("commit.before")
        async with self._db.write(inline=True) as session:
            row, has_endpoints = await _find_order(
                session, state.order.merchant, state.order.order, lock=True
            )
            written = await _compare_and_set(session, kept, now)
            if written.outcome == "older":
                return "superseded"
            await enqueue_notices(session, state)
            if written.outcome == "new":
                write_audit_log(session, state)
                await project(session, row, kept, written.before)
                facts = await self._write_facts(session, written, state, now)
                await post_disputes(session, kept, now)
                if has_endpoints:
                    await enqueue_changes(session, written.before, kept, now)
                await enqueue_updates(session, kept, now)
        hit("commit.persisted")
        if written.outcome == "new":
            self._held.remember(written.hash, facts)
        return "committed"

    async def _write_facts(
        self, session: AsyncSession, written: "_Written", state: JourneyState, now: datetime
    ) -> dict[FactName, FigureFact]:
        """Write what changes for the figures. All facts that hold now."""
        before, hold = written.before, facts_of(state)
        held = self._held.of(written.hash_before, before) if before is not None else {}
        await write_changes(session, state, held, hold, now)
        return hold


async def _find_order(
    session: AsyncSession, merchant: str, order: str, *, lock: bool = False
) -> tuple[OrderRow, bool]:
    """The order, and whether its merchant has webhook endpoints. Raises LookupError.

    lock: to change the row. It must not be read before, since only what differs from what was read is written.
    """
    query = select(OrderRow, has_active_endpoints(merchant)).where(
        OrderRow.id == order, OrderRow.merchant == merchant
    )
    found = (await session.exec(query.with_for_update(of=OrderRow) if lock else query)).first()
    if found is None:
        raise LookupError(f"no order {order} of {merchant}")
    return found[0], bool(found[1])


def _initial_state(row: OrderRow, policy: PolicyRow, clock: datetime | None, polling: bool) -> JourneyState:
    order = Order.model_validate_json(row.body)
    off_days = tuple(date.fromisoformat(day) for day in json.loads(row.off_days))
    terms = compile_terms(Policy.model_validate_json(policy.document), policy.version, order, off_days)
    return JourneyState(order=order, terms=terms, rules_version=agenda.LATEST, clock=clock, polling=polling)


@dataclass(frozen=True)
class _Written:
    """What became of writing a snapshot, its hash, and the one that was there, as JSON and by its hash.

    new: this state is now the snapshot.
    same: it was the snapshot already.
    older: another run has written since `base`; nothing was changed.
    """

    outcome: Literal["new", "same", "older"]
    hash: str
    before: str | None = None
    hash_before: str = ""


async def _compare_and_set(session: AsyncSession, state: JourneyState, as_of: datetime) -> _Written:
    digest = hashlib.sha256(state.model_dump_json(exclude=_NOT_HASHED).encode()).hexdigest()
    fresh = SnapshotRow(
        order=state.order.order,
        merchant=state.order.merchant,
        seq=state.seq,
        state=state.model_dump_json(exclude=_STORED_ELSEWHERE),
        hash=digest,
        as_of=as_of,
    )
    stored = await session.get(SnapshotRow, fresh.order, with_for_update=True)
    if stored is None:  # no other transaction can write the first one now: the order is locked
        session.add(fresh)
        return _Written("new", digest)
    before, hash_before = stored.state, stored.hash
    if stored.seq == state.base and stored.seq < state.seq:
        stored.seq, stored.state, stored.hash, stored.as_of = fresh.seq, fresh.state, digest, as_of
        return _Written("new", digest, before, hash_before)
    same = (stored.seq, stored.hash) == (state.seq, digest)
    return _Written("same" if same else "older", digest, before, hash_before)
