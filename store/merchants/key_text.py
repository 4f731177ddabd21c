"""The text of API keys: `smot_live_…`, `smot_test_…` and `smot_platform_…`, with a checksum at the end.

`smot_(live|test|platform)_[0-9a-f]{8}_[0-9A-Za-z]{49}` finds them all, for scanners of source code. The eight characters name the
key; 43 are random, more than 255 bits; the last six are the CRC-32 of all before, so that a scanner and a mistyped key are told
without a look-up.
"""

import re
import secrets
import string
from zlib import crc32

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 43, 6  # characters
_PATTERN = re.compile(rf"smot_(?:live|test|platform)_([0-9a-f]{{8}})_[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")


def new_key_text(merchant: str | None, sandbox: bool) -> tuple[str, str]:
    """The id and the text of a new key. merchant: None for the platform's admin. sandbox: of that merchant."""
    kind = "platform" if merchant is None else "test" if sandbox else "live"
    key_id = secrets.token_hex(4)
    text = f"smot_{kind}_{key_id}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return key_id, text + _checksum(text)


def key_id_of(text: str) -> str | None:
    """The id in a key's text; None for what cannot be a key of ours."""
    match = _PATTERN.fullmatch(text)
    return match[1] if match and _checksum(text[:-_CHECK]) == text[-_CHECK:] else None


def _checksum(text: str) -> str:
    number, digits = crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
