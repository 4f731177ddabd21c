"""Encryption with the master key, of persons' keys and merchants' secrets, and pseudonyms."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Tampered(Exception):
    """The ciphertext was not made with this key and context, or was changed since."""


class Cipher:
    """AES-256-GCM with one key, prepared once. `key`: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def encrypt(self, context: str, plaintext: bytes) -> bytes:
        """Nonce and ciphertext. Decrypted only with the same `context`, so ciphertexts cannot be swapped."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._aes.encrypt(nonce, plaintext, context.encode())

    def decrypt(self, context: str, ciphertext: bytes) -> bytes:
        """The plaintext. Raises Tampered."""
        try:
            return self._aes.decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], context.encode())
        except (InvalidTag, ValueError) as problem:
            raise Tampered(context) from problem


def encrypt(key: bytes, context: str, plaintext: bytes) -> bytes:
    """Encrypt once with that key; see `Cipher`."""
    return Cipher(key).encrypt(context, plaintext)


def decrypt(key: bytes, context: str, ciphertext: bytes) -> bytes:
    """Decrypt once with that key. Raises Tampered."""
    return Cipher(key).decrypt(context, ciphertext)


class MasterKey:
    """The deployment's secret, at least 32 bytes. A key for each use is derived from it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the master key has at least 32 bytes")
        self._cipher_key = hmac.digest(secret, b"smot/ciphers", "sha256")
        self._wrapping_key = hmac.digest(secret, b"smot/wrapping", "sha256")
        self._pseudonym_key = hmac.digest(secret, b"smot/naming", "sha256")

    def wrap(self, context: str, plaintext: bytes) -> bytes:
        """Encrypt; see `encrypt`."""
        return encrypt(self._wrapping_key, context, plaintext)

    def unwrap(self, context: str, ciphertext: bytes) -> bytes:
        """Decrypt. Raises Tampered."""
        return decrypt(self._wrapping_key, context, ciphertext)

    def cipher(self, use: str, merchant: str) -> Cipher:
        """A cipher for one use and one merchant, with a key of its own: for what is encrypted often."""
        return Cipher(hmac.digest(self._cipher_key, f"{use}/{merchant}".encode(), "sha256"))

    def pseudonym(self, *parts: str) -> str:
        """A name that is the same for the same texts. Without the key the texts can be neither read from it nor tested."""
        text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._pseudonym_key, text.encode(), hashlib.sha256).hexdigest()[:32]
