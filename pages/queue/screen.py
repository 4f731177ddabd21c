"""What the queue's page shows: counts, rows, and the question that is open beside them."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from domain.actors import STAFF
from domain.journey.question_roles import roles_of_question
from domain.returns.grounds import ReturnGrounds
from pages.queue.place import QueuePlace
from pages.queue.rows import ClockedQuestion, countdown, grouped
from pages.web.rendering import render
from pages.web.staff import StaffUser
from pages.web.visit import Visit
from services.console.queue import AttentionItemView
from services.orders.conversations import ConversationLine
from services.orders.timeline import TimelineEntry
from services.paging import BadCursor, PageRequest

_ROWS = 50
_LATELY = 6  # entries of the timeline beside the list


@dataclass(frozen=True)
class OpenPane:
    """The question beside the list.

    grounds: of the return that is to be decided; messages: what the customer wrote to a person.
    """

    row: ClockedQuestion
    grounds: ReturnGrounds | None
    lately: list[TimelineEntry]
    messages: tuple[ConversationLine, ...] = ()


async def show_queue(
    visit: Visit, user: StaffUser, place: QueuePlace, *, status: int = 200, **notes: Any
) -> web.Response:
    """The page at that place. notes: what just happened."""
    queue, merchant = visit.services.console.queue, user.merchant
    now = await queue.now(merchant)
    with_names = user.role in STAFF
    try:
        page = PageRequest(_ROWS, place.after or None)
        found = await queue.page(merchant, place.filters(user.id), page, with_names=with_names)
    except BadCursor:
        return await show_queue(
            visit, user, QueuePlace(place.view, place.kind, item=place.item), status=status, **notes
        )
    groups = grouped(found.items, now)
    pane = await _pane(visit, user, place.item or _first(found.items), now)
    return render(
        visit,
        "queue/queue.html",
        status=status,
        place=place,
        counts=await queue.counts(merchant, user.id),
        groups=groups,
        next=found.next,
        pane=pane,
        singles=await visit.services.console.preferences.single_keys(merchant, user.id),
        colleagues=await _colleagues(visit, user, pane.row.it) if pane else [],
        me=user.id,
        sent=secrets.token_urlsafe(12),
        **{"notice": "", "colleague": "", "typed": "", **notes},
    )


async def _colleagues(visit: Visit, user: StaffUser, it: AttentionItemView) -> list[tuple[str, str]]:
    """Id and name of the other users whose role can answer or close the question."""
    able = roles_of_question(it.kind, it.owner)
    found = await visit.services.staff.users.page(user.merchant, PageRequest(100), with_addresses=False)
    others = (one for one in found.items if one.id != user.id and one.status != "off")
    return [(one.id, one.name) for one in others if one.role in able]


def _first(items: list[AttentionItemView]) -> str:
    return items[0].item if items else ""


async def _pane(visit: Visit, user: StaffUser, item: str, now: datetime) -> OpenPane | None:
    if not item:
        return None
    queue = visit.services.console.queue
    found = await queue.find(user.merchant, (item,), with_names=user.role in STAFF)
    if item not in found:
        return None
    view = found[item]
    row = ClockedQuestion(view, countdown(view, now))
    reader = visit.services.orders.reader
    order = await reader.find_by_id(user.merchant, view.order) if view.order else None
    if order is None or user.role not in STAFF:
        return OpenPane(row, None, [])
    grounds = await visit.services.staff_orders.pages.grounds(order, view.subject)
    lately = (await visit.services.orders.timeline.facts(order))[: -_LATELY - 1 : -1]
    asks = view.kind == "customer_message"
    messages = (await visit.services.orders.conversations.read(order)).unanswered() if asks else ()
    return OpenPane(row, grounds, lately, messages)
