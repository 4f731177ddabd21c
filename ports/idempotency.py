"""Idempotency keys: a request with a key takes effect once, and every repetition of it gets the same answer."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True)
class IdempotencyKey:
    """The key of one request, with what it is unique for: it belongs to the merchant and not to the API key that was used.

    route: method and path template.
    object: what the path names, such as the order's id; empty for a route without an object.
    """

    merchant: str
    route: str
    object: str
    key: str


@dataclass(frozen=True)
class RequestStarted:
    """The key is taken: execute the request, then call `finish` or `abandon`."""


@dataclass(frozen=True)
class RequestInProgress:
    """Another request with this key is executed right now."""


@dataclass(frozen=True)
class KeyReused:
    """The key was used for another body."""


@dataclass(frozen=True)
class RequestCompleted:
    """The request was executed before. `status`, `response`: what `finish` was given."""

    status: int
    response: JsonValue


BeginResult = RequestStarted | RequestInProgress | RequestCompleted | KeyReused


class IdempotencyTable(Protocol):
    """The table of idempotency keys, shared by all processes."""

    async def begin(self, key: IdempotencyKey, body_hash: str) -> BeginResult:
        """Take the key, atomically, or say what became of it.

        A key that is held longer than any request may take is given out again: its process has crashed. To execute the
        request twice is safe, since its command id is the same.
        """

    async def finish(self, key: IdempotencyKey, status: int, response: JsonValue) -> None:
        """Keep the answer of a request that took the key."""

    async def abandon(self, key: IdempotencyKey) -> None:
        """Give the key back without an answer. Only the same body may take it: the request may have had its effect."""
