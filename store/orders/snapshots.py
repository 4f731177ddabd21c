"""The journey's memory: its snapshot, and in the same transaction everything that must never disagree with it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.journey import agenda
from domain.model.order import Order
from domain.model.state import JourneyState
from domain.model.terms import Policy, compile_terms
from domain.tracking import polling
from failpoints.points import hit
from ports.snapshots import CommitResult
from store.engine.columns import real_now
from store.engine.database import Database
from store.orders.projection import enqueue_notices, project, write_audit_log
from store.tables.all import CarrierAccountRow, MerchantRow, OrderRow, PolicyRow, SnapshotRow
from store.webhooks.events import enqueue_changes, has_active_endpoints

_SNAPSHOT = select(SnapshotRow.state, SnapshotRow.as_of).where(
    col(SnapshotRow.order) == bindparam("order"), col(SnapshotRow.merchant) == bindparam("merchant")
)
_STORED_ELSEWHERE = {"pending_notices", "audit_log"}  # go to tables of their own with the commit
_NOT_HASHED = {
    *_STORED_ELSEWHERE,
    "base",
    "clock",
    "polling",
    "rules_version",
}  # how the state is read, not what it says


@dataclass(frozen=True)
class Snapshot:
    """A state as last written; `as_of` is the business time of that commit."""

    state: JourneyState
    as_of: datetime


class SnapshotStore:
    """The port `Records` on our database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def snapshot(self, merchant: str, order: str) -> Snapshot | None:
        """What `GET` answers from; None before the first commit and for other merchants' orders."""
        row = await self._db.fetch_row(_SNAPSHOT, merchant=merchant, order=order)
        if row is None:
            return None
        return Snapshot(JourneyState.model_validate_json(row.state), row.as_of)

    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot under the newest rules and at the merchant's clock, or the order's beginning.

        A beginning has the terms of the policy that was in force when the order came. Raises LookupError.
        """
        async with self._db.read() as session:
            row, _ = await _find_order(session, merchant, order)
            snapshot = await session.get(SnapshotRow, order)
            shop = await session.get_one(MerchantRow, merchant)
            polling = await session.get(CarrierAccountRow, merchant) is not None
            if snapshot is None:
                policy = await session.get_one(PolicyRow, (merchant, row.policy))
                return _initial_state(row, policy, shop.clock, polling)
        state = JourneyState.model_validate_json(snapshot.state)
        state.rules_version, state.polling = agenda.LATEST, polling
        if shop.clock is not None:
            state.clock = max(shop.clock, state.clock or shop.clock)
        return state

    async def find_active(self, merchant: str, order: str, parcel: str) -> JourneyState | None:
        """The port `PolledOrders`."""
        known = await self.snapshot(merchant, order)
        if known is None or all(one.parcel_id != parcel for one in polling.polled_parcels(known.state)):
            return None
        return known.state

    async def commit(self, state: JourneyState) -> CommitResult:
        """See the port. A repeated commit still makes sure of its notices: their keys make that safe."""
        kept = state.model_copy(update={"pending_notices": [], "audit_log": []})
        now = state.clock or real_now()
        hit("commit.before")
        async with self._db.write(inline=True) as session:
            row, told = await _find_order(session, state.order.merchant, state.order.order, lock=True)
            found, before = await _compare_and_set(session, kept, now)
            if found == "older":
                return "superseded"
            await enqueue_notices(session, state)
            if found == "new":
                write_audit_log(session, state)
                await project(session, row, kept, before)
                if told:
                    await enqueue_changes(session, before, kept, now)
        hit("commit.persisted")
        return "committed"


async def _find_order(
    session: AsyncSession, merchant: str, order: str, *, lock: bool = False
) -> tuple[OrderRow, bool]:
    """The order and whether its merchant wants to be told of changes. Raises LookupError.

    `lock` it to change it: only what differs from what was read is written, so it is not to be read before the lock.
    """
    asked = select(OrderRow, has_active_endpoints(merchant)).where(
        OrderRow.id == order, OrderRow.merchant == merchant
    )
    found = (await session.exec(asked.with_for_update(of=OrderRow) if lock else asked)).first()
    if found is None:
        raise LookupError(f"no order {order} of {merchant}")
    return found[0], bool(found[1])


def _initial_state(row: OrderRow, policy: PolicyRow, clock: datetime | None, polling: bool) -> JourneyState:
    order = Order.model_validate_json(row.body)
    off_days = tuple(date.fromisoformat(day) for day in json.loads(row.off_days))
    terms = compile_terms(Policy.model_validate_json(policy.document), policy.version, order, off_days)
    return JourneyState(order=order, terms=terms, rules_version=agenda.LATEST, clock=clock, polling=polling)


async def _compare_and_set(
    session: AsyncSession, state: JourneyState, as_of: datetime
) -> tuple[str, str | None]:
    """new: this state is now the snapshot; same: it was already; older: another run has written since `base`.

    With it the snapshot before, if there was one.
    """
    digest = hashlib.sha256(state.model_dump_json(exclude=_NOT_HASHED).encode()).hexdigest()
    fresh = SnapshotRow(
        order=state.order.order,
        merchant=state.order.merchant,
        seq=state.seq,
        state=state.model_dump_json(exclude=_STORED_ELSEWHERE),
        hash=digest,
        as_of=as_of,
    )
    known = await session.get(SnapshotRow, fresh.order, with_for_update=True)
    if known is None:  # nobody else can write the first one now: the order is locked
        session.add(fresh)
        return "new", None
    before = known.state
    if known.seq == state.base and known.seq < state.seq:
        known.seq, known.state, known.hash, known.as_of = fresh.seq, fresh.state, digest, as_of
        return "new", before
    return "same" if (known.seq, known.hash) == (state.seq, digest) else "older", before
