"""One effect per Idempotency-Key: parallel and repeated requests get the response of the first one."""

import asyncio
import hashlib
import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Final, Literal

from aiohttp import web
from pydantic import JsonValue

from api.http.problems import Problem
from domain import keys
from ports.idempotency import IdempotencyKey, IdempotencyTable, KeyReused, RequestCompleted, RequestStarted

log = logging.getLogger(__name__)

Audience = Literal["shop", "customer"]
KeyRequirement = Literal["required", "optional", "none"]
WAIT_TIMEOUT = 5.0  # seconds that a request waits for the running one with the same key
RELEASE_TIMEOUT = 1.0  # seconds that a request waits, beyond its deadline, until its outcome is written
_POLL_INTERVAL = 0.05  # seconds between two reads of the running request
FINAL_STATUSES: Final = frozenset({409, 422})  # conflicts and refusals by rule: a repetition would not help


@dataclass(frozen=True)
class StoredResponse:
    """The response to the first request. Bytes are an image or a page; only JSON can be stored.

    audience: for whom it was made. A customer does not see all that the shop sees.
    """

    status: int
    body: JsonValue | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    audience: Audience = "shop"


_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(request: web.Request, requirement: KeyRequirement) -> str | None:
    """The key, sent quoted (as the draft standard says) or bare. Raises Problem idempotency_key_…"""
    if requirement == "none":
        return None
    sent = request.headers.getall("Idempotency-Key", [])
    if not sent and requirement == "required":
        raise Problem("idempotency_key_missing")
    if not sent:
        return None
    quoted = _QUOTED.fullmatch(sent[0])
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else sent[0]
    if len(sent) > 1 or not _KEY.fullmatch(key):
        raise Problem("idempotency_key_invalid")
    return key


def command_id(slot: IdempotencyKey | None) -> str:
    """The id of the command in Temporal, so that a retry joins the same update; random without a key."""
    if slot is None:
        return secrets.token_hex(32)
    return keys.command(*astuple(slot))


def fingerprint(sent: JsonValue) -> str:
    """Hash of the body, equal for bodies that differ only in white space or in the order of keys."""
    canonical = json.dumps(sent, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def run_once(
    table: IdempotencyTable,
    slot: IdempotencyKey,
    body_hash: str,
    handle: Callable[[], Awaitable[StoredResponse]],
    audience: Audience = "shop",
) -> StoredResponse:
    """Run `handle` unless its response is stored already.

    A response that was made for another audience is not sent: the request is handled again, as the same command, which has no
    second effect.

    2xx and final refusals (409, 422) are stored and sent again; anything else (503, 429, a crash) frees the key, so that a
    retry of the same body runs again. Raises Problem idempotency_key_reused, or request_in_progress when the running request
    takes too long.
    """
    stored = await _acquire(table, slot, body_hash, WAIT_TIMEOUT)
    if stored is not None:
        return stored if stored.audience == audience else await _final(handle)
    try:
        response = replace(await _final(handle), audience=audience)
        await table.finish(slot, response.status, _to_stored(response))
    except BaseException:
        await _release(table, slot)
        raise
    return response


async def _final(handle: Callable[[], Awaitable[StoredResponse]]) -> StoredResponse:
    """The response to store, a final refusal included."""
    try:
        return await handle()
    except Problem as problem:
        if problem.status not in FINAL_STATUSES:
            raise
        return StoredResponse(problem.status, problem.document(), problem.headers)


async def _acquire(
    table: IdempotencyTable, slot: IdempotencyKey, body_hash: str, timeout: float
) -> StoredResponse | None:
    """None once the slot is ours; else the stored response."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    while True:
        match await table.begin(slot, body_hash):
            case RequestStarted():
                return None
            case RequestCompleted(status=status, response=stored):
                return _from_stored(status, stored)
            case KeyReused():
                raise Problem("idempotency_key_reused")
        if loop.time() >= until:
            raise Problem("request_in_progress", retry_after=1)
        await asyncio.sleep(_POLL_INTERVAL)


def _to_stored(response: StoredResponse) -> JsonValue:
    if isinstance(response.body, bytes):
        raise TypeError("only JSON responses can be stored")
    return {"body": response.body, "headers": dict(response.headers), "audience": response.audience}


def _from_stored(status: int, stored: JsonValue) -> StoredResponse:
    match stored:
        case {"body": body, "headers": dict(headers), "audience": "shop" | "customer" as audience}:
            sent = {name: str(value) for name, value in headers.items()}
            return StoredResponse(status, body, {**sent, "Idempotent-Replayed": "true"}, audience)
    raise TypeError("the stored response is not of our form")


async def _release(table: IdempotencyTable, slot: IdempotencyKey) -> None:
    """Free the slot. If that fails too, the first failure is raised and the slot's lease frees it later.

    A table that hangs is not waited for longer than RELEASE_TIMEOUT.
    """
    try:
        async with asyncio.timeout(RELEASE_TIMEOUT):
            await asyncio.shield(table.abandon(slot))
    except Exception as error:  # noqa: BLE001 - must not hide the first failure
        log.warning("idempotency slot not freed: %s", type(error).__name__)
