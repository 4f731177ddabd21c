"""Masks personal data, keys, secrets and card numbers in log lines."""

import re
from collections.abc import Mapping
from typing import Any, Final

from domain.sealed import Sealed
from services.exceptions import describe_exception

MASKED: Final = "[masked]"
_MAX_LENGTH = 4000  # characters of one value
_MAX_DEPTH = 6
# Values under these keys are always masked: names and addresses cannot be recognized by a pattern.
SENSITIVE: Final = frozenset(
    [
        "name",
        "email",
        "e_mail",
        "mail",
        "phone",
        "address",
        "street",
        "city",
        "postcode",
        "to",
        "recipient",
        "customer_id",
        "order_id",
        "authorization",
        "cookie",
        "secret",
        "secrets",
        "password",
        "token",
        "api_key",
        "master_key",
        "signature",
        "subject_line",
        "text",
        "html",
        "short",
        "body",
        "override_reason",
        "note",
        "notes",
        "ciphertext",
    ]
)
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(\w+://)[^\s/]*@(?=[\w\[])"), r"\1[secret]@"),
    (re.compile(r"(?i)\b(bearer|basic) +[A-Za-z0-9\-._~+/]{6,}=*"), r"\1 [secret]"),
    (re.compile(r"\bsmot_(?:live|test|platform)_[0-9a-f]{8}_[0-9A-Za-z]{10,}"), "[secret]"),
    (re.compile(r"\bcust_[A-Za-z0-9_.~-]{10,}"), "[secret]"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), "[secret]"),
    (re.compile(r"\bv1a?,[A-Za-z0-9+/]{20,}={0,2}"), "[secret]"),
    (re.compile(r"hmac-sha256-hex=[0-9A-Fa-f]+"), "[secret]"),
    (re.compile(r"""(["']?ciphertext["']?\s*[:=]\s*["']?)[A-Za-z0-9+/=]{16,}"""), r"\1[sealed]"),
    (re.compile(r"[\w.+%'-]+(?:@|%40|\\u0040)[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(r"(?<![\w.:+-])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){7,14}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.:+-])0[1-9](?:[ ()/-]{0,2}\d){7,11}(?![\w:-]|\.\d)"), "[phone]"),
)
_DIGITS: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w|\.\d)")


def redacted(value: Any, depth: int = 0) -> Any:
    """The value with every part masked that matches a private pattern, or that is under a sensitive key."""
    if value is None or isinstance(value, bool | int | float):
        return _card(value) if type(value) is int and abs(value) >= 10**12 else value
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, Sealed) or depth >= _MAX_DEPTH:
        return MASKED
    if isinstance(value, Mapping):
        return {
            masked(str(key)): MASKED if _sensitive(key) and content else redacted(content, depth + 1)
            for key, content in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(item, depth + 1) for item in value]
    if isinstance(value, BaseException):
        return described(value)
    return masked(str(value))


def masked(text: str) -> str:
    """The text with private patterns masked."""
    if len(text) > _MAX_LENGTH:
        text = text[:_MAX_LENGTH] + "…"
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return _DIGITS.sub(lambda run: "[card]" if is_card_number(run[0]) else run[0], text)


def is_card_number(text: str) -> bool:
    """13 to 19 digits with a valid Luhn checksum, which all card numbers have."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def described(error: BaseException) -> str:
    """Types and places of an exception and of its causes, without locals or lines of source.

    Only messages of our own exceptions and of the operating system are included, masked: messages of libraries quote what
    they were given.
    """
    return describe_exception(error, _message)


OUR_PACKAGES: Final = frozenset(
    [
        "domain",
        "ports",
        "store",
        "adapters",
        "activities",
        "workflows",
        "services",
        "api",
        "pages",
        "runtime",
        "demo",
        "replay",
        "simulators",
        "failpoints",
    ]
)


def _message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return masked(error.strerror)
    return masked(str(error)) if type(error).__module__.split(".")[0] in OUR_PACKAGES else ""


def _sensitive(key: object) -> bool:
    return str(key).lower().replace("-", "_") in SENSITIVE


def _card(value: int) -> Any:
    return "[card]" if is_card_number(str(abs(value))) else value
