"""Signed texts that are short enough for an SMS: names of ours in clear, and an HMAC of 128 bits."""

import base64
import hashlib
import hmac
import re

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIGNATURE_BYTES = 16


class ShortSigner:
    """Signs lists of names. They can be read in the text, so none may be personal.

    `earlier`: keys that are not signed with any more, and whose texts stay good.
    """

    def __init__(self, key: bytes, *earlier: bytes) -> None:
        self._keys = (key, *earlier)

    def sign(self, *names: str) -> str:
        """The names and their signature. Raises ValueError for a name that is no plain id."""
        if not all(map(_NAME.fullmatch, names)):
            raise ValueError("only plain ids are signed")
        body = "~".join(names)
        return f"{body}~{_signature(self._keys[0], body)}"

    def verify(self, text: str) -> list[str]:
        """The names that we signed; empty for anything else."""
        body, _, signature = text.rpartition("~")
        good = text.isascii() and any(
            hmac.compare_digest(signature, _signature(key, body)) for key in self._keys
        )
        return body.split("~") if good else []


def _signature(key: bytes, body: str) -> str:
    digest = hmac.digest(key, body.encode(), hashlib.sha256)[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
