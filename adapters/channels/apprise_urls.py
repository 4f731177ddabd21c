"""Which apprise URLs are allowed: one provider and one recipient, nothing else.

Text behind a `?` could make the library read files or connect to another host. A second recipient would get the message again
with every retry for the first.
"""

import re
from typing import Any

# Providers with a fixed address of their own, so that a merchant's URL cannot make us connect to our own network.
TO_NUMBERS = frozenset({
    "twilio", "vonage", "nexmo", "msgbird", "sinch", "clicksend", "plivo", "d7sms", "httpsms", "voipms", "sns", "sfr",
    "smsc", "bulksms", "burstsms", "46elks", "telnyx", "whatsapp",
})  # fmt: skip
TO_NAMES = frozenset({"tgram", "slack", "discord", "pover", "pbul", "fcm", "onesignal", "pushed", "pushy"})
PROVIDERS = TO_NUMBERS | TO_NAMES
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)
_SAMPLE_NUMBER, _SAMPLE_NAME = "+15005550006", f"cus_{'0' * 32}"
# Where apprise's providers keep their recipients. Their `len` is of no use: it is 1 for a batch and for no recipient, and
# more than 1 for one recipient that may be tried several times.
_RECIPIENT_ATTRIBUTES = ("targets", "phone", "topics", "channels", "users", "devices", "groups")


def sample_recipient(url: str) -> str:
    """A recipient to check a URL with while no message is sent."""
    scheme = _SCHEME.match(url)
    return _SAMPLE_NAME if scheme is not None and scheme[1].lower() in TO_NAMES else _SAMPLE_NUMBER


def url_rejection_reason(url: str, unrestricted: bool) -> str | None:
    """Why the URL as it is written is not allowed, in one word; None when it is."""
    scheme = _SCHEME.match(url)
    if scheme is None or not url.isprintable() or len(url) > 2000:
        return "unreadable"
    if unrestricted:
        return None
    if scheme[1].lower() not in PROVIDERS:
        return "scheme"
    return "options" if "?" in url else None


def recipient_rejection_reason(provider: Any, to: str) -> str | None:
    """Why the provider would not reach exactly the recipient `to`, in one word; None when it would.

    Apprise drops numbers that it does not recognize (it wants ten to fourteen digits) and then uses the sender's number.
    """
    kept = [getattr(provider, name) for name in _RECIPIENT_ATTRIBUTES if hasattr(provider, name)]
    recipients = [recipient for value in kept for recipient in _flat(value)]
    if len(recipients) > 1:
        return "multiple_recipients"
    schemes = provider.schemas()
    if schemes & TO_NUMBERS:
        right = [_number(one, schemes) for one in recipients] == [re.sub(r"\D", "", to)]
    else:  # names have many spellings, and the URL of a chat may have none
        right = bool(recipients) or not kept or not schemes & TO_NAMES
    return None if right else "no_recipient_placeholder"


def _flat(value: Any) -> list[Any]:
    """One list of recipients; one provider keeps them by kind."""
    if isinstance(value, dict):
        return [recipient for kind in value.values() for recipient in kind]
    return list(value) if isinstance(value, list | tuple | set) else []


def _number(recipient: Any, schemes: set[str]) -> str:
    """The digits of a recipient. Twilio keeps it behind the kind of message, VoIP.ms without the country code."""
    written = recipient[-1] if isinstance(recipient, tuple) else recipient
    return ("1" if "voipms" in schemes else "") + re.sub(r"\D", "", str(written))
