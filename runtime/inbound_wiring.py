"""Connects the sources of inbound webhooks with the handlers that apply their deliveries."""

from collections.abc import Mapping
from typing import Final

from adapters.carriers.aftership import AfterShip
from adapters.carriers.carrier_names import same_carrier
from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from adapters.storefronts.shopify import Shopify
from adapters.storefronts.woocommerce import WooCommerce
from ports.carriers import CarrierSource
from ports.storefronts import StorefrontSource
from runtime.stores import Stores
from services.inbound.carriers import CarrierHandler
from services.inbound.outcomes import InboundHandler
from services.inbound.storefronts import StorefrontHandler
from services.journeys import Journeys
from services.orders.placement import OrderPlacement

SOURCES: Final[Mapping[str, CarrierSource]] = {
    source.name: source for source in (EasyPost(), AfterShip(), Generic())
}
STOREFRONTS: Final[Mapping[str, StorefrontSource]] = {
    source.name: source for source in (Shopify(), WooCommerce())
}


def make_inbound_handlers(
    stores: Stores, journeys: Journeys, placement: OrderPlacement
) -> dict[str, InboundHandler]:
    """The handler of each carrier source and storefront, by name."""
    handlers: dict[str, InboundHandler] = {
        name: CarrierHandler(source, stores.tracking_numbers, stores.clocks, journeys, same_carrier)
        for name, source in SOURCES.items()
    }
    for name, storefront in STOREFRONTS.items():
        handlers[name] = StorefrontHandler(
            storefront, placement, journeys, stores.clocks, stores.audit, stores.snapshots
        )
    return handlers
