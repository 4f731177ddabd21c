"""The master key: wraps the keys of persons and the secrets of merchants, and makes pseudonyms."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Tampered(Exception):
    """The box was not made with this key for this place, or was changed since."""


def encrypt(key: bytes, context: str, plaintext: bytes) -> bytes:
    """AES-256-GCM: nonce and ciphertext. It opens only with the same `place`, so boxes cannot be swapped."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def decrypt(key: bytes, context: str, ciphertext: bytes) -> bytes:
    """What was shut. Raises Tampered."""
    try:
        return AESGCM(key).decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], context.encode())
    except (InvalidTag, ValueError) as problem:
        raise Tampered(context) from problem


class MasterKey:
    """Two keys made from the deployment's one secret of at least 32 bytes, so that no key has two uses."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the master key has at least 32 bytes")
        self._wrapping_key = hmac.digest(secret, b"smot/wrapping", "sha256")
        self._pseudonym_key = hmac.digest(secret, b"smot/naming", "sha256")

    def wrap(self, context: str, plaintext: bytes) -> bytes:
        return encrypt(self._wrapping_key, context, plaintext)

    def unwrap(self, context: str, ciphertext: bytes) -> bytes:
        """Raises Tampered."""
        return decrypt(self._wrapping_key, context, ciphertext)

    def pseudonym(self, *parts: str) -> str:
        """The same short name for the same texts, from which nobody without the key can tell or test them."""
        text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._pseudonym_key, text.encode(), hashlib.sha256).hexdigest()[:32]
