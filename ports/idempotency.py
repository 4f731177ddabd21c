"""Idempotency keys: one effect per key, and its response for every repetition."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True)
class IdempotencyKey:
    """One key in its scope. `route`: method and path template. `caller`: so that callers cannot use each other's keys."""

    merchant: str
    caller: str
    route: str
    key: str


@dataclass(frozen=True)
class RequestStarted:
    """The slot is ours: run the request, then finish or abandon the slot."""


@dataclass(frozen=True)
class RequestInProgress:
    """Another request with this key is running."""


@dataclass(frozen=True)
class KeyReused:
    """The key was used for another request."""


@dataclass(frozen=True)
class RequestCompleted:
    """The request was completed; `status` and `response` are what `finish` was given."""

    status: int
    response: JsonValue


class IdempotencyTable(Protocol):
    """Shared by all processes.

    `begin` is atomic. It gives out again a slot that was running longer than any request may take (a crash); a second run is
    safe because the command id is the same. `finish` and `abandon` are for a slot that is ours. An abandoned slot is free
    for the same body only, because it is unknown whether the first request had its effect.
    """

    async def begin(
        self, key: IdempotencyKey, body_hash: str
    ) -> RequestStarted | RequestInProgress | RequestCompleted | KeyReused: ...

    async def finish(self, key: IdempotencyKey, status: int, response: JsonValue) -> None: ...

    async def abandon(self, key: IdempotencyKey) -> None: ...
