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
from ports.idempotency import Begun, Done, IdempotencyTable, OtherBody, Slot

log = logging.getLogger(__name__)

Demand = Literal["required", "optional", "none"]
PATIENCE = 5.0  # seconds a request waits for its running twin
LETTING_GO = 1.0  # seconds a request waits, beyond its deadline, for writing down what came of it
_GLANCE = 0.05  # seconds between looks at the twin
FINAL: Final = frozenset({409, 422})  # refusals by rule and collisions: repeating them would not help


@dataclass(frozen=True)
class Answer:
    """What the first request was answered. Bytes are an image or a page; only JSON can be kept."""

    status: int
    body: JsonValue | bytes
    headers: Mapping[str, str] = field(default_factory=dict)


_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(request: web.Request, demand: Demand) -> str | None:
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


def command_id(slot: Slot | None) -> str:
    """The id under which Temporal knows this command, so that a retry joins the same update; random without a key."""
    if slot is None:
        return secrets.token_hex(32)
    return hashlib.sha256(json.dumps(astuple(slot)).encode()).hexdigest()


def fingerprint(path: Mapping[str, str], sent: JsonValue) -> str:
    """Hash of what is asked, equal for bodies that differ only in spaces or in the order of keys."""
    canonical = json.dumps([dict(path), sent], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def once(
    table: IdempotencyTable,
    slot: Slot,
    body_hash: str,
    act: Callable[[], Awaitable[Answer]],
    patience: float = PATIENCE,
) -> Answer:
    """Runs `act` unless its answer is known already.

    2xx and final refusals (409, 422) are kept and given again; anything else (503, 429, a crash) frees the key, so that a
    retry of the same body runs again. Raises Problem idempotency_key_reused, or request_in_progress when the twin takes too long.
    """
    known = await _take(table, slot, body_hash, patience)
    if known is not None:
        return known
    try:
        answer = await _final(act)
        await table.finish(slot, answer.status, _kept(answer))
    except BaseException:
        await _let_go(table, slot)
        raise
    return answer


async def _final(act: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer to keep, a final refusal included."""
    try:
        return await act()
    except Problem as problem:
        if problem.status not in FINAL:
            raise
        return Answer(problem.status, problem.document(), problem.headers)


async def _take(table: IdempotencyTable, slot: Slot, body_hash: str, patience: float) -> Answer | None:
    """None once the slot is ours, or the kept answer."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        match await table.begin(slot, body_hash):
            case Begun():
                return None
            case Done(status=status, answer=kept):
                return _replayed(status, kept)
            case OtherBody():
                raise Problem("idempotency_key_reused")
        if loop.time() >= until:
            raise Problem("request_in_progress", retry_after=1)
        await asyncio.sleep(_GLANCE)


def _kept(answer: Answer) -> JsonValue:
    if isinstance(answer.body, bytes):
        raise TypeError("only JSON answers can be kept")
    return {"body": answer.body, "headers": dict(answer.headers)}


def _replayed(status: int, kept: JsonValue) -> Answer:
    match kept:
        case {"body": body, "headers": dict(headers)}:
            sent = {name: str(value) for name, value in headers.items()}
            return Answer(status, body, {**sent, "Idempotent-Replayed": "true"})
    raise TypeError("the kept answer is not one of ours")


async def _let_go(table: IdempotencyTable, slot: Slot) -> None:
    """Frees the slot; if even that fails the first failure is the one to tell, and the table's own lease ends it.

    A table that stands still goes on without us.
    """
    try:
        async with asyncio.timeout(LETTING_GO):
            await asyncio.shield(table.abandon(slot))
    except Exception as error:  # noqa: BLE001 - must not hide why we let go
        log.warning("idempotency slot not freed: %s", type(error).__name__)
