"""Connects the sources of inbound webhooks with the handlers that apply their deliveries."""

from collections.abc import Mapping
from typing import Final

from adapters.carriers.aftership import AfterShip
from adapters.carriers.carrier_names import same_carrier
from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from adapters.storefronts.shopify_privacy import ShopifyPrivacy
from domain import keys
from ports.carriers import CarrierSource
from runtime.payment_wiring import EVENT_SOURCES, STOREFRONTS
from runtime.privacy_wiring import make_privacy_requests
from runtime.stores import Stores
from services.inbound.carriers import CarrierHandler
from services.inbound.outcomes import InboundHandler
from services.inbound.payments import PaymentEventHandler
from services.inbound.privacy_demands import PrivacyDemandHandler
from services.inbound.storefronts import StorefrontHandler
from services.journeys import Journeys
from services.orders.placement import OrderPlacement
from services.payments.dispute_reports import DisputeIntake

SOURCES: Final[Mapping[str, CarrierSource]] = {
    source.name: source for source in (EasyPost(), AfterShip(), Generic())
}


def make_inbound_handlers(
    stores: Stores, journeys: Journeys, placement: OrderPlacement
) -> dict[str, InboundHandler]:
    """The handler of each carrier source, storefront and payment provider, by name."""
    handlers: dict[str, InboundHandler] = {
        name: CarrierHandler(source, stores.tracking_numbers, stores.clocks, journeys, same_carrier)
        for name, source in SOURCES.items()
    }
    for name, storefront in STOREFRONTS.items():
        handlers[name] = StorefrontHandler(
            storefront, placement, journeys, stores.clocks, stores.audit, stores.snapshots
        )
    handlers["shopify"] = PrivacyDemandHandler(
        ShopifyPrivacy(), make_privacy_requests(stores), handlers["shopify"]
    )
    for name, events in EVENT_SOURCES.items():
        handlers[keys.payment_source(name)] = PaymentEventHandler(
            events,
            stores.payment_accounts,
            stores.provider_legs,
            stores.payment_differences,
            stores.orders,
            journeys,
            stores.clocks,
            reports_outside=name not in STOREFRONTS,
            disputes=DisputeIntake(stores.provider_legs, stores.payment_differences, journeys),
        )
    return handlers
