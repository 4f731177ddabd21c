"""Requests of persons about their data: listed, made, decided with a confirmation, and what is kept of a person to read."""

from typing import Final

from aiohttp import web
from pydantic import ValidationError

from api.http.problems import Problem
from domain.actors import Role
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.paging import PageRequest
from services.privacy.persons import PersonIdentity
from services.privacy.requests import NewPrivacyRequest, PrivacyRequestView

KEEPERS: Final = frozenset({Role.SENIOR_AGENT, Role.ADMIN})
ERASERS: Final = frozenset({Role.ADMIN})
_PAGE: Final = 50


@staff_page("GET", "/agents/privacy", roles=KEEPERS)
async def list_requests(visit: Visit, user: StaffUser) -> web.Response:
    """The requests, those that are open first in sight by their deadline."""
    return await _list(visit, user)


@staff_page("POST", "/agents/privacy", roles=KEEPERS)
async def make_request(visit: Visit, user: StaffUser) -> web.Response:
    """Write a request down; nothing is erased or given yet."""
    kind, name = (
        visit.form.choice("kind", ("access", "erasure")),
        visit.form.choice("by", ("email", "phone", "customer_id")),
    )
    try:
        person = PersonIdentity(**{name or "email": visit.form.text("person", 254) or None})
    except ValidationError:
        person = PersonIdentity()
    if person.is_empty or kind is None:
        mistake = visit.sentence("This is not of that form: check it, or choose another one.")
        return await _list(visit, user, 422, mistake)
    new = NewPrivacyRequest("erasure" if kind == "erasure" else "access", person, "page")
    made = await visit.services.customers.privacy.make(user.merchant, user.actor, new)
    return redirect_with_message(visit, f"/agents/privacy/{made.id}", FlashMessage("privacy_request_made"))


async def _list(visit: Visit, user: StaffUser, status: int = 200, mistake: str = "") -> web.Response:
    page = PageRequest(_PAGE, visit.query.text("cursor", 512) or None)
    found = await visit.services.customers.privacy.page(user.merchant, page)
    kept = await visit.services.customers.retention.rules(user.merchant)
    typed = visit.form.text("person", 254)
    return render(
        visit,
        "privacy/list.html",
        status=status,
        requests=found.items,
        next=found.next,
        mistake=mistake,
        typed=typed,
        kept=kept,
    )


@staff_page("GET", "/agents/privacy/{request}", roles=KEEPERS)
async def show_request(visit: Visit, user: StaffUser) -> web.Response:
    """One request, and what may be done with it."""
    return _request(visit, user, await _found(visit, user))


@staff_page("POST", "/agents/privacy/{request}", roles=ERASERS)
async def decide_request(visit: Visit, user: StaffUser) -> web.Response:
    """Approve or refuse it. An erasure needs its confirmation."""
    requests, found = visit.services.customers.privacy, await _found(visit, user)
    decision, reason = visit.form.choice("decision", ("approve", "refuse")), visit.form.text("reason", 500)
    if decision is None or len(reason) < 3:
        return _request(visit, user, found, visit.sentence("Say why, in at least three characters."))
    if decision == "approve" and found.kind == "erasure" and not visit.form.checked("sure"):
        return _request(visit, user, found, visit.sentence("Confirm that it cannot be undone."))
    decide = requests.approve if decision == "approve" else requests.refuse
    await decide(user.merchant, found.id, user.actor, reason)
    done = FlashMessage("privacy_request_approved" if decision == "approve" else "privacy_request_refused")
    return redirect_with_message(visit, f"/agents/privacy/{found.id}", done)


@staff_page("GET", "/agents/privacy/{request}/data", roles=ERASERS)
async def show_data(visit: Visit, user: StaffUser) -> web.Response:
    """What is kept of the person, page by page, to read."""
    found = await _found(visit, user)
    if found.person is None:
        raise Problem("not_found")
    cursor = visit.query.text("cursor", 250) or None
    page = await visit.services.customers.export.page(user.merchant, found.person, cursor)
    return render(
        visit, "privacy/data.html", found=found, items=page.items, next=page.next, section="privacy"
    )


@staff_page("GET", "/agents/privacy/{request}/data.jsonl", roles=ERASERS, timeout=None)
async def download_data(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """All of it as a file, one JSON object a line, page by page."""
    found = await _found(visit, user)
    if found.person is None:
        raise Problem("not_found")
    headers = {"Content-Disposition": f'attachment; filename="{found.id}.jsonl"', "Cache-Control": "no-store"}
    answer = web.StreamResponse(headers={**headers, "Content-Type": "application/jsonl"})
    await answer.prepare(visit.request)
    cursor: str | None = ""
    while cursor is not None:
        page = await visit.services.customers.export.page(user.merchant, found.person, cursor or None)
        for item in page.items:
            await answer.write(item.model_dump_json().encode() + b"\n")
        cursor = page.next
    await answer.write_eof()
    return answer


def _request(visit: Visit, user: StaffUser, found: PrivacyRequestView, mistake: str = "") -> web.Response:
    return render(
        visit, "privacy/request.html", status=422 if mistake else 200, found=found, mistake=mistake, section="privacy",
        decides=user.role in ERASERS, reason=visit.form.text("reason", 500),
    )  # fmt: skip


async def _found(visit: Visit, user: StaffUser) -> PrivacyRequestView:
    found = await visit.services.customers.privacy.find(user.merchant, visit.path["request"])
    if found is None:
        raise Problem("not_found")
    return found
