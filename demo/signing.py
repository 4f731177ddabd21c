"""Signatures of carriers' webhooks, written here again: the demo must not use the code that verifies them."""

import base64
import hashlib
import hmac
import unicodedata


def easypost(secret: str, body: bytes) -> dict[str, str]:
    """EasyPost's header over the raw body."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return {"X-Hmac-Signature": "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()}


def standard(secret: str, delivery: str, sent_at: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0.0. `secret`: `whsec_` and base64. `sent_at`: in seconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((delivery.encode(), str(sent_at).encode(), body))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{signature}",
    }
