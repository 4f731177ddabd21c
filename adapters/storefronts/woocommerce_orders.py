"""A WooCommerce order. Every message about it contains the whole order, so the first to arrive can place it."""

from datetime import datetime

from pydantic import ValidationError

from adapters.places.zones import NO_COUNTRY, country_of, zone_of
from adapters.storefronts.amounts import NotExact
from adapters.storefronts.languages import language_tag
from adapters.storefronts.woocommerce_bill import InvalidWooOrder, WooBill, bill_of
from adapters.storefronts.woocommerce_refunds import refunds_in
from adapters.storefronts.woocommerce_schemas import WooOrder
from adapters.untrusted_json import sanitize
from domain.model.order import Destination
from ports.storefronts import Buyer, Sale, StorefrontMessage

_LANGUAGES = ("wpml_language", "_wpml_language", "trp_language", "_locale", "locale", "_customer_locale")
"""Where plugins for several languages keep the customer's; WooCommerce itself keeps none."""


def order_message(order: WooOrder, now: datetime) -> StorefrontMessage:
    """The order if it is paid and adds up, its refunds, and whether it was cancelled."""
    refunds = list(refunds_in(order, now))
    message = StorefrontMessage(
        order_id=str(order.id),
        refunds=tuple(refund for refund, _ in refunds),
        cancelled=order.status == "cancelled",
        unread=tuple(why for _, why in refunds if why),
    )
    if order.date_paid_gmt is None:
        return message.model_copy(update={"not_yet": "not paid yet"})
    if not any(line.quantity > 0 for line in order.line_items):
        return message.model_copy(update={"not_yet": "there are no goods in it"})
    try:
        return message.model_copy(update={"sale": _sale(order)})
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return message.model_copy(update={"invalid": sanitize(f"{where}: {first['type']}", 200)})
    except (InvalidWooOrder, NotExact) as problem:
        return message.model_copy(update={"invalid": sanitize(str(problem), 200)})


def _sale(order: WooOrder) -> Sale:
    """Raises InvalidWooOrder, NotExact or ValidationError where it cannot be placed here."""
    bill = bill_of(order)
    return Sale(
        order_id=str(order.id),
        number=sanitize(order.number, 64),
        placed_at=order.date_created_gmt,
        changed_at=order.date_modified_gmt,
        currency=order.currency,
        buyer=_buyer(order),
        destination=_destination(order, bill),
        lines=bill.lines,
        shipping=bill.shipping,
        tenders=bill.tenders,
    )


def _destination(order: WooOrder, bill: WooBill) -> Destination:
    """Where the order goes. WooCommerce leaves the shipping address empty where it is the billing address."""
    for address in (order.shipping, order.billing):
        country = country_of(address.country) if address and address.country else ""
        placed = zone_of(country, address.state, address.postcode) if address and country else None
        if address is not None and placed is not None:
            return Destination(
                country=country,
                zone=placed.zone,
                postcode=sanitize(address.postcode, 16),
                zone_guessed=placed.guessed,
            )
    if any(line.fulfilment not in ("pickup", "digital") for line in bill.lines):
        raise InvalidWooOrder("it names no country to deliver to")
    return Destination(country=NO_COUNTRY, zone="UTC", zone_guessed=True)


def _buyer(order: WooOrder) -> Buyer:
    """A buyer without an account in the shop is a customer of this order only."""
    people = [one for one in (order.shipping, order.billing) if one]
    names = (sanitize(f"{one.first_name} {one.last_name}", 200) for one in people)
    email = order.billing.email.strip() if order.billing else ""
    languages = [
        meta.value for meta in order.meta_data if meta.key in _LANGUAGES and isinstance(meta.value, str)
    ]
    return Buyer(
        customer_id=str(order.customer_id) if order.customer_id else f"guest-{order.id}",
        locale=language_tag(*languages),
        name=next(filter(None, names), "customer"),
        email=email if _is_address(email) else "",
    )


def _is_address(text: str) -> bool:
    local, at, host = text.partition("@")
    return bool(local and at and host) and len(text) <= 254 and not any(c.isspace() for c in text)
