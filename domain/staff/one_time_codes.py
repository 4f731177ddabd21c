"""Codes of the second factor, as RFC 6238 has them: six digits that change every thirty seconds."""

import base64
import hmac
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP: Final = 30  # seconds
DIGITS: Final = 6
SECRET_BYTES: Final = 20
_DRIFT: Final = 1  # steps by which the clock of a phone may differ


def step_at(now: datetime) -> int:
    """The number of the time step."""
    return int(now.timestamp()) // STEP


def code_at(secret: bytes, step: int) -> str:
    """The code of that time step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step to which the code belongs, near now; None for a wrong code."""
    digits = code.replace(" ", "")
    found = None
    for step in range(step_at(now) - _DRIFT, step_at(now) + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), digits.encode()):
            found = step
    return found


def base32_of(secret: bytes) -> str:
    """The secret as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrolment_uri(secret: bytes, shop: str, email: str) -> str:
    """The address in the QR code that an app reads."""
    label = quote(f"smot {shop}:{email}", safe="@:")
    fields = {"secret": base32_of(secret), "issuer": f"smot {shop}", "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(fields, quote_via=quote)}"
