"""Sends events to webhook endpoints, signed as Stripe signs them."""

import hashlib
import hmac
import time
from collections.abc import Sequence

import aiohttp

from simulators.payments.stripe.call import Body
from simulators.payments.stripe.delivery_queue import WaitingDelivery
from simulators.payments.stripe.event_log import text_of

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


def sign(text: str, secrets: Sequence[str], at: int) -> str:
    """The header Stripe-Signature: one v1 per secret over `at.text`."""
    signed = f"{at}.{text}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])


async def send(url: str, event: Body, secrets: Sequence[str], shift_seconds: int = 0) -> int:
    """The status of the answer; 0 where there was none. The signature's time is real time, as at Stripe."""
    text = text_of(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": _AGENT,
        "Stripe-Signature": sign(text, secrets, int(time.time()) + shift_seconds),
    }
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=text.encode(), headers=headers, allow_redirects=False) as response,
        ):
            return response.status
    except (TimeoutError, aiohttp.ClientError, OSError):
        return 0


async def deliver(delivery: WaitingDelivery) -> int:
    """Send one waiting event, as often as its endpoint wants; the last status."""
    status = 0
    for _ in range(delivery.endpoint["times"]):
        status = await send(delivery.endpoint["url"], delivery.event, delivery.endpoint["secrets"])
    return status
