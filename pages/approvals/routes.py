"""`/agents/approvals`: commands that wait for a second person."""

from urllib.parse import quote

from aiohttp import web

from api.http.problems import Problem
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.paging import PageRequest
from services.staff_orders.approval_decisions import ApprovalView, DecisionFault
from services.staff_orders.approval_gate import DECIDERS

_PATH = "/agents/approvals"
_PAGE = 50


@staff_page("GET", _PATH, roles=DECIDERS)
async def list_approvals(visit: Visit, user: StaffUser) -> web.Response:
    """Those that wait, then those that were decided."""
    return await _listed(visit, user)


@staff_page("GET", _PATH + "/{approval}", roles=DECIDERS)
async def show_approval(visit: Visit, user: StaffUser) -> web.Response:
    """The list, at that one: its address is also that of the form that decided it."""
    return redirect(f"{_PATH}#h-{quote(visit.path['approval'], safe='')}")


@staff_page("POST", _PATH + "/{approval}", roles=DECIDERS)
async def decide_approval(visit: Visit, user: StaffUser) -> web.Response:
    """Approve or refuse one, with a reason."""
    reason, decision = visit.form.text("reason", 500), visit.form.choice("decision", ("approve", "refuse"))
    if len(reason) < 3 or not reason.isprintable() or decision is None:
        return await _listed(visit, user, visit.sentence("Say why in 3 to 500 characters."))
    approvals = visit.services.staff_orders.approvals
    decide = approvals.approve if decision == "approve" else approvals.refuse
    found = await decide(user.merchant, visit.path["approval"], user.actor, reason)
    if found is None:
        raise Problem("not_found")
    if isinstance(found, ApprovalView):
        return redirect_with_message(visit, _PATH, _done(user, found))
    return await _listed(visit, user, _fault(visit, found))


def _done(user: StaffUser, found: ApprovalView) -> FlashMessage:
    command = "cancel_return" if found.command == "cancel" and found.subject else found.command
    action = "approval_withdrawn" if found.requested_by.user == user.id else "approval_refused"
    if found.verdict:
        action = "approval_given" if found.status == "approved" else "approval_in_vain"
    return FlashMessage(action, found.number, command)


def _fault(visit: Visit, fault: DecisionFault) -> str:
    match fault:
        case "ended":
            return visit.sentence("It was decided already, or its time is over.")
        case "own":
            return visit.sentence("Another person must approve your own command.")
        case "limit":
            return visit.sentence("The amount is above your own limit.")
        case "amount":
            return visit.sentence(
                "It would pay more by now than was asked for. Refuse it, and give the command again."
            )


async def _listed(visit: Visit, user: StaffUser, error: str = "") -> web.Response:
    page = PageRequest(_PAGE, visit.query.text("cursor", 512) or None)
    found = await visit.services.staff_orders.approvals.page(user.merchant, page, user.role)
    waiting = [one for one in found.items if one.status == "open"]
    return render(
        visit,
        "approvals/list.html",
        status=422 if error else 200,
        waiting=waiting,
        able=await visit.services.staff_orders.approvals.within_limit(user.merchant, user.role, waiting),
        decided=[one for one in found.items if one.status != "open"],
        next=found.next,
        typed=visit.form.text("reason", 500),
        about=visit.path.get("approval", ""),
        error=error,
    )
