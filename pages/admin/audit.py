"""The audit: everything that was done for the merchant, by whom."""

from typing import Any

from aiohttp import web

from domain.actors import Role
from pages.admin.frame import ADMIN, page_of, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.line_amounts import AMOUNTS
from services.orders.history import AuditFilter


@staff_page("GET", f"{ADMIN}/audit", roles={Role.ADMIN, Role.SENIOR_AGENT, Role.FINANCE})
async def list_audit_lines(visit: Visit, user: StaffUser) -> web.Response:
    """The lines, the newest first; of one order or of one who acted, if the address names one."""
    number, actor = visit.query.text("order", 64), visit.query.text("actor", 64)
    order = await visit.services.orders.reader.find(user.merchant, number) if number else None
    unknown = bool(number) and order is None
    wanted = AuditFilter(actor=actor, newest_first=True)
    history = visit.services.orders.history
    lines = await history.audit_lines(user.merchant, page_of(visit, 50), order, wanted)
    orders = {line.order for line in lines.items if line.order}
    numbers = {one: await _number(visit, user, one) for one in orders}
    found: dict[str, Any] = {"lines": [], "next": None}
    if not unknown:
        found = {"lines": lines.items, "next": lines.next}
    return show(visit, "audit", "audit", number=number, actor=actor, numbers=numbers, sums=AMOUNTS, **found)


async def _number(visit: Visit, user: StaffUser, order: str) -> str:
    """The shop's own number of the order."""
    found = await visit.services.orders.reader.find_by_id(user.merchant, order)
    return found.order_id if found else order
