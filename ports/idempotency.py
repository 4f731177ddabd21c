"""The truth about idempotency keys: one effect per key, and its answer for everybody who asks again."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True)
class IdempotencyKey:
    """Where one key lives. `route` is method and path template; `caller` keeps keys of others out of reach."""

    merchant: str
    caller: str
    route: str
    key: str


@dataclass(frozen=True)
class RequestStarted:
    """The slot is ours: do it, then finish or abandon."""


@dataclass(frozen=True)
class RequestInProgress:
    """Somebody else is doing it right now."""


@dataclass(frozen=True)
class KeyReused:
    """The key was used for something else."""


@dataclass(frozen=True)
class RequestCompleted:
    """It was done; `status` and `answer` are what `finish` was given."""

    status: int
    response: JsonValue


class IdempotencyTable(Protocol):
    """Shared by all processes.

    `begin` is atomic and hands out a slot again that was left running longer than any request may take (a crash); doing
    it twice is safe because the command id is the same. `finish` and `abandon` concern a slot that is ours; one that was
    abandoned is free for the same body only, as nobody knows whether the first request had its effect.
    """

    async def begin(
        self, key: IdempotencyKey, body_hash: str
    ) -> RequestStarted | RequestInProgress | RequestCompleted | KeyReused: ...

    async def finish(self, key: IdempotencyKey, status: int, response: JsonValue) -> None: ...

    async def abandon(self, key: IdempotencyKey) -> None: ...
