"""The order for programs that read pages and mails: `Order` with its `ParcelDelivery`, as JSON-LD of schema.org.

No personal data is in it.
"""

from datetime import datetime
from typing import Any, Final

from domain.journey.customer_page.arrival import PagePackage
from domain.journey.customer_page.page import CustomerPage, customer_page
from domain.model.notice import Notice
from domain.model.notice_kinds import Topic
from domain.model.state import JourneyState

_STATUS = {
    "in_preparation": "OrderProcessing",
    "on_its_way": "OrderInTransit",
    "ready_to_collect": "OrderPickupAvailable",
    "partly_arrived": "OrderInTransit",
    "arrived": "OrderDelivered",
    "lost": "OrderProblem",
    "cancelled": "OrderCancelled",
}


_ABOUT_ORDERS: Final = (
    "parcel_lost", "delay_option", "consent_requested", "order_cancelled", "rest_cancelled"
)  # fmt: skip
_NOT_ABOUT_ORDERS: Final = ("order_link", "reply", "digest")


def letter_markup(
    notice: Notice, topic: Topic, state: JourneyState, now: datetime, shop: str
) -> dict[str, Any]:
    """Of a letter about parcels or the order; empty for any other."""
    is_about = topic == "delivery" and notice.kind not in _NOT_ABOUT_ORDERS
    if not is_about and notice.kind not in _ABOUT_ORDERS:
        return {}
    return order_markup(customer_page(state, now), shop)


def order_markup(page: CustomerPage, shop: str) -> dict[str, Any]:
    """As an object; templates write it, escaped. shop: the name that its customers know."""
    order = page.details
    return {
        "@context": "https://schema.org",
        "@type": "Order",
        "orderNumber": order.number,
        "orderDate": order.placed_at.isoformat(),
        "orderStatus": f"https://schema.org/{_STATUS[order.stage]}",
        "merchant": {"@type": "Organization", "name": shop},
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
