"""Connects ports with their implementations for the worker and for `smot reconcile`."""

from dataclasses import dataclass

from activities.carriers import CarrierActivities, CarrierPoller
from activities.claw_backs import ClawBackActivities
from activities.exchanges import ExchangeActivities
from activities.payments import PaymentActivities
from activities.reconciliation import ReconciliationActivities
from activities.snapshots import SnapshotActivities
from adapters.carriers.aftership_tracker import AfterShipTracker
from adapters.carriers.easypost_tracker import EasyPostTracker
from adapters.carriers.tracker_client import TrackerHttpClient
from adapters.webhooks.shop_system import HttpShopSystem
from adapters.webhooks.transport import HttpWebhookTransport
from ports.trackers import Tracker
from runtime.config.settings import Settings
from runtime.payment_wiring import PaymentProviders, make_comparison, make_payment_providers
from runtime.webhook_transport import make_webhook_transport
from services.journeys import Journeys
from store.engine.database import Database
from store.ledger.claw_backs import StoredClawBacks
from store.ledger.refunds import StoredLedger
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.merchants.payment_accounts import StoredPaymentAccounts
from store.merchants.shop_systems import StoredShopSystems
from store.orders.snapshots import SnapshotStore
from store.privacy.encryption import DeploymentKeys


@dataclass(frozen=True)
class WorkerParts:
    """The activities of the worker, and the HTTP clients that they use."""

    records: SnapshotActivities
    payments: PaymentActivities
    claw_backs: ClawBackActivities
    carriers: CarrierActivities
    reconciliation: ReconciliationActivities
    exchanges: ExchangeActivities
    providers: PaymentProviders
    http: TrackerHttpClient
    transport: HttpWebhookTransport

    async def close(self) -> None:
        """Close the HTTP clients."""
        await self.providers.close()
        await self.http.close()
        await self.transport.close()


def make_worker_parts(
    settings: Settings, db: Database, psp: str, keys: DeploymentKeys, journeys: Journeys
) -> WorkerParts:
    """The activities of all journeys."""
    providers = make_payment_providers(settings, psp, StoredPaymentAccounts(db, keys))
    http = TrackerHttpClient(settings.tracker_timeout)
    records, transport = SnapshotStore(db), make_webhook_transport(settings)
    shop_system = HttpShopSystem(StoredShopSystems(db, keys), transport)
    return WorkerParts(
        records=SnapshotActivities(records),
        payments=PaymentActivities(StoredLedger(db), providers.by_name),
        claw_backs=ClawBackActivities(StoredClawBacks(db), providers.links),
        carriers=CarrierActivities(make_carrier_poller(db, keys, http), records),
        reconciliation=ReconciliationActivities(make_comparison(db, keys, providers, journeys)),
        exchanges=ExchangeActivities(shop_system, shop_system),
        providers=providers,
        http=http,
        transport=transport,
    )


def make_carrier_poller(db: Database, keys: DeploymentKeys, http: TrackerHttpClient) -> CarrierPoller:
    """The poller of parcels, with the merchants' accounts at tracking services."""
    trackers: dict[str, Tracker] = {"easypost": EasyPostTracker(http), "aftership": AfterShipTracker(http)}
    return CarrierPoller(StoredCarrierAccounts(db, keys), trackers)
