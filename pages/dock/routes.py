"""`/agents/dock`: a return is found by what its parcel shows, its goods are counted, and it is decided what becomes of them."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from api.http.problems import Problem
from domain import keys
from domain.actors import STAFF, Role
from domain.reasons import CommandResult
from pages.dock.typed import (
    LONGEST,
    typed_disposition,
    typed_dispositions,
    typed_goods,
    typed_receipt,
)
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from pages.web.written import is_message
from services.commands import CommandContext
from services.paging import PageRequest
from services.returns.dock import ClosingProblem, ScannedUnit, UnknownGoodsDecision
from services.returns.reader import FoundReturn
from services.returns.unknown_goods import UnknownGoodsView

_PATH: Final = "/agents/dock"
_ROLES: Final = {Role.WAREHOUSE} | STAFF
_CASES: Final = 20  # goods of no return that are listed
_RECEIPTS: Final = 100  # of a return that one page shows: a form has a limited number of fields


@staff_page("GET", _PATH, roles=_ROLES)
async def show_dock(visit: Visit, user: StaffUser) -> web.Response:
    """The box for what a parcel shows; with it the return, its lines, and what was received of it."""
    return await _shown(visit, user, visit.query.text("code", LONGEST))


@staff_page("POST", _PATH, roles=_ROLES)
async def receive_goods_of_form(visit: Visit, user: StaffUser) -> web.Response:
    """Receive what was counted of a return. Two clicks are one receipt."""
    found = await _found(visit, user)
    view = await visit.services.returns.reader.details(found)
    if view is None:
        raise Problem("not_found")
    typed = typed_receipt(visit.form, view.view)
    if typed.mistake or not typed.lines:
        sentence = visit.sentence("Count at least one unit; names have at most 64 characters.")
        return await _shown(visit, user, found.return_id, (typed.mistake or "count.0", sentence))
    units = [ScannedUnit(found.return_id, line) for line in typed.lines]
    results = await visit.services.returns.dock.receive(await _context(visit, user, found.return_id), units)
    if any(one.result == "busy" for one in results):
        raise Problem("unavailable")
    if any(one.result == "refused" for one in results):
        return await _shown(visit, user, found.return_id, ("code", _above_limit(visit)))
    return redirect_with_message(visit, _PATH, FlashMessage("goods_counted", what=view.view.number))


@staff_page("POST", _PATH + "/dispositions", roles=_ROLES)
async def decide_dispositions_of_form(visit: Visit, user: StaffUser) -> web.Response:
    """Decide what becomes of goods that were received."""
    found = await _found(visit, user)
    details = await visit.services.returns.reader.details(found)
    if details is None:
        raise Problem("not_found")
    goods = typed_dispositions(visit.form, details.view)
    if goods:
        dock = visit.services.returns.dock
        result = await dock.dispose(await _context(visit, user, found.return_id), found, goods)
        if result.verdict == "refused":
            sentence = visit.sentence("Nothing was changed: goods that went back to stock stay there.")
            return await _shown(visit, user, found.return_id, ("code", sentence))
    return redirect_with_message(visit, _PATH, FlashMessage("goods_sorted", what=details.view.number))


@staff_page("POST", _PATH + "/goods", roles=_ROLES)
async def keep_goods_of_form(visit: Visit, user: StaffUser) -> web.Response:
    """Keep goods of no return that we know, as a case for a person."""
    unit = typed_goods(visit.form)
    if unit is None:
        sentence = visit.sentence("Count at least one unit; names have at most 64 characters.")
        return await _shown(visit, user, visit.form.text("reference", LONGEST), ("code", sentence))
    context = await _context(visit, user, "")
    await visit.services.returns.dock.keep(context, unit.reference, unit.line)
    return redirect_with_message(visit, _PATH, FlashMessage("goods_kept"))


@staff_page("POST", _PATH + "/goods/{goods}", roles=_ROLES)
async def close_goods_of_form(visit: Visit, user: StaffUser) -> web.Response:
    """Close such a case: its return was found, or it was decided what becomes of the goods."""
    form, dock = visit.form, visit.services.returns.dock
    reference, reason = form.text("reference", LONGEST), form.text("reason", 500)
    if not is_message(reason):
        return await _shown(visit, user, "", ("code", _stays_open(visit, "no_return")))
    decided = UnknownGoodsDecision(reason, reference, disposition=typed_disposition(form))
    closed = await dock.close_unknown(await _context(visit, user, ""), visit.path["goods"], decided)
    if closed is None:
        raise Problem("not_found")
    if isinstance(closed, CommandResult):
        return await _shown(visit, user, "", ("code", _above_limit(visit)))
    if not isinstance(closed, UnknownGoodsView):
        return await _shown(visit, user, "", ("code", _stays_open(visit, closed)))
    return redirect_with_message(visit, _PATH, FlashMessage("goods_settled"))


def _stays_open(visit: Visit, why: ClosingProblem) -> str:
    if why == "no_return":
        return visit.sentence("Say why in 3 to 500 characters, and name a return that there is.")
    if why == "taken":
        return visit.sentence("Nothing was changed: another return is to receive these goods.")
    return visit.sentence("Nothing was changed: another unit of that return has the name of this receipt.")


def _above_limit(visit: Visit) -> str:
    return visit.sentence("Money would leave that is above your limit: a second person has to agree first.")


async def _found(visit: Visit, user: StaffUser) -> FoundReturn:
    found = await visit.services.returns.reader.find(user.merchant, visit.form.text("return", LONGEST))
    if found is None:
        raise Problem("not_found")
    return found


async def _context(visit: Visit, user: StaffUser, return_id: str) -> CommandContext:
    """The command of this form, or of its goods."""
    form = visit.form.text("form", 32) or secrets.token_hex(16)
    command = keys.sheet_command(user.merchant, return_id, form)
    return await visit.services.commands.context(user.merchant, user.actor, command)


async def _shown(
    visit: Visit, user: StaffUser, code: str, mistake: tuple[str, str] | None = None
) -> web.Response:
    services = visit.services.returns
    found = await services.dock.find(user.merchant, code)
    cases = await services.dock.unknown.page(user.merchant, PageRequest(_CASES), "open")
    return render(
        visit.read_as(section="dock"),
        "dock/dock.html",
        status=422 if mistake else 200,
        code=code,
        form_name=secrets.token_hex(16),
        mistakes=[mistake] if mistake else [],
        cases=cases.items,
        **await _return(visit, found),
    )


async def _return(visit: Visit, found: FoundReturn | None) -> Mapping[str, Any]:
    details = await visit.services.returns.reader.details(found) if found else None
    if found is None or details is None:
        return {"found": None, "lines": {}, "reasons": {}}
    received = details.view.receipts
    end = min(visit.query.number("before") or len(received) + 1, len(received) + 1) - 1
    start = max(0, end - _RECEIPTS)
    order = await visit.services.orders.reader.view(found.order)
    return {
        "found": details.view,
        "received": received[start : max(start, end)],
        "older": start + 1 if start else None,
        "lines": {line.line_id: line for line in order.lines},
        "reasons": details.item_reasons,
    }
