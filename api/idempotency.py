"""One effect per Idempotency-Key: parallel and repeated requests get the first one's answer."""

import asyncio
import hashlib
import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Final, Literal

from aiohttp import web
from pydantic import JsonValue

from api.problems import Problem
from domain import keys
from ports.idempotency import IdempotencyKey, IdempotencyTable, KeyReused, RequestCompleted, RequestStarted

log = logging.getLogger(__name__)

KeyRequirement = Literal["required", "optional", "none"]
WAIT_TIMEOUT = 5.0  # seconds a request waits for its running twin
RELEASE_TIMEOUT = 1.0  # seconds a request waits, beyond its deadline, for writing down what came of it
_POLL_INTERVAL = 0.05  # seconds between looks at the twin
FINAL_STATUSES: Final = frozenset(
    {409, 422}
)  # refusals by rule and collisions: repeating them would not help


@dataclass(frozen=True)
class StoredResponse:
    """What the first request was answered. Bytes are an image or a page; only JSON can be kept."""

    status: int
    body: JsonValue | bytes
    headers: Mapping[str, str] = field(default_factory=dict)


_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(request: web.Request, demand: KeyRequirement) -> str | None:
    """The key, whether sent quoted (as the draft standard says) or bare. Raises Problem idempotency_key_…"""
    if demand == "none":
        return None
    sent = request.headers.getall("Idempotency-Key", [])
    if not sent and demand == "required":
        raise Problem("idempotency_key_missing")
    if not sent:
        return None
    quoted = _QUOTED.fullmatch(sent[0])
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else sent[0]
    if len(sent) > 1 or not _KEY.fullmatch(key):
        raise Problem("idempotency_key_invalid")
    return key


def command_id(slot: IdempotencyKey | None) -> str:
    """The id under which Temporal knows this command, so that a retry joins the same update; random without a key."""
    if slot is None:
        return secrets.token_hex(32)
    return keys.command(*astuple(slot))


def fingerprint(path: Mapping[str, str], sent: JsonValue) -> str:
    """Hash of what is asked, equal for bodies that differ only in spaces or in the order of keys."""
    canonical = json.dumps([dict(path), sent], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def run_once(
    table: IdempotencyTable,
    slot: IdempotencyKey,
    body_hash: str,
    handle: Callable[[], Awaitable[StoredResponse]],
    timeout: float = WAIT_TIMEOUT,
) -> StoredResponse:
    """Runs `act` unless its answer is known already.

    2xx and final refusals (409, 422) are kept and given again; anything else (503, 429, a crash) frees the key, so that a
    retry of the same body runs again. Raises Problem idempotency_key_reused, or request_in_progress when the twin takes too long.
    """
    known = await _acquire(table, slot, body_hash, timeout)
    if known is not None:
        return known
    try:
        answer = await _final(handle)
        await table.finish(slot, answer.status, _to_stored(answer))
    except BaseException:
        await _release(table, slot)
        raise
    return answer


async def _final(act: Callable[[], Awaitable[StoredResponse]]) -> StoredResponse:
    """The answer to keep, a final refusal included."""
    try:
        return await act()
    except Problem as problem:
        if problem.status not in FINAL_STATUSES:
            raise
        return StoredResponse(problem.status, problem.document(), problem.headers)


async def _acquire(
    table: IdempotencyTable, slot: IdempotencyKey, body_hash: str, timeout: float
) -> StoredResponse | None:
    """None once the slot is ours, or the kept answer."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    while True:
        match await table.begin(slot, body_hash):
            case RequestStarted():
                return None
            case RequestCompleted(status=status, response=kept):
                return _from_stored(status, kept)
            case KeyReused():
                raise Problem("idempotency_key_reused")
        if loop.time() >= until:
            raise Problem("request_in_progress", retry_after=1)
        await asyncio.sleep(_POLL_INTERVAL)


def _to_stored(answer: StoredResponse) -> JsonValue:
    if isinstance(answer.body, bytes):
        raise TypeError("only JSON answers can be kept")
    return {"body": answer.body, "headers": dict(answer.headers)}


def _from_stored(status: int, kept: JsonValue) -> StoredResponse:
    match kept:
        case {"body": body, "headers": dict(headers)}:
            sent = {name: str(value) for name, value in headers.items()}
            return StoredResponse(status, body, {**sent, "Idempotent-Replayed": "true"})
    raise TypeError("the kept answer is not one of ours")


async def _release(table: IdempotencyTable, slot: IdempotencyKey) -> None:
    """Frees the slot; if even that fails the first failure is the one to tell, and the table's own lease ends it.

    A table that stands still goes on without us.
    """
    try:
        async with asyncio.timeout(RELEASE_TIMEOUT):
            await asyncio.shield(table.abandon(slot))
    except Exception as error:  # noqa: BLE001 - must not hide why we let go
        log.warning("idempotency slot not freed: %s", type(error).__name__)
