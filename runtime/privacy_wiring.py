"""Connects what persons may demand of their data with the stores."""

from runtime.stores import Stores
from services.key_names import KeyNames
from services.privacy.erasure import Erasures
from services.privacy.export import PersonExport
from services.privacy.nightly import NightlyRetention
from services.privacy.persons import PersonFinder
from services.privacy.requests import PrivacyRequestService
from services.privacy.retention import RetentionService


def make_privacy_requests(stores: Stores) -> PrivacyRequestService:
    return PrivacyRequestService(
        stores.privacy_requests,
        PersonFinder(stores.persons, stores.vault),
        stores.persons,
        stores.vault,
        stores.clocks,
        KeyNames(stores.api_keys, stores.users),
    )


def make_retention(stores: Stores) -> RetentionService:
    return RetentionService(stores.policies, stores.retention_runs)


def make_nightly_retention(stores: Stores) -> NightlyRetention:
    return NightlyRetention(
        stores.retention_runs,
        stores.policies,
        stores.inbox,
        stores.idempotency,
        stores.webhook_deliveries,
        stores.persons,
        stores.withdrawals,
        stores.vault,
        stores.clocks,
    )


def make_person_export(stores: Stores) -> PersonExport:
    return PersonExport(
        PersonFinder(stores.persons, stores.vault),
        stores.persons,
        stores.snapshots,
        stores.withdrawals,
        stores.audit,
        stores.letters,
        stores.push_devices,
        stores.kept_bodies,
        stores.vault,
    )


def make_erasures(stores: Stores) -> Erasures:
    return Erasures(
        stores.privacy_requests,
        stores.withdrawals,
        PersonFinder(stores.persons, stores.vault),
        stores.persons,
        stores.kept_bodies,
        stores.vault,
        stores.clocks,
    )
