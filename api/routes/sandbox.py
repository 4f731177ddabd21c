"""The sandbox clock: a merchant's time, moved by command from one deadline to the next."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from api.context import Services
from api.endpoint import Call, endpoint
from api.fields import SentInstant
from api.problems import Problem
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.clock import Instant
from domain.journey.external_events import ClockAdvanced
from services.journeys import JourneyUnavailable
from store.orders.pending_work import find_pending_work

STEP_TIMEOUT = 10.0  # seconds per step for everything due to be done
PAYMENT_TIMEOUT = 3.0  # payments run in real time: we give them a moment, not the day they may take
_POLL_INTERVAL, _MAX_POLL_INTERVAL = (
    0.01,
    0.04,
)  # seconds between two looks whether all is done: soon at first, then at leisure
_MAX_MOVE = timedelta(days=3650)


class ClockMove(Frozen):
    """Exactly one of: `advance` by an ISO 8601 duration, or go `to` an instant. Never back."""

    advance: Annotated[timedelta, Field(gt=timedelta(0), le=_MAX_MOVE)] | None = None
    to: SentInstant | None = None


class ClockView(Frozen):
    """Where the merchant's time stands, and how many journeys were woken on the way."""

    now: Instant
    woken: int = 0


@endpoint("GET", "/v1/sandbox/clock", roles={Role.STOREFRONT} | STAFF, tags=("sandbox",))
async def get_clock(call: Call[Services]) -> ClockView:
    """Where the sandbox clock stands."""
    return ClockView(now=await _clock(call))


@endpoint(
    "POST", "/v1/sandbox/clock", roles={Role.STOREFRONT} | STAFF, tags=("sandbox",), timeout=300.0,
    problems=("clock_behind",),
)  # fmt: skip
async def advance_clock(call: Call[Services], body: ClockMove) -> ClockView:
    """Move time, stopping at every deadline on the way; answers when all that was due is done.

    Raises unavailable when something due does not get done: the clock then stands there and the same move goes on.
    """
    await _clock(call)
    async with call.services.clocks.advancing(call.merchant):
        now = await _clock(call)
        target = _target(body, now)
        woken = await _wait_until_done(
            call, now
        )  # a move that was cut off set the clock and may have woken nobody
        while now < target:
            now = min([target, *await _next_due_times(call, now)])
            await call.services.clocks.set(call.merchant, now)
            woken += await _wait_until_done(call, now)
    return ClockView(now=now, woken=woken)


async def _next_due_times(call: Call[Services], now: datetime) -> list[datetime]:
    """The next moments at which something happens by itself: a journey's deadline, a held notice to be judged anew."""
    deadline = await call.services.orders.earliest_deadline(call.merchant, after=now)
    held = await call.services.outbox.earliest_held(call.merchant, after=now)
    return [at for at in (deadline, held) if at is not None]


async def _clock(call: Call[Services]) -> datetime:
    now = await call.services.clocks.get(call.merchant)
    if now is None:
        raise Problem("not_found", "Only sandbox merchants have a clock; your time is real.")
    return now


def _target(body: ClockMove, now: datetime) -> datetime:
    if (body.advance is None) == (body.to is None):
        raise Problem("invalid_body", "Give either advance or to.")
    target = body.to or now + (body.advance or timedelta())
    if target < now:
        raise Problem("clock_behind", f"The clock stands at {now.isoformat()} and never goes back.")
    if target - now > _MAX_MOVE:
        raise Problem("invalid_body", "At most ten years at a time.")
    return target


async def _wait_until_done(call: Call[Services], now: datetime) -> int:
    """Wake whoever has something due, and wait until nothing is due, unread or unsent; how many were woken."""
    loop = asyncio.get_running_loop()
    left = await find_pending_work(call.services.db, call.merchant, now)
    woken = await _wake(call, now) if left.due or left.payments_pending else 0
    begun, waited, glance = loop.time(), 0.0, _POLL_INTERVAL
    while (
        left.due
        or left.inbox_pending
        or left.outbox_pending
        or (left.payments_pending and waited <= PAYMENT_TIMEOUT)
    ):
        if waited > STEP_TIMEOUT:
            raise _not_done(now)
        await asyncio.sleep(glance)
        glance = min(glance * 1.3, _MAX_POLL_INTERVAL)
        left = await find_pending_work(call.services.db, call.merchant, now)
        waited = loop.time() - begun
    return woken


async def _wake(call: Call[Services], now: datetime) -> int:
    """Tell the journeys that have something due, a few at a time."""
    orders = await call.services.orders.due(call.merchant, now)
    gate = asyncio.Semaphore(8)

    async def tell(order: str) -> None:
        async with gate:
            await call.services.journeys.signal(call.merchant, order, ClockAdvanced(now=now))

    try:
        await asyncio.gather(*(tell(order) for order in orders))
    except JourneyUnavailable:
        raise _not_done(now) from None
    return len(orders)


def _not_done(now: datetime) -> Problem:
    return Problem(
        "unavailable",
        f"Not all that is due at {now.isoformat()} is done yet; move on again.",
        retry_after=2.0,
    )
