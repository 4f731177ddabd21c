"""Routes: the sandbox clock, a merchant's time that is advanced on request."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.fields import SentInstant
from api.http.problems import Problem
from api.request_context import accepted, order_of
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import LAST_INSTANT, Instant
from domain.tracking.scripts import ScriptName
from services.inbound.scripted_parcels import PlayedStep, ScriptRefused
from services.merchants.sandbox_clock import NotSandbox, WorkUnfinished

_MAX_MOVE = timedelta(days=3650)
_LATEST = datetime(2101, 1, 1, tzinfo=UTC)  # every other instant that is sent is before it too


class ClockMove(Frozen):
    """Exactly one of `advance` and `to`; never back."""

    advance: Annotated[timedelta, Field(gt=timedelta(0), le=_MAX_MOVE)] | None = None
    """By how much, as an ISO 8601 duration such as `P2D` or `PT6H`."""
    to: SentInstant | None = None
    """To which instant."""


class ClockView(Frozen):
    """The time of a sandbox merchant."""

    now: Instant
    """The merchant's time."""
    woken: int = 0
    """How many journeys were woken on the way."""


@endpoint(
    "GET", "/v1/sandbox/clock", roles={Role.STOREFRONT} | STAFF, tags=("sandbox",), problems=("not_found",)
)
async def get_clock(call: Call[Services]) -> ClockView:
    """The time of the sandbox clock; `not_found` for a merchant whose time is real."""
    try:
        return ClockView(now=await call.services.merchants.sandbox_clock.now(call.merchant))
    except NotSandbox:
        raise _no_clock() from None


@endpoint(
    "POST", "/v1/sandbox/clock", roles={Role.STOREFRONT} | STAFF, tags=("sandbox",), timeout=300.0,
    problems=("not_found", "clock_behind"),
)  # fmt: skip
async def advance_clock(call: Call[Services], body: ClockMove) -> ClockView:
    """Advance the clock, stopping at every deadline on the way; answers when all that was due is done.

    503 when something that is due is not done in time: the clock stays there, and the same request goes on from there.
    """
    try:
        done = await call.services.merchants.sandbox_clock.advance(call.merchant, partial(_target, body))
    except NotSandbox:
        raise _no_clock() from None
    except WorkUnfinished as problem:
        raise _unfinished(problem) from None
    return ClockView(now=done.now, woken=done.woken)


class ScriptedStep(Frozen):
    """Which script goes on."""

    script: ScriptName
    """`on_time`; `late`: after the promise; `silent`: no scan after the first ones; `returned`: back to the sender."""


@endpoint(
    "POST", "/v1/orders/{order}/sandbox-scans", roles={Role.STOREFRONT} | STAFF, tags=("sandbox",), timeout=300.0,
    problems=("not_found", "refused"),
)  # fmt: skip
async def play_scripted_parcel(call: Call[Services], body: ScriptedStep) -> PlayedStep:
    """Play the next step of a scripted parcel: the clock moves on, and then the carrier reports. The first step registers it."""
    order = await order_of(call)
    try:
        return await call.services.inbound.scripted_parcels.play(call.caller.actor, order, body.script)
    except NotSandbox:
        raise _no_clock() from None
    except WorkUnfinished as problem:
        raise _unfinished(problem) from None
    except ScriptRefused as refusal:
        await accepted(call, order, refusal.result)
        raise AssertionError("a refusal is a problem") from refusal


def _unfinished(problem: WorkUnfinished) -> Problem:
    detail = f"Not all that is due at {problem.now.isoformat()} is done yet; repeat the request."
    return Problem("unavailable", detail, retry_after=2.0)


def _no_clock() -> Problem:
    return Problem("not_found", "Only sandbox merchants have a clock; your time is real.")


def _target(body: ClockMove, now: datetime) -> datetime:
    if (body.advance is None) == (body.to is None):
        raise Problem("invalid_body", "Give either advance or to.")
    if body.advance is not None and now + body.advance >= _LATEST:
        raise Problem("invalid_body", "The clock ends with the year 2100.")
    target = body.to or now + (body.advance or timedelta())
    if target < now:
        raise Problem("clock_behind", f"The clock stands at {now.isoformat()} and never goes back.")
    if target - now > _MAX_MOVE:
        raise Problem("invalid_body", "At most ten years at a time.")
    if target > LAST_INSTANT:
        raise Problem("invalid_body", f"The clock goes no further than {LAST_INSTANT.isoformat()}.")
    return target
