"""Encryption with the master key, of persons' keys and merchants' secrets, and pseudonyms."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Tampered(Exception):
    """The ciphertext was not made with this key and context, or was changed since."""


def encrypt(key: bytes, context: str, plaintext: bytes) -> bytes:
    """AES-256-GCM: nonce and ciphertext. Decrypted only with the same `context`, so ciphertexts cannot be swapped."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def decrypt(key: bytes, context: str, ciphertext: bytes) -> bytes:
    """The plaintext. Raises Tampered."""
    try:
        return AESGCM(key).decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], context.encode())
    except (InvalidTag, ValueError) as problem:
        raise Tampered(context) from problem


class MasterKey:
    """The deployment's secret, at least 32 bytes. A key for each use is derived from it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the master key has at least 32 bytes")
        self._wrapping_key = hmac.digest(secret, b"smot/wrapping", "sha256")
        self._pseudonym_key = hmac.digest(secret, b"smot/naming", "sha256")

    def wrap(self, context: str, plaintext: bytes) -> bytes:
        """Encrypt; see `encrypt`."""
        return encrypt(self._wrapping_key, context, plaintext)

    def unwrap(self, context: str, ciphertext: bytes) -> bytes:
        """Decrypt. Raises Tampered."""
        return decrypt(self._wrapping_key, context, ciphertext)

    def pseudonym(self, *parts: str) -> str:
        """A name that is the same for the same texts. Without the key the texts can be neither read from it nor tested."""
        text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._pseudonym_key, text.encode(), hashlib.sha256).hexdigest()[:32]
