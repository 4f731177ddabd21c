"""Verification of webhooks that are signed as Standard Webhooks 1.0.0 says."""

import binascii
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from adapters.untrusted_json import is_valid_id
from ports.inbound_webhooks import InvalidSignature

log = logging.getLogger(__name__)

_TOLERANCE = timedelta(seconds=300)


def verify_standard_webhook(
    headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
) -> str:
    """The webhook-id, once a secret signed exactly this id, time and body, within 300 s of `now`. Raises InvalidSignature.

    The library signs; its `verify` is not used, because it reads the machine's clock instead of `now` and lets stray
    characters in base64 pass.
    """
    webhook_id = headers.get("webhook-id", "")
    # The signed text is id.timestamp.body: with a dot in the id one signature would fit two of them.
    if not is_valid_id(webhook_id) or "." in webhook_id:
        raise InvalidSignature("no usable webhook-id")
    sent_at = _sent_at(headers.get("webhook-timestamp", ""))
    if abs(now - sent_at) > _TOLERANCE:
        raise InvalidSignature("webhook-timestamp is too far from now")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidSignature("no configured secret signed this body") from None
    signatures = headers.get("webhook-signature", "").split(" ")
    given = [signature.encode("utf-8", "backslashreplace") for signature in signatures]
    expected = [_sign(secret, webhook_id, sent_at, text) for secret in secrets]
    matches = [hmac.compare_digest(ours, theirs) for ours in expected if ours for theirs in given]
    if not any(matches):
        raise InvalidSignature("no configured secret signed this body")
    return webhook_id


def _sent_at(stamp: str) -> datetime:
    """Whole seconds in plain digits: the library would also accept `1e9` and fractions that it does not sign."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 and str(int(stamp)) == stamp):
        raise InvalidSignature("no usable webhook-timestamp")
    return datetime.fromtimestamp(int(stamp), UTC)


def _sign(secret: str, webhook_id: str, sent_at: datetime, text: str) -> bytes | None:
    """The signature of a sender with this secret; None for an unusable secret, so that nothing passes with it."""
    try:
        return Webhook(secret).sign(webhook_id, sent_at, text).encode()
    except (EmptyWebhookSecretError, ValueError, binascii.Error):
        log.error("a configured webhook secret is empty or not base64")
        return None
