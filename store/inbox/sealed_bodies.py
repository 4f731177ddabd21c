"""Bodies of deliveries at rest: encrypted, since senders put names, addresses and telephone numbers into them."""

from store.privacy.encryption import Cipher, DeploymentKeys

_MAX_CACHED = 1000  # merchants


class SealedBodies:
    """Encrypts with a key per merchant. It is derived once, so that a delivery costs one pass over its bytes.

    keys: the deployment's.
    delivery: source and id. A sealed body is opened only under the same merchant and delivery.
    """

    def __init__(self, keys: DeploymentKeys) -> None:
        self._keys = keys
        self._ciphers: dict[str, Cipher] = {}

    def seal(self, merchant: str, delivery: tuple[str, str], body: bytes) -> bytes:
        """Encrypt. An empty body is sealed too: in the table no bytes at all mean that the body is not kept."""
        return self._cipher(merchant).encrypt("\x1f".join(delivery), body)

    def open(self, merchant: str, delivery: tuple[str, str], sealed: bytes) -> bytes:
        """Decrypt. Raises Tampered."""
        return self._cipher(merchant).decrypt("\x1f".join(delivery), sealed)

    def _cipher(self, merchant: str) -> Cipher:
        cipher = self._ciphers.get(merchant)
        if cipher is None:
            while len(self._ciphers) >= _MAX_CACHED:
                del self._ciphers[next(iter(self._ciphers))]
            cipher = self._ciphers[merchant] = self._keys.cipher("inbox", merchant)
        return cipher
