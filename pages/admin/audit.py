"""The audit: everything that was done for the merchant, by whom."""

from aiohttp import web

from domain.actors import Role
from pages.admin.frame import ADMIN, page_of, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit


@staff_page("GET", f"{ADMIN}/audit", roles={Role.ADMIN, Role.SENIOR_AGENT, Role.FINANCE})
async def list_audit_lines(visit: Visit, user: StaffUser) -> web.Response:
    """The lines, the oldest first."""
    lines = await visit.services.orders.history.audit_lines(user.merchant, page_of(visit, 100))
    return show(visit, "audit", "audit", lines=lines)
