"""Free text that people wrote: sealed with the key of the customer whom it is about, before it is stored.

An agent's reason may hold a customer's name, illness or number. It passes through journeys, whose histories Temporal keeps
in clear, and stays in the audit forever. Once the customer is erased it cannot be read any more.
"""

from typing import Final

from services.opened_texts import MARK
from services.order_reader import FoundOrder
from store.privacy.vault import Vault

_STAFF: Final = "staff"  # no `cus_…`


async def seal_text(vault: Vault, order: FoundOrder, text: str) -> str:
    """The text, sealed for the order's customer; an empty text stays empty."""
    return await seal_customer_text(vault, order.merchant, order.customer, text)


async def seal_customer_text(vault: Vault, merchant: str, customer: str, text: str) -> str:
    """The text, sealed for that customer; an empty text stays empty."""
    if not text:
        return ""
    sealed = await vault.seal(merchant, customer, text)
    return f"{MARK}{sealed.key}/{sealed.ciphertext}"


async def seal_staff_text(vault: Vault, merchant: str, text: str) -> str:
    """The text of an agent that is about no one customer, sealed with a key of the merchant's staff."""
    sealed = await vault.seal(merchant, _STAFF, text)
    return f"{MARK}{sealed.key}/{sealed.ciphertext}"
