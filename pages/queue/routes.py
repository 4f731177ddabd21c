"""`/agents`: the queue. Claim, release, hand over and close are forms that come back to the same place."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from api.http.problems import Problem
from domain import keys
from domain.actors import STAFF, Role
from pages.queue.place import QueuePlace, read_place
from pages.queue.screen import show_queue
from pages.web.change_stream import stream_changes
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import redirect, render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.console.queue import ClaimResult
from services.staff_orders.undo_window import waits_for_second

WORKERS = STAFF | {Role.FINANCE, Role.WAREHOUSE}
Change = Callable[[QueuePlace], Awaitable[ClaimResult]]
_SHORTEST_REASON = 3


@staff_page("GET", "/agents", roles=WORKERS)
async def show_open_questions(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """The list, and the question beside it."""
    return await show_queue(visit, user, read_place(visit.query))


@staff_page("POST", "/agents/queue/claim", roles=WORKERS)
async def take_question(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """From now on the user works on the question."""
    queue = visit.services.console.queue
    return await _changed(
        visit, user, "question_claimed", lambda place: queue.claim(user.merchant, user.actor, place.item)
    )


@staff_page("POST", "/agents/queue/release", roles=WORKERS)
async def give_back_question(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """No person works on the question any more."""
    queue = visit.services.console.queue
    return await _changed(
        visit, user, "question_released", lambda place: queue.release(user.merchant, user.actor, place.item)
    )


@staff_page("POST", "/agents/queue/hand-over", roles=WORKERS)
async def pass_question_on(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """Another person works on the question from now on."""
    queue, to = visit.services.console.queue, visit.form.text("to", 64)
    return await _changed(
        visit,
        user,
        "question_handed_over",
        lambda place: queue.hand_over(user.merchant, user.actor, place.item, to),
    )


@staff_page("POST", "/agents/queue/close", roles=WORKERS)
async def settle_question(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """Close a question that needs no answer; its reason stays with the order."""
    place, reason = read_place(visit.form), visit.form.text("reason", 500)
    services = visit.services
    found = (await services.console.queue.find(user.merchant, (place.item,))).get(place.item)
    order = (
        await services.orders.reader.find_by_id(user.merchant, found.order) if found and found.order else None
    )
    if found is None or order is None:
        return await show_queue(visit, user, place, status=409, notice="unknown")
    if len(reason) >= _SHORTEST_REASON:
        context = await services.commands.context(
            user.merchant, user.actor, _closing_id(visit, order.id, place.item)
        )
        question = (found.kind, found.subject)
        command = await services.staff_orders.commands.closing(context, order, question, reason)
        result = await services.staff_orders.undo.give(context, order, command)
        if result.verdict != "refused":
            planned = result.subject == context.command_id
            if planned:  # the order's page is where it can be taken back
                return redirect_with_message(
                    visit, f"/agents/orders/{order.id}", FlashMessage("planned", found.number or "", "close")
                )
            return redirect_with_message(
                visit, place.address(item=""), FlashMessage("close", found.number or "")
            )
        if waits_for_second(result):
            return redirect_with_message(
                visit, place.address(), FlashMessage("approval_requested", found.number or "", "close")
            )
    return await show_queue(visit, user, place, status=422, notice="refused", typed=reason)


@staff_page("GET", "/agents/queue/events", roles=WORKERS, timeout=None)
async def stream_queue(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """One event for each change of the queue."""

    async def event(_: str) -> str:
        return "event: queue\ndata: changed"

    return await stream_changes(visit, visit.services.console.watch.watching(user.merchant), event)


@staff_page("GET", "/agents/keys", roles=WORKERS)
async def list_keys(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """All keys, and the switch of the single ones."""
    singles = await visit.services.console.preferences.single_keys(user.merchant, user.id)
    return render(visit, "queue/keys.html", singles=singles)


@staff_page("POST", "/agents/keys", roles=WORKERS)
async def switch_keys(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """Switch single keys on or off, for this user everywhere."""
    wanted = visit.form.choice("singles", ("on", "off")) == "on"
    await visit.services.console.preferences.set_single_keys(user.merchant, user.id, wanted)
    return redirect("/agents/keys")


def _closing_id(visit: Visit, order: str, item: str) -> str:
    """The same for two presses of one form; another one after the closing was taken back."""
    return keys.page_form(order, "close", f"{item}/{visit.form.text('sent', 64)}")


async def _changed(visit: Visit, user: StaffUser, action: str, change: Change) -> web.StreamResponse:
    """Back to the place. Where another person has the question, the page says who."""
    place = read_place(visit.form)
    if not place.item:
        raise Problem("bad_request")
    result = await change(place)
    colleague = result.item.holder.name if result.item and result.item.holder else ""
    if result.verdict == "done":
        number = (result.item.number if result.item else None) or ""
        return redirect_with_message(visit, place.address(), FlashMessage(action, number, who=colleague))
    return await show_queue(visit, user, place, status=409, notice=result.verdict, colleague=colleague)
