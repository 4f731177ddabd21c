"""Connects ports with their implementations for the worker and for `smot reconcile`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from activities.carriers import CarrierActivities, CarrierPoller
from activities.payments import PaymentActivities
from activities.snapshots import SnapshotActivities
from adapters.carriers.aftership_tracker import AfterShipTracker
from adapters.carriers.easypost_tracker import EasyPostTracker
from adapters.carriers.tracker_client import TrackerHttpClient
from adapters.payments.sandbox import SandboxPayments
from ports.trackers import Tracker
from runtime.config.settings import Settings
from store.engine.database import Database
from store.ledger.refunds import StoredLedger
from store.merchants.carrier_accounts import StoredCarrierAccounts
from store.orders.snapshots import SnapshotStore
from store.privacy.encryption import DeploymentKeys

PAYMENT_PROVIDERS: Final = (SandboxPayments.name,)  # the keys of `make_payment_providers`


@dataclass(frozen=True)
class WorkerParts:
    """The activities of the worker, and the HTTP clients that they use."""

    records: SnapshotActivities
    payments: PaymentActivities
    carriers: CarrierActivities
    providers: Mapping[str, SandboxPayments]
    http: TrackerHttpClient

    async def close(self) -> None:
        """Close the HTTP clients."""
        for provider in self.providers.values():
            await provider.close()
        await self.http.close()


def make_worker_parts(settings: Settings, db: Database, psp: str, keys: DeploymentKeys) -> WorkerParts:
    """The activities of all journeys."""
    providers = make_payment_providers(settings, psp)
    http = TrackerHttpClient(settings.tracker_timeout)
    records = SnapshotStore(db)
    return WorkerParts(
        records=SnapshotActivities(records),
        payments=PaymentActivities(StoredLedger(db), providers),
        carriers=CarrierActivities(make_carrier_poller(db, keys, http), records),
        providers=providers,
        http=http,
    )


def make_payment_providers(settings: Settings, psp: str) -> Mapping[str, SandboxPayments]:
    """One adapter per payment provider, by the name that tenders give it. A new provider is a row here."""
    sandbox = SandboxPayments(psp, timeout=settings.provider_timeout)
    return {sandbox.name: sandbox}


def make_carrier_poller(db: Database, keys: DeploymentKeys, http: TrackerHttpClient) -> CarrierPoller:
    """The poller of parcels, with the merchants' accounts at tracking services."""
    trackers: dict[str, Tracker] = {"easypost": EasyPostTracker(http), "aftership": AfterShipTracker(http)}
    return CarrierPoller(StoredCarrierAccounts(db, keys), trackers)
