"""A Shopify order. Every message about it contains the whole order, so the first to arrive can place it."""

from datetime import datetime

from pydantic import ValidationError

from adapters.places.zones import NO_COUNTRY, country_of, zone_at_distance, zone_of
from adapters.storefronts.amounts import NotExact
from adapters.storefronts.languages import language_tag
from adapters.storefronts.shopify_bill import Bill, InvalidOrder, bill_of
from adapters.storefronts.shopify_fulfilments import shipment_of
from adapters.storefronts.shopify_parts import fulfillments_in
from adapters.storefronts.shopify_refunds import refunds_in
from adapters.storefronts.shopify_schemas import ShopifyOrder
from adapters.storefronts.shopify_tenders import guessed_tenders
from adapters.untrusted_json import sanitize
from domain.model.order import Destination
from domain.model.shipment import ExternalRefund
from ports.storefronts import Buyer, Sale, StorefrontMessage

_PAID = {"paid", "partially_refunded", "refunded"}


def order_message(order: ShopifyOrder, now: datetime) -> StorefrontMessage:
    """The order if it is paid and adds up, its shipments and refunds, and whether it was cancelled."""
    shipments, refunds = list(fulfillments_in(order.fulfillments)), list(refunds_in(order, now))
    message = StorefrontMessage(
        order_id=str(order.id),
        shipments=tuple(shipment_of(one, now) for one, _ in shipments if one is not None),
        refunds=tuple(refund for refund, _ in refunds),
        cancelled=order.cancelled_at is not None,
        unread=tuple(why for _, why in (*shipments, *refunds) if why),
    )
    if order.financial_status not in _PAID:
        return message.model_copy(update={"not_yet": "not paid yet"})
    if not any(line.quantity and line.tip is None for line in order.line_items):
        return message.model_copy(update={"not_yet": "there are no goods in it"})
    try:
        return message.model_copy(update={"sale": _sale(order, message.refunds)})
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return message.model_copy(update={"invalid": sanitize(f"{where}: {first['type']}", 200)})
    except (InvalidOrder, NotExact) as problem:
        return message.model_copy(update={"invalid": sanitize(str(problem), 200)})


def _sale(order: ShopifyOrder, refunds: tuple[ExternalRefund, ...]) -> Sale:
    """Raises InvalidOrder, NotExact or ValidationError where it cannot be placed here."""
    bill = bill_of(order, refunds)
    return Sale(
        order_id=str(order.id),
        number=sanitize(order.name, 64),
        placed_at=order.created_at,
        changed_at=order.updated_at,
        currency=order.currency,
        buyer=_buyer(order),
        destination=_destination(order, bill),
        lines=bill.lines,
        shipping=bill.shipping,
        tenders=bill.tenders,
        guessed_tenders=guessed_tenders(order, bill.tenders),
        included_refunds=bill.included_refunds,
        is_certain=bill.is_certain,
    )


def _destination(order: ShopifyOrder, bill: Bill) -> Destination:
    """Where the order goes, and whether its zone is guessed. Goods that need no carrier need no address.

    They are then where the shop is, whose distance from UTC is that of the order's own time. Raises InvalidOrder.
    """
    address = order.shipping_address or order.billing_address
    country = country_of(address.country_code) if address else ""
    placed = zone_of(country, address.province_code, address.zip) if address else None
    if address is not None and placed is not None:
        postcode = sanitize(address.zip, 16)
        return Destination(country=country, zone=placed.zone, postcode=postcode, zone_guessed=placed.guessed)
    if any(line.fulfilment not in ("pickup", "digital") for line in bill.lines):
        raise InvalidOrder("it names no country to deliver to")
    return Destination(country=NO_COUNTRY, zone=zone_at_distance(order.created_at), zone_guessed=True)


def _buyer(order: ShopifyOrder) -> Buyer:
    """A buyer without a Shopify account is a customer of this order only."""
    account = order.customer
    names = [one.name for one in (order.shipping_address, order.billing_address) if one]
    if account:
        names.append(" ".join(filter(None, (account.first_name, account.last_name))))
    emails = (order.email, order.contact_email, account.email if account else None)
    email = next((one for one in emails if one and _is_address(one)), "")
    return Buyer(
        customer_id=str(account.id) if account else f"guest-{order.id}",
        locale=language_tag(order.customer_locale, account.locale if account else ""),
        name=next(filter(None, (sanitize(name, 200) for name in names)), "customer"),
        email=email,
    )


def _is_address(text: str) -> bool:
    local, at, host = text.partition("@")
    return bool(local and at and host) and len(text) <= 254 and not any(c.isspace() for c in text)
