"""Encryption with the deployment's keys: its master keys, which are replaced, and its root key, which stays."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_ID = 4  # bytes of a master key's id in front of what it sealed


class Tampered(Exception):
    """The ciphertext was not made with this key and context, or was changed since."""


class MasterKeyMissing(Tampered):
    """It was sealed with a master key that this process does not have; the text names that key by its id."""

    def __init__(self, key_id: str, known: Sequence[str]) -> None:
        super().__init__(f"it is sealed with the master key {key_id}; this process has {', '.join(known)}")
        self.key_id = key_id


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


def master_key_id(secret: bytes) -> str:
    """Names a master key and reveals nothing of it: eight hexadecimal digits."""
    return hmac.digest(secret, b"smot/key id", "sha256")[:_ID].hex()


def wrapping_key_id(wrapped: bytes) -> str:
    """The id of the master key that sealed this."""
    return wrapped[:_ID].hex()


class MasterKeyRing:
    """The master keys that this process has, the newest last.

    read: reads them again, for a key that was added since; None where they cannot change while the process runs.
    """

    def __init__(self, secrets_: Sequence[bytes], read: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._read = read
        self._set(secrets_)

    def _set(self, secrets_: Sequence[bytes]) -> None:
        if not secrets_ or any(len(secret) < 32 for secret in secrets_):
            raise ValueError("a master key has at least 32 bytes")
        self._ciphers = {
            master_key_id(secret): Cipher(hmac.digest(secret, b"smot/wrapping", "sha256"))
            for secret in secrets_
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys, the newest last."""
        return tuple(self._ciphers)

    def reload(self) -> None:
        """Read the keys again."""
        if self._read is not None:
            self._set(self._read())

    def wrap(self, key_id: str, context: str, plaintext: bytes) -> bytes:
        """Encrypt with that key. Raises MasterKeyMissing."""
        return bytes.fromhex(key_id) + self._cipher(key_id).encrypt(context, plaintext)

    def unwrap(self, context: str, wrapped: bytes) -> bytes:
        """Decrypt with the key that is named in front. Raises Tampered, or MasterKeyMissing."""
        if len(wrapped) <= _ID + _NONCE:
            raise Tampered(context)
        return self._cipher(wrapping_key_id(wrapped)).decrypt(context, wrapped[_ID:])

    def _cipher(self, key_id: str) -> Cipher:
        if key_id not in self._ciphers:
            self.reload()
        if key_id not in self._ciphers:
            raise MasterKeyMissing(key_id, self.ids)
        return self._ciphers[key_id]


class DeploymentKeys:
    """All keys of a deployment.

    ring: the master keys. What they seal is sealed again when they are replaced.
    active: the id of the one that seals now.
    root: 32 random bytes, sealed in the database. Pseudonyms, links, codes and ciphers for bulk derive from it, so they
        outlast every master key.
    """

    def __init__(self, ring: MasterKeyRing, active: str, root: bytes) -> None:
        self.ring, self.active, self._root = ring, active, root
        self._cipher_key = hmac.digest(root, b"smot/ciphers", "sha256")
        self._pseudonym_key = hmac.digest(root, b"smot/naming", "sha256")

    def wrap(self, context: str, plaintext: bytes) -> bytes:
        """Seal with the active master key, whose id stands in front. See `Cipher` for `context`."""
        return self.ring.wrap(self.active, context, plaintext)

    def unwrap(self, context: str, wrapped: bytes) -> bytes:
        """Decrypt. Raises Tampered, or MasterKeyMissing."""
        return self.ring.unwrap(context, wrapped)

    def cipher(self, use: str, merchant: str) -> Cipher:
        """A cipher for one use and one merchant, with a key of its own: for what is encrypted often."""
        return Cipher(hmac.digest(self._cipher_key, f"{use}/{merchant}".encode(), "sha256"))

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose only, the same in all processes."""
        return hmac.digest(self._root, f"smot/{purpose}".encode(), "sha256")

    def pseudonym(self, *parts: str) -> str:
        """A name that is the same for the same texts. Without the key the texts can be neither read from it nor tested."""
        text = "\x1f".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._pseudonym_key, text.encode(), hashlib.sha256).hexdigest()[:32]


class Decoy:
    """Opened where there is no row, so that the time taken does not tell which rows exist.

    No master key seals it: it opens also after all of them were replaced.
    """

    def __init__(self, keys: DeploymentKeys, plaintext: bytes) -> None:
        self._cipher = keys.cipher("decoy", "")
        self._sealed = self._cipher.encrypt("decoy", plaintext)

    def open(self) -> bytes:
        """The text, at the cost of a row's."""
        return self._cipher.decrypt("decoy", self._sealed)
