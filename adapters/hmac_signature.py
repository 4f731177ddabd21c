"""HMAC-SHA256 over a raw body: how EasyPost, AfterShip, Shopify and WooCommerce sign their webhooks."""

import hashlib
import hmac
from collections.abc import Callable, Iterable

from ports.inbound_webhooks import InvalidSignature


def verify_hmac(secrets: Iterable[str], body: bytes, given: str, encode: Callable[[bytes], str]) -> None:
    """Raise InvalidSignature unless one of the secrets signed exactly these bytes.

    given: the header's value.
    encode: how the source writes the 32 bytes of a signature in that header.
    A blank secret signs nothing, so a merchant without a secret is refused.
    """
    header = given.encode("utf-8", "backslashreplace")
    # All secrets are tried whatever the outcome, so that the time taken does not show which one signed.
    matches = [
        hmac.compare_digest(_signature(secret, body, encode), header) for secret in secrets if secret.strip()
    ]
    if not any(matches):
        raise InvalidSignature("no configured secret signed this body")


def _signature(secret: str, body: bytes, encode: Callable[[bytes], str]) -> bytes:
    return encode(hmac.digest(secret.encode(), body, hashlib.sha256)).encode()
