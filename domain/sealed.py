"""Personal data as the domain sees it: the domain carries it and never decrypts it."""

from domain.base import Frozen


class Sealed(Frozen):
    """A text encrypted with its person's own key (AES-GCM). Destroying the key erases the person everywhere.

    key: id of the person's key.
    ciphertext: base64 of nonce and ciphertext.
    """

    key: str
    ciphertext: str

    def __repr__(self) -> str:
        return f"Sealed({self.key})"

    __str__ = __repr__
