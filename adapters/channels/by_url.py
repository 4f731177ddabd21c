"""SMS, WhatsApp, push and chat by URL, sent by apprise (extra `channels`), which is loaded when it is first needed.

`{to}` in the URL stands for the customer's phone number: `twilio://account:token@+441234567890/{to}`.

A URL is one provider and nothing else: what follows a `?` could make the library fetch files or turn elsewhere.
"""

import asyncio
import importlib
import logging
import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from ports.channels import Bounced, Message, PerhapsTaken, Unreachable

TIMEOUT = 20.0  # seconds for one send
# Providers with an address of their own: a merchant's URL cannot make us knock at doors behind our own wall.
PROVIDERS = frozenset({
    "twilio", "vonage", "nexmo", "msgbird", "sinch", "clicksend", "plivo", "d7sms", "httpsms", "voipms", "sns", "sfr",
    "smsc", "bulksms", "burstsms", "46elks", "telnyx", "whatsapp", "tgram", "slack", "discord", "pover", "pbul", "fcm",
    "onesignal", "pushed", "pushy",
})  # fmt: skip
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)


# What the library says while it sends, word for word; it answers nothing but yes or no.
_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)
_NO = re.compile(r"error=(4\d\d|503)\b|NewConnectionError|NameResolutionError|ConnectTimeoutError")


class NotSetUp(Unreachable):
    """The extra `channels` is not installed on this machine."""


def _listen(record: logging.LogRecord) -> bool:
    """Hear the library for the one message that is being sent here. Nothing is written down: it tells numbers and URLs."""
    heard = _HEARD.get()
    if heard is not None:
        heard.append(record.getMessage())
    return False


async def objection(url: str, *, anywhere: bool = False) -> str | None:
    """Why we would not send by that URL, in one word; None when we would. Nobody is connected to.

    `anywhere`: also by schemes that name a host of their own and with options: the operator's own, development, tests.
    """
    problem = _as_written(url, anywhere)
    if problem is not None:
        return problem
    known = await _provider(url.replace("{to}", "+15005550006"), anywhere)
    return None if known is not None else "unreadable"


class ByUrl:
    """A Channel to one provider. It has no ids for messages: what may have left before a crash is not sent again."""

    drops_copies = False

    def __init__(self, url: str, *, anywhere: bool = False) -> None:
        self._url, self._anywhere = url, anywhere

    async def send(self, message: Message) -> None:
        """Hand it over once. Raises Bounced where the URL is none with this number, Unreachable where it was not taken.

        The URL is judged again: it may have been kept by a build that asked for less.
        """
        provider = None
        if _as_written(self._url, self._anywhere) is None:
            provider = await _provider(self._url.replace("{to}", quote(message.to, safe="")), self._anywhere)
        if provider is None:
            raise Bounced("not a target")
        heard: list[str] = []
        _HEARD.set(heard)
        try:
            async with asyncio.timeout(TIMEOUT):
                taken = await provider.async_notify(title=message.subject, body=message.text)
        except TimeoutError:
            raise PerhapsTaken("timeout") from None
        if not taken:
            raise Unreachable("not taken") if _said_no(heard) else PerhapsTaken("no answer")


def _as_written(url: str, anywhere: bool) -> str | None:
    scheme = _SCHEME.match(url)
    if scheme is None or not url.isprintable() or len(url) > 2000:
        return "unreadable"
    if anywhere:
        return None
    if scheme[1].lower() not in PROVIDERS:
        return "scheme"
    return "options" if "?" in url else None


async def _provider(url: str, anywhere: bool) -> Any:
    """The one provider that the library makes of it; None where it makes none, or one that we do not know."""
    apprise = await asyncio.to_thread(_loaded)
    made = apprise.Apprise.instantiate(url)
    return made if made is not None and (anywhere or made.schemas() & PROVIDERS) else None


def _said_no(heard: list[str]) -> bool:
    """Whether it certainly was not taken: no connection, or a refusal. Words that we do not know leave it open."""
    return any(_NO.search(one) for one in heard)


def _loaded() -> Any:
    """The library; the first time it takes a second."""
    try:
        library = importlib.import_module("apprise")
    except ImportError:
        raise NotSetUp("install the extra `channels`") from None
    its_log = logging.getLogger("apprise")
    its_log.addFilter(_listen)
    its_log.setLevel(logging.DEBUG)
    return library
