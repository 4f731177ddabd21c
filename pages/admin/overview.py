"""`/agents/admin`: the parts of the settings."""

from aiohttp import web

from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit


@staff_page("GET", ADMIN, roles=ADMINS)
async def overview(visit: Visit, user: StaffUser) -> web.Response:
    """The parts with one sentence each."""
    return show(visit, "overview", "")
