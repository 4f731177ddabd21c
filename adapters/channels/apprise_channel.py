"""SMS, WhatsApp, push and chat by URL, sent by apprise (extra `channels`), which is loaded when it is first needed.

`{to}` in the URL stands for the customer's phone number: `twilio://account:token@+441234567890/{to}`; for push and chat for
our name of them.

A URL is one provider and one recipient, nothing else: what follows a `?` could make the library fetch files or turn
elsewhere, and a second recipient would be told again with every try for the first.
"""

import asyncio
import importlib
import logging
import re
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown, Message

TIMEOUT = 20.0  # seconds for one send
# Providers with an address of their own: a merchant's URL cannot make us knock at doors behind our own wall.
TO_NUMBERS = frozenset({
    "twilio", "vonage", "nexmo", "msgbird", "sinch", "clicksend", "plivo", "d7sms", "httpsms", "voipms", "sns", "sfr",
    "smsc", "bulksms", "burstsms", "46elks", "telnyx", "whatsapp",
})  # fmt: skip
TO_NAMES = frozenset({"tgram", "slack", "discord", "pover", "pbul", "fcm", "onesignal", "pushed", "pushy"})
PROVIDERS = TO_NUMBERS | TO_NAMES
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)

# Whom a URL is tried with while nobody is sent anything.
_SAMPLE_NUMBER, _SAMPLE_NAME = "+15005550006", f"cus_{'0' * 32}"
# Where the library's providers keep whom they send to. Their `len` is no answer: a batch counts as one, nobody counts
# as one too, and one recipient counts as several where it may be tried again.
_RECIPIENT_ATTRIBUTES = ("targets", "phone", "topics", "channels", "users", "devices", "groups")


class ChannelNotInstalled(ChannelUnavailable):
    """The extra `channels` is not installed on this machine."""


async def rejection_reason(url: str, *, unrestricted: bool = False) -> str | None:
    """Why we would not send by that URL, in one word; None when we would. Nobody is connected to.

    `anywhere`: also by schemes that name a host of their own and with options: the operator's own, development, tests.
    """
    scheme = _SCHEME.match(url)
    by_name = scheme is not None and scheme[1].lower() in TO_NAMES
    _, problem = await _load_provider(url, _SAMPLE_NAME if by_name else _SAMPLE_NUMBER, unrestricted)
    return problem


class AppriseChannel:
    """A Channel to one provider. It has no ids for messages: what may have left before a crash is not sent again."""

    deduplicates = False

    def __init__(self, url: str, *, unrestricted: bool = False) -> None:
        self._url, self._unrestricted = url, unrestricted

    async def send(self, message: Message) -> None:
        """Hand it over once. Raises Bounced, Unreachable or PerhapsTaken.

        The URL is judged again: it may have been kept by a build that asked for less, and not every number is a target.
        """
        provider, problem = await _load_provider(self._url, message.to, self._unrestricted)
        if problem is not None:
            raise Bounced(f"not a target: {problem}")
        heard: list[int] = []
        listening = _RESPONSES.set(heard)
        try:
            async with asyncio.timeout(TIMEOUT):
                taken = await provider.async_notify(title=message.subject, body=message.text)
        except TimeoutError:
            raise DeliveryUnknown("timeout") from None
        finally:
            _RESPONSES.reset(listening)
        if not taken:
            raise _error_for(set(heard))


async def _load_provider(url: str, to: str, unrestricted: bool) -> tuple[Any, str | None]:
    """The one provider that the library makes of the URL for that recipient, and why we would not send by it."""
    problem = _check_url(url, unrestricted)
    if problem is not None:
        return None, problem
    apprise = await asyncio.to_thread(_load_apprise)
    _install_captures()
    provider = apprise.Apprise.instantiate(url.replace("{to}", quote(to, safe="")))
    if provider is None or not (unrestricted or provider.schemas() & PROVIDERS):
        return None, "unreadable"
    return provider, _check_recipient(provider, to)


def _check_url(url: str, unrestricted: bool) -> str | None:
    scheme = _SCHEME.match(url)
    if scheme is None or not url.isprintable() or len(url) > 2000:
        return "unreadable"
    if unrestricted:
        return None
    if scheme[1].lower() not in PROVIDERS:
        return "scheme"
    return "options" if "?" in url else None


def _check_recipient(provider: Any, to: str) -> str | None:
    """Why it would reach somebody else than the one it is for, or nobody, in one word; None when it would not.

    The library leaves out numbers that it does not know (it wants ten to fourteen digits) and then takes the sender's.
    """
    kept = [getattr(provider, name) for name in _RECIPIENT_ATTRIBUTES if hasattr(provider, name)]
    recipients = [one for some in kept for one in _flat(some)]
    if len(recipients) > 1:
        return "multiple_recipients"
    schemes = provider.schemas()
    if schemes & TO_NUMBERS:
        right = [_number(one, schemes) for one in recipients] == [re.sub(r"\D", "", to)]
    else:  # names are written in many ways, and the URL of a chat may name none
        right = bool(recipients) or not kept or not schemes & TO_NAMES
    return None if right else "no_recipient_placeholder"


def _flat(some: Any) -> list[Any]:
    """One list of recipients, which one provider keeps by their kind."""
    if isinstance(some, dict):
        return [one for kind in some.values() for one in kind]
    return list(some) if isinstance(some, list | tuple | set) else []


def _number(recipient: Any, schemes: set[str]) -> str:
    """The digits of a recipient, which Twilio keeps behind the way to reach it and VoIP.ms without the country."""
    written = recipient[-1] if isinstance(recipient, tuple) else recipient
    return ("1" if "voipms" in schemes else "") + re.sub(r"\D", "", str(written))


# What was answered to the message that is being sent here: HTTP statuses, or why there is none. The library itself says
# nothing but yes or no, and the words in its log name now the status, now the provider's own code.
_RESPONSES: ContextVar[list[int] | None] = ContextVar("responses", default=None)
_NO_CONNECTION, _NO_RESPONSE = -1, 0
_PERMANENT = {400, 404, 410, 422}
_NOT_ACCEPTED = {_NO_CONNECTION, *range(400, 500), 503}  # other 5xx come also after the work was done
_STATUS = re.compile(r'" (\d{3}) \S+$')
_CONNECTION_FAILED = re.compile(r"\(Caused by (NewConnectionError|NameResolutionError|ConnectTimeoutError)\(")


def _error_for(responses: set[int]) -> Exception:
    """What a no is: certain only if every part of the message was refused, or nothing could be connected to."""
    if responses and responses <= _PERMANENT:
        return Bounced("refused")
    if responses and responses <= _NOT_ACCEPTED:
        return ChannelUnavailable("not taken")
    return DeliveryUnknown("no answer")


def _capture_failure(record: logging.LogRecord) -> bool:
    """Hear from the library that there was no answer. Nothing of it is written down: it tells numbers and URLs."""
    heard, said = _RESPONSES.get(), record.getMessage()
    if heard is not None and said.startswith("Socket Exception"):
        heard.append(_NO_CONNECTION if _CONNECTION_FAILED.search(said) else _NO_RESPONSE)
    return False


class _ResponseCapture(logging.Filter):
    """Hears the HTTP status of each answer, which urllib3 tells its log alike for all providers.

    The log belongs to the whole process. What is heard here is not written down, as its lines tell numbers; of what
    others do, as much is written as before we asked for every line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._log = logging.getLogger("urllib3.connectionpool")
        self._level = logging.NOTSET  # what others set

    def install(self) -> None:
        """Be told every line, also after others have set the log up anew."""
        if self not in self._log.filters or self._log.level != logging.DEBUG:
            self._level = self._log.level
            self._log.addFilter(self)
            self._log.setLevel(logging.DEBUG)

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _RESPONSES.get()
        if heard is None:
            return record.levelno >= self._original_level()
        answer = _STATUS.search(record.getMessage())
        if answer is not None:
            heard.append(int(answer[1]))
        return False

    def _original_level(self) -> int:
        parent = self._log.parent
        return self._level or (parent.getEffectiveLevel() if parent is not None else logging.NOTSET)


_CAPTURE = _ResponseCapture()


def _load_apprise() -> Any:
    """The library; the first time it takes a second."""
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise ChannelNotInstalled("install the extra `channels`") from None


def _install_captures() -> None:
    its_log = logging.getLogger("apprise")
    its_log.addFilter(_capture_failure)
    its_log.setLevel(logging.DEBUG)
    _CAPTURE.install()
