"""`/agents/admin`: the parts of the settings."""

from aiohttp import web

from domain.actors import STAFF, Role
from pages.admin.frame import ADMIN, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit


@staff_page("GET", ADMIN, roles=STAFF | {Role.FINANCE})
async def overview(visit: Visit, user: StaffUser) -> web.Response:
    """The parts that are open to the user, with one sentence each."""
    return show(visit, "overview", "")
