"""Verification of webhooks that are signed as Standard Webhooks 1.0.0 says."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from adapters.untrusted_json import is_valid_id
from ports.inbound_webhooks import InvalidSignature

log = logging.getLogger(__name__)

_TOLERANCE = timedelta(seconds=300)


def verify_standard_webhook(
    headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
) -> str:
    """The webhook-id, once a secret signed exactly this id, time and body, within 300 s of `now`. Raises InvalidSignature.

    The library is not used: it signs text and not bytes, so that a body in another charset than UTF-8 would never be signed,
    it reads the machine's clock instead of `now`, and it lets stray characters in base64 pass.
    """
    webhook_id = headers.get("webhook-id", "")
    # The signed text is id.timestamp.body: with a dot in the id one signature would fit two of them.
    if not is_valid_id(webhook_id) or "." in webhook_id:
        raise InvalidSignature("no usable webhook-id")
    sent_at = _sent_at(headers.get("webhook-timestamp", ""))
    if abs(now - sent_at) > _TOLERANCE:
        raise InvalidSignature("webhook-timestamp is too far from now")
    signatures = headers.get("webhook-signature", "").split(" ")
    given = [signature.encode("utf-8", "backslashreplace") for signature in signatures]
    signed = f"{webhook_id}.{int(sent_at.timestamp())}.".encode() + body
    expected = [_sign(secret, signed) for secret in secrets]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected if ours for theirs in given]
    if not any(matches):
        raise InvalidSignature("no configured secret signed this body")
    return webhook_id


def _sent_at(stamp: str) -> datetime:
    """Whole seconds in plain digits: the library would also accept `1e9` and fractions that it does not sign."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 and str(int(stamp)) == stamp):
        raise InvalidSignature("no usable webhook-timestamp")
    return datetime.fromtimestamp(int(stamp), UTC)


def _sign(secret: str, signed: bytes) -> bytes | None:
    """The signature of a sender with this secret; None for an unusable secret, so that nothing passes with it."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
    except ValueError:
        key = b""
    if not key:
        log.error("a configured webhook secret is empty or not base64")
        return None
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
