"""`smot reconcile`: every parcel under way is looked up once at its carrier, and what a lost message left out is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from activities.carriers import CarrierPoller
from adapters.carriers.http import TrackerHttpClient
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking import polling
from domain.tracking.scans import TrackingUpdated
from runtime.admin.verify_command import DeploymentUnreachable, connection_errors
from runtime.config.deployment import locate
from runtime.config.secrets import master_key
from runtime.config.settings import Settings
from runtime.config.temporal_client import connect
from runtime.wiring import make_carrier_poller
from services.journeys import Journeys
from store.engine.database import Database
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.clock import Clocks
from store.orders.orders import Orders
from store.orders.snapshots import SnapshotStore


class ReconcileCounts(BaseModel):
    """What came of it, counted in parcels. `unanswered`: to be asked again, by the next call."""

    polled: int = 0
    found: int = 0
    not_found: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class Reconciler:
    """Asks, compares, tells. Reports merge by their own time, so doing it twice or beside a watch does no harm.

    `silent`: only parcels nobody has scanned for that long.
    """

    db: Database
    journeys: Journeys
    poller: CarrierPoller
    min_silence: timedelta

    async def run(self, merchant: str) -> ReconcileCounts:
        """All open orders of that merchant, one after the other: its account's budget is shared with the watches."""
        came = ReconcileCounts()
        records, now = SnapshotStore(self.db), await Clocks(self.db).business_now(merchant)
        for order in await Orders(self.db).open_orders(merchant):
            snapshot = await records.snapshot(merchant, order)
            for parcel in self._eligible(snapshot.state, now) if snapshot else ():
                assert snapshot is not None
                await self._poll(snapshot.state, parcel, now, came)
        return came

    def _eligible(self, state: JourneyState, now: datetime) -> list[Parcel]:
        """Also of orders that began before their merchant had an account."""
        watched = polling.polled_parcels(state.model_copy(update={"polling": True}))
        return [p for p in watched if now - (p.tracking.moved_at or p.registered_at) >= self.min_silence]

    async def _poll(self, state: JourneyState, parcel: Parcel, now: datetime, came: ReconcileCounts) -> None:
        request = polling.poll_request(state, parcel).model_copy(update={"not_before": now})
        looked = await self.poller.poll(request, now)
        came.polled += 1
        came.not_found += looked.status == "not_found"
        came.unanswered += looked.status in ("retry_later", "no_account")
        if looked.update is not None and polling.adds_tracking_data(state, parcel, looked):
            came.found += 1
            event = TrackingUpdated(
                parcel_id=parcel.parcel_id, update=looked.update, now=now if request.sandbox else None
            )
            await self.journeys.signal(state.order.merchant, state.order.order, event)


async def reconcile(
    settings: Settings, merchant: str | None, silent: timedelta
) -> dict[str, ReconcileCounts]:
    """Per merchant with an account what came of it. Raises DeploymentUnreachable."""
    with connection_errors(settings):
        where = locate(settings)
        db, http = Database(where.database_url), TrackerHttpClient(where.tracker_timeout)
        try:
            accounts = await _with_account(db, settings, merchant)
            looker, journeys = make_carrier_poller(where, db, http), Journeys(await connect(where))
            reconciler = Reconciler(db, journeys, looker, silent)
            return {name: await reconciler.run(name) for name in accounts}
        finally:
            await http.close()
            await db.close()


async def _with_account(db: Database, settings: Settings, merchant: str | None) -> list[str]:
    known = await StoredCarrierAccounts(db, master_key(settings)).merchants()
    if merchant is not None and merchant not in known:
        raise DeploymentUnreachable(
            f"{merchant} has no account at a tracking service: `smot merchants carrier-account` gives it one"
        )
    return [merchant] if merchant else known
