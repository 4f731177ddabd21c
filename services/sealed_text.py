"""Free text that people wrote: sealed with the key of the customer whom it is about, before it is stored.

An agent's reason may hold a customer's name, illness or number. It passes through journeys, whose histories Temporal keeps
in clear, and stays in the audit forever. Once the customer is erased it cannot be read any more.
"""

from typing import Final

from domain.sealed import Sealed
from services.opened_texts import MARK
from services.order_reader import FoundOrder
from store.privacy.vault import Vault

_STAFF: Final = "staff"  # no `cus_…`


async def seal_text(vault: Vault, order: FoundOrder, text: str) -> str:
    """The text, sealed for the order's customer; an empty text stays empty.

    After the customer's erasure the order may still be worked on: what is written then is about no known person, and is sealed
    with the key of the merchant's staff. A new key of the customer would bring them back.
    """
    if not text:
        return ""
    sealed = await vault.seal_of_known(order.merchant, order.customer, text)
    return _marked(sealed) if sealed is not None else await seal_staff_text(vault, order.merchant, text)


async def seal_customer_text(vault: Vault, merchant: str, customer: str, text: str) -> str:
    """The text, sealed for that customer; an empty text stays empty."""
    if not text:
        return ""
    return _marked(await vault.seal(merchant, customer, text))


async def seal_staff_text(vault: Vault, merchant: str, text: str) -> str:
    """The text of an agent that is about no one customer, sealed with a key of the merchant's staff."""
    return _marked(await vault.seal(merchant, _STAFF, text))


def _marked(sealed: Sealed) -> str:
    return f"{MARK}{sealed.key}/{sealed.ciphertext}"
