"""Snapshots of journeys, each written in one transaction with everything that must agree with it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, exists, update
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.journey import agenda
from domain.model.state import JourneyState
from domain.tracking import polling
from failpoints.points import hit
from ports.snapshots import CommitResult
from store.engine.columns import real_now
from store.engine.database import Database
from store.engine.direct_statements import first_row, write
from store.engine.inserts import table_of
from store.orders.derived_rows import DERIVATION, HeldRows, rows_of
from store.orders.projection import enqueue_notices, summary
from store.orders.state_changes import STORED_ELSEWHERE, StateChange, kept, write_change
from store.tables.all import CarrierAccountRow, MerchantRow, OrderRow, SnapshotRow
from store.webhooks.events import has_active_endpoints

_SNAPSHOT = select(SnapshotRow.state, SnapshotRow.as_of).where(
    col(SnapshotRow.order) == bindparam("order"), col(SnapshotRow.merchant) == bindparam("merchant")
)
_ORDERS, _SNAPSHOTS = table_of(OrderRow), table_of(SnapshotRow)
_SUMMARY = (
    "intent", "stage", "delivered", "next_deadline", "next_owner", "next_reason", "payments_pending", "unpaid_since",
)  # fmt: skip
# What a commit compares with, locked in this order.
_CURRENT = (
    select_columns(
        *(_ORDERS.c[name] for name in _SUMMARY),
        *(_SNAPSHOTS.c[name] for name in ("seq", "hash", "state", "derivation")),
        has_active_endpoints(bindparam("merchant")).label("has_endpoints"),
    )
    .join(_SNAPSHOTS, _SNAPSHOTS.c.order == _ORDERS.c.id)
    .where(_ORDERS.c.id == bindparam("order"), _ORDERS.c.merchant == bindparam("merchant"))
    .with_for_update(of=(_ORDERS, _SNAPSHOTS))
)
_LOADED = (
    select_columns(
        _SNAPSHOTS.c.state,
        col(MerchantRow.clock),
        exists().where(col(CarrierAccountRow.merchant) == _SNAPSHOTS.c.merchant).label("polling"),
    )
    .join(MerchantRow, col(MerchantRow.id) == _SNAPSHOTS.c.merchant)
    .where(_SNAPSHOTS.c.order == bindparam("order"), _SNAPSHOTS.c.merchant == bindparam("merchant"))
)
_SUMMARIZE = update(_ORDERS).where(_ORDERS.c.id == bindparam("this_order"))
_REPLACE = update(_SNAPSHOTS).where(_SNAPSHOTS.c.order == bindparam("this_order"))
# Fields that say how the state is to be read, not what has happened: two commits that differ only in them are the same.
_AS_READ = {"base", "clock", "polling", "rules_version"}


@dataclass(frozen=True)
class Snapshot:
    """A state as last written. `as_of`: the business time of that commit."""

    state: JourneyState
    as_of: datetime


class SnapshotStore:
    """The port `Records` on our database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._held = HeldRows()

    async def snapshot(self, merchant: str, order: str) -> Snapshot | None:
        """The latest snapshot; None for an order that this merchant does not have."""
        row = await self._db.fetch_row(_SNAPSHOT, merchant=merchant, order=order)
        if row is None:
            return None
        return Snapshot(JourneyState.model_validate_json(row.state), row.as_of)

    async def load(self, merchant: str, order: str) -> JourneyState:
        """The latest snapshot, with the newest rules and the merchant's clock. Raises LookupError."""
        row = await self._db.fetch_row(_LOADED, merchant=merchant, order=order)
        if row is None:
            raise LookupError(f"no order {order} of {merchant}")
        state = JourneyState.model_validate_json(row.state)
        state.rules_version, state.polling = agenda.LATEST, bool(row.polling)
        if row.clock is not None:
            state.clock = max(row.clock, state.clock or row.clock)
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
        snapshot = kept(state)
        fresh, rows = snapshot_values(snapshot, now), rows_of(snapshot)
        summarized = {
            "intent": "started",
            **summary(snapshot),
        }  # started: so that the sweep does not start the journey
        hit("commit.before")
        async with self._db.write(inline=True) as session:
            stored = await _lock(session, state)
            outcome = _outcome(stored, state, fresh["hash"])
            if outcome == "older":
                return "superseded"
            if outcome == "same":
                await enqueue_notices(session, state)
            else:
                await _replace(session, stored, summarized, fresh)
                held = self._held.of(stored)
                change = StateChange(state, now, bool(stored.has_endpoints), rows, stored.state, held)
                await write_change(session, change)
        hit("commit.persisted")
        self._held.remember(fresh["hash"], rows)
        return "committed"


async def _lock(session: AsyncSession, state: JourneyState) -> Any:
    """The order's summary and snapshot. Raises LookupError."""
    merchant, order = state.order.merchant, state.order.order
    stored = await first_row(session, _CURRENT, merchant=merchant, order=order)
    if stored is None:
        raise LookupError(f"no order {order} of {merchant}")
    return stored


def _outcome(stored: Any, state: JourneyState, hash: str) -> Literal["new", "same", "older"]:
    """What a commit of this state is, to the snapshot that is there.

    new: it replaces that.
    same: it is that already.
    older: another run has written since `base`; nothing is to be changed.
    """
    if stored.seq == state.base and stored.seq < state.seq:
        return "new"
    return "same" if (stored.seq, stored.hash) == (state.seq, hash) else "older"


async def _replace(
    session: AsyncSession, stored: Any, summarized: dict[str, Any], fresh: dict[str, Any]
) -> None:
    """Write the snapshot, and the summary on the order's row where it differs."""
    order = {"this_order": fresh["order"]}
    if summarized["unpaid_since"] is not None:
        summarized["unpaid_since"] = stored.unpaid_since or summarized["unpaid_since"]
    if any(getattr(stored, name) != value for name, value in summarized.items()):
        await write(session, _SUMMARIZE, order | summarized)
    written = ("seq", "state", "hash", "as_of", "derivation")
    await write(session, _REPLACE, order | {name: fresh[name] for name in written})


def snapshot_values(state: JourneyState, as_of: datetime) -> dict[str, Any]:
    """The state as it is stored."""
    hashed = state.model_dump_json(exclude=STORED_ELSEWHERE | _AS_READ)
    as_read = state.model_dump_json(include=_AS_READ)
    return {
        "order": state.order.order,
        "merchant": state.order.merchant,
        "seq": state.seq,
        "state": f"{as_read[:-1]},{hashed[1:]}",
        "hash": hashlib.sha256(hashed.encode()).hexdigest(),
        "as_of": as_of,
        "derivation": DERIVATION,
    }
