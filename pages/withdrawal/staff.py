"""`/agents/withdrawals/{withdrawal}`: what a customer stated, and what a person decides about it."""

from aiohttp import web

from api.http.problems import Problem
from domain.actors import STAFF
from domain.reasons import CommandResult
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.withdrawals.service import WithdrawalDecided, WithdrawalDecision, WithdrawalView

_SHORTEST_REASON = 3


@staff_page("GET", "/agents/withdrawals/{withdrawal}", roles=STAFF)
async def show_statement(visit: Visit, user: StaffUser) -> web.Response:
    """The statement, with the forms that open its return or close it while a person has to decide."""
    return await _page(visit, await _found(visit, user))


@staff_page("POST", "/agents/withdrawals/{withdrawal}", roles=STAFF)
async def decide_statement(visit: Visit, user: StaffUser) -> web.Response:
    """Open the return of an order for everything that can come back of it, or close the statement; both with a reason."""
    found, withdrawals = await _found(visit, user), visit.services.returns.withdrawals
    reason = visit.form.text("reason", 500)
    if len(reason) < _SHORTEST_REASON:
        return await _page(visit, found, mistake=visit.sentence("Say why, in at least three characters."))
    decision = WithdrawalDecision(user.actor, reason)
    done = f"/agents/withdrawals/{found.id}"
    try:
        if visit.form.text("decision") == "close":
            await withdrawals.close(user.merchant, found.id, decision)
            return redirect_with_message(visit, done, FlashMessage("withdrawal_closed"))
        order = await visit.services.orders.reader.find(user.merchant, visit.form.text("order", 64))
        if order is None:
            return await _page(visit, found, mistake=visit.sentence("There is no order of that name."))
        result = await withdrawals.assign(user.merchant, found.id, order, decision)
    except WithdrawalDecided:
        return redirect_with_message(visit, done, FlashMessage("withdrawal_decided"))
    if result.verdict == "refused":
        return await _page(visit, found, refused=result)
    return redirect_with_message(visit, done, FlashMessage("withdrawal_assigned"))


async def _found(visit: Visit, user: StaffUser) -> WithdrawalView:
    found = await visit.services.returns.withdrawals.find(user.merchant, visit.path["withdrawal"])
    if found is None:
        raise Problem("not_found")
    return found


async def _page(
    visit: Visit, found: WithdrawalView, mistake: str = "", refused: CommandResult | None = None
) -> web.Response:
    return render(
        visit,
        "withdrawal/staff.html",
        status=422 if mistake or refused else 200,
        found=found,
        mistake=mistake,
        against=refused.reasons if refused else (),
        typed={"order": visit.form.text("order", 64), "reason": visit.form.text("reason", 500)},
    )
