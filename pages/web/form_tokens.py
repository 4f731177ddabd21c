"""The hidden field of a session's forms as a page has it: other text on every page, so that its length tells nothing (BREACH)."""

import secrets


def masked(token: str) -> str:
    """The token, which is hexadecimal, behind a mask of its own."""
    plain = bytes.fromhex(token)
    mask = secrets.token_bytes(len(plain))
    return mask.hex() + _xor(mask, plain).hex()


def unmasked(sent: str) -> str:
    """The token of such a text; empty for any other text."""
    try:
        raw = bytes.fromhex(sent)
    except ValueError:
        return ""
    half = len(raw) // 2
    return _xor(raw[:half], raw[half:]).hex() if raw and len(raw) == 2 * half else ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
