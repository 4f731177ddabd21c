"""The customer's side of a conversation: what was written, by when an answer comes, and the form to write."""

import secrets

from aiohttp import web

from domain import keys
from pages.web.linked import customers_context, linked_page
from pages.web.rendering import redirect, render
from pages.web.visit import Visit
from pages.web.written import LONGEST, is_message
from services.order_reader import FoundOrder


@linked_page("GET", "/o/{token}/messages")
async def show_messages(visit: Visit, order: FoundOrder) -> web.Response:
    """The conversation with the form to go on."""
    return await _conversation(visit, order)


@linked_page("POST", "/o/{token}/messages")
async def take_message(visit: Visit, order: FoundOrder) -> web.Response:
    """Send the message to the shop. The same form again sends nothing."""
    text = visit.form.text("text", LONGEST).replace("\r\n", "\n")
    if not is_message(text):
        return await _conversation(visit, order, text=text, mistake="text", status=422)
    sent = visit.form.text("sent", 64)
    context = await customers_context(visit, order, keys.page_form(order.id, "message", sent or text))
    result = await visit.services.orders.conversations.write(context, order, text)
    if result.verdict == "refused":
        return await _conversation(visit, order, text=text, mistake="many", status=422)
    return redirect(f"/o/{visit.path['token']}/messages")


async def _conversation(
    visit: Visit, order: FoundOrder, text: str = "", mistake: str = "", status: int = 200
) -> web.Response:
    """The page. mistake: what is wrong with the text that was typed; `many` for too many messages of one day."""
    conversation = await visit.services.orders.conversations.read(order)
    return render(
        visit,
        "conversation/messages.html",
        status=status,
        conversation=conversation,
        text=text,
        mistake=mistake,
        sent=secrets.token_urlsafe(12),
    )
