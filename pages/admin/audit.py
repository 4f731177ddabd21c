"""The audit: everything that was done for the merchant, by whom."""

from collections.abc import Collection
from typing import Any, Final

from aiohttp import web

from domain.actors import Role
from pages.admin.audit_rows import ids_in, read_line
from pages.admin.frame import ADMIN, page_of, show
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.history import AuditFilter
from services.paging import PageRequest

_ROLES: Final = tuple(str(role) for role in Role)
_PEOPLE: Final = 100  # who can be chosen; others are found by the address


@staff_page("GET", f"{ADMIN}/audit", roles={Role.ADMIN, Role.SENIOR_AGENT, Role.FINANCE})
async def list_audit_lines(visit: Visit, user: StaffUser) -> web.Response:
    """The lines, the newest first; of one order or of one who acted, if the address names one."""
    typed, actor = visit.query.text("order", 64), visit.query.text("actor", 64)
    order = await _order(visit, user, typed) if typed else None
    found: dict[str, Any] = {"lines": [], "next": None}
    numbers: dict[str, str] = {}
    if order is not None or not typed:
        wanted = AuditFilter(actor=actor, newest_first=True)
        page = await visit.services.orders.history.audit_lines(
            user.merchant, page_of(visit, 50), order, wanted
        )
        names = await visit.services.staff_orders.pages.names.of(user.merchant, ids_in(page.items))
        found = {"lines": [read_line(line, names) for line in page.items], "next": page.next}
        numbers = await _numbers(visit, user, {line.order for line in page.items if line.order})
    return show(
        visit,
        "audit",
        "audit",
        order_typed=typed,
        actor=actor,
        roles=_ROLES,
        doers=await _doers(visit, user, actor),
        numbers=numbers,
        **found,
    )


async def _order(visit: Visit, user: StaffUser, typed: str) -> FoundOrder | None:
    """By the shop's id, by ours, or by the number that the customer knows where one order alone has it."""
    reader = visit.services.orders.reader
    found = await reader.find(user.merchant, typed)
    if found is not None:
        return found
    groups = await visit.services.console.search.find(user.merchant, typed, with_people=False)
    hits = {hit.order for group in groups if group.group == "orders" for hit in group.hits}
    return await reader.find_by_id(user.merchant, hits.pop()) if len(hits) == 1 else None


async def _doers(visit: Visit, user: StaffUser, actor: str) -> list[tuple[str, str]]:
    """Users by id and name, and the one whom the address names, such as a key."""
    page = await visit.services.staff.users.page(user.merchant, PageRequest(_PEOPLE), with_addresses=False)
    known = {one.id: one.name for one in page.items}
    if actor and actor not in known and actor not in _ROLES:
        known |= {actor: actor, **await visit.services.staff_orders.pages.names.of(user.merchant, (actor,))}
    return sorted(known.items(), key=lambda one: one[1].casefold())


async def _numbers(visit: Visit, user: StaffUser, orders: Collection[str]) -> dict[str, str]:
    """The shop's own numbers of these orders."""
    found = await visit.services.console.names.of(user.merchant, orders, with_customers=False)
    return {one: found[one].number if one in found else one for one in orders}
