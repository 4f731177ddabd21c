"""The order for programs that read pages: `Order` with its `ParcelDelivery`, as JSON-LD of schema.org. No personal data."""

from typing import Any

from domain.journey.customer_page.arrival import PagePackage
from services.orders.customer_pages import OrderPage

_STATUS = {
    "in_preparation": "OrderProcessing",
    "on_its_way": "OrderInTransit",
    "ready_to_collect": "OrderPickupAvailable",
    "partly_arrived": "OrderInTransit",
    "arrived": "OrderDelivered",
    "lost": "OrderProblem",
    "cancelled": "OrderCancelled",
}


def order_markup(page: OrderPage) -> dict[str, Any]:
    """As an object; the template writes it, escaped."""
    order = page.details
    return {
        "@context": "https://schema.org",
        "@type": "Order",
        "orderNumber": order.number,
        "orderDate": order.placed_at.isoformat(),
        "orderStatus": f"https://schema.org/{_STATUS[order.stage]}",
        "merchant": {"@type": "Organization", "name": page.shop},
        "acceptedOffer": [
            {
                "@type": "Offer",
                "itemOffered": {"@type": "Product", "name": line.title},
                "eligibleQuantity": {"@type": "QuantitativeValue", "value": line.quantity},
            }
            for line in order.lines
        ],
        "orderDelivery": [_delivery(one) for one in page.packages if one.parcel],
    }


def _delivery(package: PagePackage) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "ParcelDelivery",
        "carrier": {"@type": "Organization", "name": package.carrier},
        "trackingNumber": package.tracking_number,
    }
    until = package.expected or package.promised
    at = until.day or until.at
    if at is not None:
        found["expectedArrivalUntil"] = at.isoformat()
    if package.arrived_at is not None:
        found["deliveryStatus"] = {"@type": "DeliveryEvent", "availableFrom": package.arrived_at.isoformat()}
    return found
