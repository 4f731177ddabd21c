"""Keys and notes by which storefronts keep what happened to an order here, so that each is shown there once."""

import re
import uuid
from typing import Final

from domain.keys import digest
from domain.money import Money
from domain.payment_keys import NotedRefund, noted

_RECORD = re.compile(r"smot record of (\S.{0,254}) (\d{1,16}) ([A-Z]{3})")
_RECORD_CALLS: Final = uuid.UUID("0a0a0f0e-6c07-5d0e-8a5e-3f5b1d1c7e42")


def shopify_order_of_payment(payment: str) -> str:
    """The number of the order in `shopify-ORDER` or `shopify-ORDER-TRANSACTION`; empty for another payment."""
    source, _, rest = payment.partition("-")
    number = rest.partition("-")[0]
    return number if source == "shopify" and number.isascii() and number.isdigit() else ""


def record_note(key: str, amount: Money) -> str:
    """The note of a refund that only records in a shop what was paid by another way; `key` as in `provider_refund`."""
    return f"smot record of {key} {amount.minor} {amount.currency}"


def record_in_note(note: str) -> NotedRefund | None:
    """What `record_note` wrote; None for another note."""
    return noted(_RECORD.fullmatch(note.strip()))


def record_call(key: str) -> str:
    """The idempotency key at Shopify of the refund that only records; `key` as in `provider_refund`."""
    return str(uuid.uuid5(_RECORD_CALLS, key))


def storefront_update(kind: str, subject: str, part: str) -> str:
    """What a storefront is told once of an order. `part`: tells updates of one kind and subject apart."""
    return "/".join(filter(None, (kind, subject, part)))


def storefront_update_of(order: str, update: str) -> str:
    """An update among those of all orders."""
    return f"{order}/{update}"


def storefront_note(merchant: str, update: str) -> str:
    """The mark at the end of a note in a shop, by which the note is found again."""
    return f"[smot {digest('storefront-note', merchant, update)[:16]}]"


def return_note(return_id: str) -> str:
    """The note on the lines of a return in a shop that keeps nothing else of ours."""
    return f"smot return {return_id}"
