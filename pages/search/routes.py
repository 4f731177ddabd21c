"""`/agents/search`: the box, and what the text finds, in groups."""

from aiohttp import web

from domain.actors import STAFF, Role
from pages.search.marking import marked
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit

_LONGEST = 200


@staff_page("GET", "/agents/search", roles=STAFF | {Role.FINANCE, Role.WAREHOUSE})
async def search_everything(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """Without a text it is the empty box. A text that names one order alone opens it."""
    text = visit.query.text("q", _LONGEST)
    box = visit.services.console.search
    groups = await box.find(user.merchant, text, with_people=user.role in STAFF) if text else []
    found = sum(len(group.hits) for group in groups)
    orders = {hit.order for group in groups for hit in group.hits}
    if len(orders) == 1:
        return redirect(f"/agents/orders/{orders.pop()}")
    return render(
        visit.read_as(section="search"),
        "search/search.html",
        q=text,
        groups=groups,
        found=found,
        marked=marked,
    )
