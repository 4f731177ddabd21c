"""What people wrote, opened for a reader: the other half of `sealed_text`."""

from typing import Final

from domain.sealed import Sealed
from store.privacy.vault import Vault

MARK: Final = "sealed/"


async def open_text(vault: Vault, text: str) -> str:
    """A sealed text as it was written, any other text as it is; "erased person" once the customer's key is gone."""
    if not text.startswith(MARK):
        return text
    key, _, ciphertext = text.removeprefix(MARK).partition("/")
    return await vault.open(Sealed(key=key, ciphertext=ciphertext))
