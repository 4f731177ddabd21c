"""The clock of a sandbox merchant: moved by a button, stopping at every deadline on the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from api.http.problems import Problem
from domain.tracking.scripts import SCRIPTS
from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.inbound.scripted_parcels import PlayedStep, ScriptRefused
from services.merchants.sandbox_clock import AdvancedClock, NotSandbox, WorkUnfinished

_PATH = f"{ADMIN}/sandbox"
_STEPS: Final = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}
_LONGEST: Final = 300.0  # seconds until everything that is due is done
_LINK_HOURS: Final = 24


@dataclass(frozen=True)
class _Played:
    """A step that was played, with where to watch it; or why none was: `unknown` order, or `refused` by it."""

    number: str
    script: str
    step: PlayedStep | None = None
    order: str = ""
    token: str = ""
    fault: str = ""


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


@staff_page("POST", _PATH + "/parcels", roles=ADMINS, timeout=_LONGEST)
async def play_parcel(visit: Visit, user: StaffUser) -> web.Response:
    """The next step of a scripted parcel of that order."""
    number, chosen = visit.form.text("order", 100), visit.form.choice("script", SCRIPTS)
    script = next((one for one in SCRIPTS if one == chosen), None)
    order = await visit.services.orders.reader.find(user.merchant, number) if number else None
    if order is None or script is None:
        return await _clock(visit, user, played=_Played(number, chosen or "", fault="unknown"))
    scripts = visit.services.inbound.scripted_parcels
    try:
        step = await scripts.play(user.actor, order, script)
    except NotSandbox:
        raise Problem("not_found") from None
    except WorkUnfinished:
        return await _clock(visit, user, unfinished=True)
    except ScriptRefused:
        return await _clock(visit, user, played=_Played(number, script, fault="refused"))
    token, _ = await visit.services.orders.links.create(order, _LINK_HOURS)
    return await _clock(visit, user, played=_Played(number, script, step, order.id, token))


async def _clock(
    visit: Visit,
    user: StaffUser,
    *,
    done: AdvancedClock | None = None,
    unfinished: bool = False,
    played: _Played | None = None,
) -> web.Response:
    try:
        now: datetime | None = await visit.services.merchants.sandbox_clock.now(user.merchant)
    except NotSandbox:
        now = None
    return show(
        visit,
        "sandbox",
        "sandbox",
        status=422 if played and played.fault else 200,
        now=now,
        done=done,
        unfinished=unfinished,
        played=played,
    )
