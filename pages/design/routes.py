"""`/design`: every token, chip, timeline and state of the design system on one page, in embedded mode only."""

from datetime import UTC, date, datetime

from aiohttp import web

from api.http.problems import Problem
from pages.design.entries import JourneyEntry, LaneEntry
from pages.web.rendering import render
from pages.web.routes import page
from pages.web.visit import Visit

_AT = datetime(2026, 12, 1, 6, 12, tzinfo=UTC)
_DUE = date(2026, 12, 3)
_AMOUNT = {"minor": 11200, "currency": "GBP"}


@page("GET", "/design")
async def customer_sample(visit: Visit) -> web.Response:
    """The customer's side. `?dir=rtl` mirrors it."""
    return render(
        _sample(visit), "design/samples_customer.html", entries=_entries(), due=_DUE, amount=_AMOUNT
    )


@page("GET", "/design/console")
async def console_sample(visit: Visit) -> web.Response:
    """The console's side. `?dir=rtl` mirrors it."""
    user = {"name": "Priya Nair", "initials": "PN", "role": "admin"}
    return render(
        _sample(visit).read_as(user=user, section="queue"),
        "design/samples_console.html",
        lanes=_lanes(),
        amount=_AMOUNT,
    )


def _sample(visit: Visit) -> Visit:
    """Raises Problem outside of the embedded mode."""
    if not visit.embedded:
        raise Problem("not_found")
    return visit.read_as(zone="Europe/London")


def _entries() -> list[JourneyEntry]:
    return [
        JourneyEntry("At your door", "moved", _DUE, text="First promised for Tuesday"),
        JourneyEntry("Bristol depot", "future", datetime(2026, 12, 2, 22, tzinfo=UTC)),
        JourneyEntry("Left the Swindon hub", "now", _AT),
        JourneyEntry("Collected from our warehouse", "past", datetime(2026, 11, 30, 17, 5, tzinfo=UTC)),
    ]


def _lanes() -> list[LaneEntry]:
    later, earlier = datetime(2026, 12, 2, 8, tzinfo=UTC), datetime(2026, 11, 28, 12, 11, tzinfo=UTC)
    return [
        LaneEntry("Package 2 presumed lost", "if", icon="circle-help", at=_DUE, when="Thu 3 Dec", text="if no scan comes"),
        LaneEntry("We write again", "plan", icon="mail", at=later, who="smot"),
        LaneEntry(state="now", at=_AT),
        LaneEntry("Note.", lane="note", icon="pencil", at=_AT, text="Third lamp this week.", who="Priya Nair"),
        LaneEntry("Your parcel is late", lane="letter", icon="mail", at=_AT, link=("#", "read"), who="smot"),
        LaneEntry(state="day", at=earlier),
        LaneEntry("Return in review", lane="ask", icon="shield", at=earlier, who="smot"),
        LaneEntry("24.00 as store credit", lane="money", icon="banknote", at=earlier, who="smot"),
        LaneEntry("Package 1 delivered", icon="check", at=earlier, who="DPD"),
    ]  # fmt: skip
