"""What all pages of the settings share: the sections, and the role that may open them."""

from typing import Any, Final

from aiohttp import web

from domain.actors import STAFF, Role
from pages.web.rendering import render
from pages.web.visit import Visit
from services.paging import PageRequest

ADMIN: Final = "/agents/admin"
ADMINS: Final = frozenset({Role.ADMIN})


_OPEN_TO: Final = {
    "approvals": STAFF | {Role.FINANCE},
    "macros": {Role.SENIOR_AGENT, Role.ADMIN},
    "mailbox": STAFF,
    "audit": {Role.SENIOR_AGENT, Role.FINANCE, Role.ADMIN},
}  # the other parts are for admins


def show(visit: Visit, template: str, part: str, *, status: int = 200, **variables: Any) -> web.Response:
    """A page of that part of the settings. `part`: the entry of the list at its side."""
    open_to = {name: sorted(roles) for name, roles in _OPEN_TO.items()}
    frame: dict[str, Any] = {"section": "admin", "part": part, "open_to": open_to}
    return render(visit, f"admin/{template}.html", status=status, **frame, **variables)


def page_of(visit: Visit, limit: int = 50) -> PageRequest:
    """The page of a list that the address names by `cursor`."""
    return PageRequest(limit, visit.query.text("cursor", 400) or None)
