"""The clock of a sandbox merchant: moved by a button, stopping at every deadline on the way."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from api.http.problems import Problem
from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.merchants.sandbox_clock import AdvancedClock, NotSandbox, WorkUnfinished

_PATH = f"{ADMIN}/sandbox"
_STEPS: Final = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
_LONGEST: Final = 300.0  # seconds until everything that is due is done


@staff_page("GET", _PATH, roles=ADMINS)
async def show_clock(visit: Visit, user: StaffUser) -> web.Response:
    """What time it is for the merchant."""
    return await _clock(visit, user)


@staff_page("POST", _PATH, roles=ADMINS, timeout=_LONGEST)
async def advance_clock(visit: Visit, user: StaffUser) -> web.Response:
    """Advance the clock by one step."""
    step = visit.form.choice("step", _STEPS)
    if step is None:
        raise Problem("invalid_body", "Choose by how much.")

    def target(now: datetime) -> datetime:
        return now + _STEPS[step]

    try:
        done = await visit.services.merchants.sandbox_clock.advance(user.merchant, target)
    except NotSandbox:
        raise Problem("not_found") from None
    except WorkUnfinished:
        return await _clock(visit, user, unfinished=True)
    return await _clock(visit, user, done=done)


async def _clock(
    visit: Visit, user: StaffUser, *, done: AdvancedClock | None = None, unfinished: bool = False
) -> web.Response:
    try:
        now: datetime | None = await visit.services.merchants.sandbox_clock.now(user.merchant)
    except NotSandbox:
        now = None
    return show(visit, "sandbox", "sandbox", now=now, done=done, unfinished=unfinished)
