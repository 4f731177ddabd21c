"""What people wrote in their own words: sealed with the key of the customer it is about before anything keeps it.

An agent's reason may name the customer, their illness or their number. It goes through journeys, whose histories Temporal
keeps in clear, and stays in the audit for ever; once the customer is erased nobody can read it any more.
"""

from typing import Final

from domain.sealed import Sealed
from store.privacy.vault import Vault
from store.tables.all import OrderRow

_MARK: Final = "sealed/"


async def seal_text(vault: Vault, row: OrderRow, text: str) -> str:
    """The text, readable for us only; nothing stays nothing."""
    if not text:
        return ""
    shut = await vault.seal(row.merchant, row.customer, text)
    return f"{_MARK}{shut.key}/{shut.ciphertext}"


async def open_text(vault: Vault, text: str) -> str:
    """What was sealed, as it was written; any other text as it is. "erased person" once the key is gone."""
    if not text.startswith(_MARK):
        return text
    key, _, box = text.removeprefix(_MARK).partition("/")
    return await vault.open(Sealed(key=key, ciphertext=box))
