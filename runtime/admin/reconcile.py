"""`smot reconcile parcels`: each open parcel is polled once, and its journey gets the scans that a lost webhook left out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from activities.carriers import CarrierPoller
from adapters.carriers.tracker_client import TrackerHttpClient
from domain.model.parcel import Parcel
from domain.model.state import JourneyState
from domain.tracking import poll_results, polling
from domain.tracking.scans import TrackingUpdated
from runtime.admin.connection import Deployment, DeploymentUnreachable, deployment
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.worker_wiring import make_carrier_poller
from services.journeys import Journeys
from store.engine.database import Database
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.clock import Clocks
from store.orders.schedule import OrderSchedule
from store.orders.snapshots import SnapshotStore


class ReconcileCounts(BaseModel):
    """Parcels of one merchant.

    - `polled`: all that the tracking service was asked about.
    - `found`: those with tracking data that their journey did not have.
    - `not_found`: those that the tracking service does not know.
    - `unanswered`: those to ask about again, in the next run of the command.
    """

    polled: int = 0
    found: int = 0
    not_found: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class Reconciler:
    """Polls parcels and signals their journeys.

    Tracking updates are merged by the time of their scans, so running twice, or beside a journey's own polling, is safe.
    `min_silence`: only parcels without a scan for that long.
    """

    db: Database
    journeys: Journeys
    poller: CarrierPoller
    min_silence: timedelta

    async def run(self, merchant: str) -> ReconcileCounts:
        """Poll all open orders of a merchant one after the other, as they share its rate limit with the journeys."""
        counts = ReconcileCounts()
        snapshots, now = SnapshotStore(self.db), await Clocks(self.db).business_now(merchant)
        for order in await OrderSchedule(self.db).open_orders(merchant):
            snapshot = await snapshots.snapshot(merchant, order)
            assert snapshot is not None, "an order is written together with its first snapshot"
            for parcel in self._eligible(snapshot.state, now):
                await self._poll(snapshot.state, parcel, now, counts)
        return counts

    def _eligible(self, state: JourneyState, now: datetime) -> list[Parcel]:
        """Parcels to poll, also of orders that began before their merchant had an account."""
        polled = polling.polled_parcels(state.model_copy(update={"polling": True}))
        return [p for p in polled if now - (p.tracking.moved_at or p.registered_at) >= self.min_silence]

    async def _poll(
        self, state: JourneyState, parcel: Parcel, now: datetime, counts: ReconcileCounts
    ) -> None:
        request = polling.poll_request(state, parcel).model_copy(update={"not_before": now})
        result = await self.poller.poll(request, now)
        counts.polled += 1
        counts.not_found += result.status == "not_found"
        counts.unanswered += result.status in ("retry_later", "no_account")
        if result.update is not None and poll_results.adds_tracking_data(state, parcel, result):
            counts.found += 1
            event = TrackingUpdated(
                parcel_id=parcel.parcel_id, update=result.update, now=now if request.sandbox else None
            )
            await self.journeys.signal(state.order.merchant, state.order.order, event)


async def reconcile(
    settings: Settings, merchant: str | None, silent: timedelta
) -> dict[str, ReconcileCounts]:
    """Reconcile one merchant, or all that have an account; return the counts per merchant.

    Raises DeploymentUnreachable.
    """
    async with deployment(settings) as running:
        http = TrackerHttpClient(running.settings.tracker_timeout)
        try:
            names = await _with_account(running, merchant)
            keys = await open_deployment_keys(running.settings, running.db)
            poller = make_carrier_poller(running.db, keys, http)
            reconciler = Reconciler(running.db, Journeys(await running.connect()), poller, silent)
            return {name: await reconciler.run(name) for name in names}
        finally:
            await http.close()


async def _with_account(running: Deployment, merchant: str | None) -> list[str]:
    keys = await open_deployment_keys(running.settings, running.db)
    accounts = StoredCarrierAccounts(running.db, keys)
    names = await accounts.merchants()
    if merchant is not None and merchant not in names:
        raise DeploymentUnreachable(
            f"{merchant} has no account at a tracking service: create one by `smot merchants carrier-account`"
        )
    return [merchant] if merchant else names
