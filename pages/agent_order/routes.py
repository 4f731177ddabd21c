"""`/agents/orders/{order}`: one order with its dates, timeline and state, its letters, and what was planned and can be undone."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, get_args
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_time

from api.http.problems import Problem
from domain import keys
from domain.actors import STAFF, Role
from domain.journey.ahead import Lane
from pages.agent_order.live import stream_versions
from pages.agent_order.view import as_customer_sees, order_variables
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.goods_pictures import goods_pictures
from pages.web.rendering import render
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.conversations import ConversationLine
from services.staff_orders.approval_decisions import ApprovalView
from services.staff_orders.approval_gate import DECIDERS

ORDER: Final = "/agents/orders/{order}"
READERS: Final = STAFF | {Role.FINANCE, Role.WAREHOUSE}


@staff_page("GET", ORDER, roles=READERS)
async def show_order(visit: Visit, user: StaffUser) -> web.Response:
    """The order. `?lane=` shows one lane of its timeline. Finance and the warehouse only read it, without its customer."""
    order = await order_of_visit(visit, user)
    page = await visit.services.staff_orders.pages.of(order, user.actor)
    if user.role not in STAFF:
        page = page.model_copy(update={"commands": ()})
    chosen = visit.query.choice("lane", get_args(Lane))
    lane: Lane | None = next((one for one in get_args(Lane) if one == chosen), None)
    variables = order_variables(page, visit.zone, lane)
    pictures = goods_pictures(variables["order"].lines)
    seen = await visit.services.orders.pages.page(order)
    return render(
        visit,
        "agent_order/order.html",
        headers=pictures.headers,
        pictures=pictures.addresses,
        **variables,
        **as_customer_sees(seen),
        clock_seconds=_clock(visit),
        messages=await unanswered_messages(visit, user, order),
        approvals=await _approvals(visit, user, order),
    )


@staff_page("GET", ORDER + "/live", roles=READERS, timeout=None)
async def stream_order(visit: Visit, user: StaffUser) -> web.StreamResponse:
    """One event for each new version of the order."""
    order = await order_of_visit(visit, user)
    return await stream_versions(visit, order, visit.query.number("seq") or 0)


@staff_page("GET", ORDER + "/letters/{notice}", roles=STAFF)
async def show_letter(visit: Visit, user: StaffUser) -> web.Response:
    """A letter to the customer, as it was sent."""
    order = await order_of_visit(visit, user)
    number = visit.path["notice"]
    known = number.isascii() and number.isdigit() and len(number) < 16
    found = await visit.services.orders.history.notice(order.merchant, int(number)) if known else None
    if found is None or found.order != order.id:
        raise Problem("not_found")
    base = f"/agents/orders/{order.id}"
    return render(visit, "agent_order/letter.html", notice=found, base=base, number=order.order_id)


@staff_page("POST", ORDER + "/planned/{plan}", roles=STAFF)
async def answer_plan(visit: Visit, user: StaffUser) -> web.Response:
    """Undo what was planned, or have it done now. What has happened meanwhile cannot be undone: the order's page says so."""
    order = await order_of_visit(visit, user)
    undo, plan = visit.services.staff_orders.undo, visit.path["plan"]
    answer = visit.form.choice("answer", ("undo", "at_once")) or "undo"
    command_id = keys.answer_to_plan(order.merchant, order.id, plan, answer)
    context = await visit.services.commands.context(order.merchant, user.actor, command_id)
    give = undo.undo if answer == "undo" else undo.at_once
    planned = await undo.command_of_plan(order, plan)
    result = await give(context, order, plan)
    action = "undone" if answer == "undo" else "at_once"
    if result.verdict == "refused":
        action = "too_late"
    return redirect_with_message(
        visit, f"/agents/orders/{order.id}", FlashMessage(action, order.order_id, planned)
    )


async def order_of_visit(visit: Visit, user: StaffUser) -> FoundOrder:
    """The order in the address, of the user's merchant. Raises Problem not_found."""
    order = await visit.services.orders.reader.find(user.merchant, visit.path["order"])
    if order is None:
        raise Problem("not_found")
    return order


async def unanswered_messages(
    visit: Visit, user: StaffUser, order: FoundOrder
) -> tuple[ConversationLine, ...]:
    """What the customer asked a person and waits to have answered; nothing for readers who do not see customers."""
    if user.role not in STAFF:
        return ()
    return (await visit.services.orders.conversations.read(order)).unanswered()


async def _approvals(visit: Visit, user: StaffUser, order: FoundOrder) -> list[ApprovalView]:
    """What waits for a second person, for readers who open the list of it."""
    if user.role not in DECIDERS:
        return []
    return await visit.services.staff_orders.approvals.of_order(order, user.role)


def _clock(visit: Visit) -> Callable[[datetime], str]:
    """Hours with seconds: an undo window is short."""
    zone, formats = ZoneInfo(visit.zone), visit.renderer.formatter(visit).formats
    return lambda at: str(format_time(at.astimezone(zone), "medium", locale=formats))
