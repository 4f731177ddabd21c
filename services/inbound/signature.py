"""Verification of a webhook by the secrets that its merchant has for the source."""

import base64
import dataclasses
import secrets
from collections.abc import Callable
from typing import TypeVar

from ports.inbound_webhooks import InvalidSignature
from services.merchants.accounts import MerchantService, SigningConfig

T = TypeVar("T")
DUMMY_SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


async def verified(
    accounts: MerchantService, merchant: str, source: str, verify: Callable[[SigningConfig], T]
) -> tuple[T, SigningConfig]:
    """The result of `verify`, and the merchant's configuration for that source. Raises InvalidSignature.

    For an unknown merchant, and for one without a secret, a random secret is tried and the webhook refused: the time taken
    does not show which merchants exist.
    """
    config = await accounts.signing_config(merchant, source)
    if not config.secrets:
        verify(dataclasses.replace(config, secrets=[DUMMY_SECRET]))
        raise InvalidSignature("no secret is configured")
    return verify(config), config
