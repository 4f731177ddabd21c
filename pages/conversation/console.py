"""The staff's side of conversations: who waits for an answer, what was written, the answer, or closing without one."""

import secrets

from aiohttp import web

from api.http.problems import Problem
from domain import keys
from domain.actors import STAFF
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import render
from pages.web.signatures import signed_answer
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from pages.web.written import LONGEST, is_message
from services.commands import CommandContext
from services.console.queue import AttentionFilters
from services.order_reader import FoundOrder
from services.paging import PageRequest
from services.staff_orders.undo_window import waits_for_second

_LISTED, _FACTS = 100, 40
_PATH = "/agents/conversations"


@staff_page("GET", _PATH, roles=STAFF)
async def list_conversations(visit: Visit, user: StaffUser) -> web.Response:
    """Customers who wait for an answer, the most urgent first."""
    asked = AttentionFilters(kind="customer_message")
    found = await visit.services.console.queue.page(
        user.merchant, asked, PageRequest(limit=_LISTED), with_names=True
    )
    return render(visit, "conversation/waiting.html", items=found.items)


@staff_page("GET", _PATH + "/{order}", roles=STAFF)
async def show_conversation(visit: Visit, user: StaffUser) -> web.Response:
    """One conversation, beside what happened to the order."""
    return await _page(visit, await _order(visit, user))


@staff_page("POST", _PATH + "/{order}/replies", roles=STAFF)
async def answer_customer(visit: Visit, user: StaffUser) -> web.Response:
    """Send the answer as a letter. The same form again sends nothing."""
    order, text = await _order(visit, user), visit.form.text("text", LONGEST)
    if not is_message(text):
        return await _page(visit, order, text=text, mistake="text")
    context = await _context(visit, user, order, "reply")
    signed = signed_answer(user, text)
    result = await visit.services.orders.changes.reply(context, order, signed)
    if result.verdict == "refused":
        return await _page(visit, order, text=text, mistake="refused")
    return redirect_with_message(visit, f"{_PATH}/{order.id}", FlashMessage("reply", order.order_id))


@staff_page("POST", _PATH + "/{order}/macros", roles=STAFF)
async def insert_macro(visit: Visit, user: StaffUser) -> web.Response:
    """The form again, with the chosen macro after what was typed. Nothing is sent."""
    order, text = await _order(visit, user), visit.form.text("text", LONGEST)
    chosen = visit.form.text("macro", 40)
    macro = await visit.services.console.macros.filled(order, user.actor, chosen)
    if macro is None:
        return await _page(visit, order, text=text, mistake="macro")
    joined = f"{text}\n\n{macro}".strip().replace("\r\n", "\n")
    if len(joined) > LONGEST:
        return await _page(visit, order, text=text, mistake="long")
    return await _page(visit, order, text=joined)


@staff_page("POST", _PATH + "/{order}/closings", roles=STAFF)
async def close_conversation(visit: Visit, user: StaffUser) -> web.Response:
    """Close the question without a letter; the reason stays on the timeline."""
    order, reason = await _order(visit, user), visit.form.text("reason", 500)
    if not is_message(reason):
        return await _page(visit, order, mistake="reason")
    context = await _context(visit, user, order, "close")
    command = await visit.services.staff_orders.commands.closing(
        context, order, ("customer_message", order.id), reason
    )
    result = await visit.services.staff_orders.undo.give(context, order, command)
    if waits_for_second(result):
        return redirect_with_message(
            visit, f"{_PATH}/{order.id}", FlashMessage("approval_requested", order.order_id, "close")
        )
    if result.verdict == "refused":
        return await _page(visit, order, mistake="refused")
    return redirect_with_message(
        visit, f"{_PATH}/{order.id}", FlashMessage("conversation_closed", order.order_id)
    )


async def _order(visit: Visit, user: StaffUser) -> FoundOrder:
    order = await visit.services.orders.reader.find(user.merchant, visit.path["order"][:100])
    if order is None:
        raise Problem("not_found")
    return order


async def _context(visit: Visit, user: StaffUser, order: FoundOrder, action: str) -> CommandContext:
    sent = visit.form.text("sent", 64) or secrets.token_urlsafe(12)
    command = keys.page_form(order.id, action, sent)
    return await visit.services.commands.context(user.merchant, user.actor, command)


async def _page(visit: Visit, order: FoundOrder, text: str = "", mistake: str = "") -> web.Response:
    """The page with what was typed. mistake: `text`, `reason`, `macro`, `long` or `refused`."""
    conversation = await visit.services.orders.conversations.read(order)
    facts = await visit.services.orders.timeline.facts(order)
    macros = await visit.services.console.macros.of(order.merchant)
    return render(
        visit,
        "conversation/answer.html",
        status=422 if mistake else 200,
        conversation=conversation,
        history=[one for one in reversed(facts) if one.kind not in ("message", "reply")][:_FACTS],
        macros=[(one.macro, one.name) for one in macros],
        text=text,
        mistake=mistake,
        sent=secrets.token_urlsafe(12),
    )
