"""SMS, WhatsApp, push and chat by URL, sent by apprise (extra `channels`), which is loaded when it is first needed.

`{to}` in the URL stands for the customer's phone number: `twilio://account:token@+441234567890/{to}`.
"""

import asyncio
import importlib
import logging
import re
from typing import Any
from urllib.parse import quote

from ports.channels import Bounced, Message, Unreachable

TIMEOUT = 20.0  # seconds for one send
# Providers with an address of their own: a merchant's URL cannot make us knock at doors behind our own wall.
PROVIDERS = frozenset({
    "twilio", "vonage", "nexmo", "msgbird", "sinch", "clicksend", "plivo", "d7sms", "httpsms", "voipms", "sns", "sfr",
    "smsc", "bulksms", "burstsms", "46elks", "telnyx", "whatsapp", "tgram", "slack", "discord", "pover", "pbul", "fcm",
    "onesignal", "pushed", "pushy",
})  # fmt: skip
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)


class NotSetUp(Exception):
    """The extra `channels` is not installed on this machine."""


async def objection(url: str, *, anywhere: bool = False) -> str | None:
    """Why we would not send by that URL, in one word; None when we would. Nobody is connected to.

    `anywhere`: also by schemes that name a host of their own, for development and tests.
    """
    scheme = _SCHEME.match(url)
    if scheme is None or not url.isprintable() or len(url) > 2000:
        return "unreadable"
    if not anywhere and scheme[1].lower() not in PROVIDERS:
        return "scheme"
    apprise = await asyncio.to_thread(_loaded)
    return None if apprise.Apprise().add(url.replace("{to}", "+15005550006")) else "unreadable"


class ByUrl:
    """A Channel to one provider. It has no ids for messages: what may have left before a crash is not sent again."""

    drops_copies = False

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, message: Message) -> None:
        """Hand it over once. Raises Bounced where the URL is none with this number, Unreachable where it was not taken.

        The library does not say whether a no is for ever, so all are tried again; three days of it are a dead letter.
        """
        apprise = await asyncio.to_thread(_loaded)
        target = apprise.Apprise()
        if not target.add(self._url.replace("{to}", quote(message.to, safe=""))):
            raise Bounced("not a target")
        result = await target.async_notify(title=message.subject, body=message.text, timeout=TIMEOUT)
        if not result:
            raise Unreachable("not taken by the provider")


def _loaded() -> Any:
    """The library; the first time it takes a second."""
    logging.getLogger("apprise").disabled = True  # it writes down numbers and URLs
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise NotSetUp("install the extra `channels`") from None
