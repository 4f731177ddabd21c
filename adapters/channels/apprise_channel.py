"""SMS, WhatsApp, push and chat by URL, sent by apprise (extra `channels`), which is loaded when it is first needed.

`{to}` in the URL stands for the customer's phone number, as in `twilio://account:token@+441234567890/{to}`; for push and chat
it stands for our pseudonym of the customer.
"""

import asyncio
import importlib
from typing import Any
from urllib.parse import quote

from adapters.channels import apprise_responses
from adapters.channels.apprise_urls import (
    PROVIDERS,
    recipient_rejection_reason,
    sample_recipient,
    url_rejection_reason,
)
from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

TIMEOUT = 20.0  # seconds for one message


class ChannelNotInstalled(ChannelUnavailable):
    """The extra `channels` is not installed on this machine."""


async def rejection_reason(url: str, *, unrestricted: bool = False) -> str | None:
    """Why that URL cannot be a channel, in one word; None when it can. No connection is made.

    unrestricted: schemes that name a host of their own and options are allowed: for the operator's own URLs, development, tests.
    """
    _, reason = await _load_provider(url, sample_recipient(url), unrestricted)
    return reason


class AppriseChannel:
    """A Channel to one provider. Apprise has no message ids: what may have left before a crash is not sent again."""

    deduplicates = False

    def __init__(self, url: str, *, unrestricted: bool = False) -> None:
        self._url, self._unrestricted = url, unrestricted

    async def send(self, message: Message) -> str | None:
        """See the port. The URL is checked again: rules may have become stricter, and not every number is allowed."""
        provider, reason = await _load_provider(self._url, message.to, self._unrestricted)
        if reason is not None:
            raise Bounced(f"not a target: {reason}")
        with apprise_responses.captured() as responses:
            try:
                async with asyncio.timeout(TIMEOUT):
                    accepted = await provider.async_notify(title=message.subject, body=message.text)
            except TimeoutError:
                raise DeliveryUnknown("timeout") from None
        if not accepted:
            raise apprise_responses.error_for(set(responses))
        return ", ".join(f"status {status}" for status in sorted({*responses}) if status > 0) or None


async def _load_provider(url: str, to: str, unrestricted: bool) -> tuple[Any, str | None]:
    """The provider that apprise makes of the URL for that recipient, and why it is not allowed."""
    reason = url_rejection_reason(url, unrestricted)
    if reason is not None:
        return None, reason
    apprise = await asyncio.to_thread(_load_apprise)
    apprise_responses.install()
    provider = apprise.Apprise.instantiate(url.replace("{to}", quote(to, safe="")))
    if provider is None or not (unrestricted or provider.schemas() & PROVIDERS):
        return None, "unreadable"
    return provider, recipient_rejection_reason(provider, to)


def _load_apprise() -> Any:
    """The library. Its first import takes a second."""
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise ChannelNotInstalled("install the extra `channels`") from None
