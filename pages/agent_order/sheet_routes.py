"""`/agents/orders/{order}/commands/{command}`: what a command would change, its reason, and then the command."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from api.http.problems import Problem
from domain import keys
from domain.actors import STAFF
from domain.clock import day_or_moment
from domain.journey.command_choices import WITHOUT_REASON, CommandChoice
from domain.journey.preview import CommandPreview
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import CommandResult, Reason
from pages.agent_order.facts import FactReader
from pages.agent_order.routes import ORDER, order_of_visit, unanswered_messages
from pages.agent_order.rows import OrderRows, TimelineRow
from pages.agent_order.sheet_form import SheetForm, opened_form, sent_form
from pages.agent_order.subjects import Subject, subjects
from pages.agent_order.view import act_buttons, base_of, command_address
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.rendering import redirect, render
from pages.web.signatures import signed_answer
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.commands import CommandContext
from services.order_reader import FoundOrder
from services.paging import PageRequest
from services.staff_orders.approval_gate import SecondPerson
from services.staff_orders.staff_commands import StaffTexts
from services.staff_orders.staff_page import StaffPage

MAX_MOVES = 8
MAX_NAMES = 6


@staff_page("GET", ORDER + "/commands", roles=STAFF)
async def list_commands(visit: Visit, user: StaffUser) -> web.Response:
    """Every command that the order allows now."""
    order = await order_of_visit(visit, user)
    page = await visit.services.staff_orders.pages.of(order, user.actor)
    acts = list(act_buttons(page, subjects(page)))
    return render(visit, "agent_order/commands.html", acts=acts, base=base_of(page), number=page.order.number)


@staff_page("GET", ORDER + "/commands/{command}", roles=STAFF)
async def open_sheet(visit: Visit, user: StaffUser) -> web.Response:
    """The sheet of a command, with its preview. Nothing happens."""
    order, form = await order_of_visit(visit, user), opened_form(visit)
    if form is None:
        raise Problem("not_found")
    return await _sheet(visit, user, order, form)


@staff_page("POST", ORDER + "/commands/{command}", roles=STAFF)
async def send_sheet(visit: Visit, user: StaffUser) -> web.Response:
    """Give the command. If the order has moved on, the sheet shows what moved and keeps the reason."""
    order, form = await order_of_visit(visit, user), sent_form(visit)
    if form is None:
        raise Problem("not_found")
    shown = visit.form.choice("show", ("preview", "macro")) if form.refuses else None
    if shown is not None:
        return await _sheet(visit, user, order, await _with_text(visit, user, order, form))
    if form.mistakes:
        return await _sheet(visit, user, order, form, status=422)
    context = await _context(visit, user, order, form)
    current = (await visit.services.orders.reader.state(order)).state
    if form.version != current.seq and context.command_id not in current.command_results:
        return await _sheet(visit, user, order, form, status=409)
    result = await _given(visit, user, order, form)
    if result.verdict != "refused":
        done = _done(current, form, planned=result.subject == context.command_id)
        return redirect_with_message(visit, f"/agents/orders/{order.id}", done)
    codes = {one.code for one in result.reasons}
    if (
        Reason.APPROVAL_NEEDED in codes
    ):  # the sheet shows the request that waits now, also when it is read again
        return redirect(command_address(f"/agents/orders/{order.id}", form.choice))
    if Reason.STATE_CHANGED in codes:
        return await _sheet(visit, user, order, form, status=409)
    return await _sheet(visit, user, order, form, status=422, refusal=result)


def _done(state: JourneyState, form: SheetForm, *, planned: bool) -> FlashMessage:
    """What the sheet has done. state: as it was before."""
    number = state.order.number or state.order.order_id
    if planned:
        return FlashMessage("planned", number, form.command)
    case = state.case(form.subject)
    return FlashMessage(form.command, number, case.number if case else "")


async def _with_text(visit: Visit, user: StaffUser, order: FoundOrder, form: SheetForm) -> SheetForm:
    """The sheet as it was typed, with the chosen macro after what the customer is told. Nothing happens."""
    found, chosen = form.customer_text, visit.form.text("macro", 40)
    if visit.form.text("show", 10) == "macro" and chosen:
        macro = await visit.services.console.macros.filled(order, user.actor, chosen)
        found = f"{found}\n\n{macro or ''}".strip().replace("\r\n", "\n")
    mistakes = [one for one in form.mistakes if one[0] == "f-customer_text"]
    return replace(form, customer_text=found, mistakes=mistakes)


async def _given(visit: Visit, user: StaffUser, order: FoundOrder, form: SheetForm) -> CommandResult:
    """The journey's answer. A command that holds no reason is followed by a note with it."""
    services, context = visit.services, await _context(visit, user, order, form)
    if form.command == "reply":
        signed = signed_answer(user, form.reason)
        return await services.orders.changes.reply(context, order, signed)
    choice = form.choice.model_copy(update={"expected_seq": form.version})
    texts = StaffTexts(form.reason, form.customer_text)
    command = await services.staff_orders.commands.command_of_choice(context, order, choice, texts)
    result = await services.staff_orders.undo.give(context, order, command)
    if result.verdict != "refused" and form.command in WITHOUT_REASON:
        note = CommandContext(
            context.merchant, context.actor, keys.planned_command(context.command_id), context.now
        )
        await services.orders.changes.add_note(note, order, form.reason)
    return result


async def _context(visit: Visit, user: StaffUser, order: FoundOrder, form: SheetForm) -> CommandContext:
    command_id = keys.sheet_command(order.merchant, order.id, form.sheet)
    return await visit.services.commands.context(order.merchant, user.actor, command_id)


async def _sheet(
    visit: Visit,
    user: StaffUser,
    order: FoundOrder,
    form: SheetForm,
    *,
    status: int = 200,
    refusal: CommandResult | None = None,
) -> web.Response:
    staff_orders = visit.services.staff_orders
    mark = await visit.services.orders.timeline.mark(
        order
    )  # before the page, so that nothing is between them
    page = await staff_orders.pages.of(order, user.actor)
    context = await _context(visit, user, order, form)
    result, preview = await staff_orders.previews.of_choice(context, order, form.choice, form.customer_text)
    second = await staff_orders.undo.second_person(context, order, form.choice)
    macros = await visit.services.console.macros.of(order.merchant) if form.refuses else []
    return render(
        visit,
        "agent_order/sheet.html",
        status=status,
        **_variables(page, form, preview),
        done=preview is None and _was_done(page, form),
        refusal=refusal or (result if result.verdict == "refused" else None),
        facts=FactReader(page).of_refusal,
        macros=[("", "–"), *((one.macro, one.name) for one in macros)] if macros else [],
        moved=status == 409,
        mark=mark,
        moves=await _moves(visit, user, order, page, form) if status == 409 else [],
        second=second,
        messages=await unanswered_messages(visit, user, order) if form.command == "reply" else (),
        deciders=await _deciders(visit, user, second) if second is not None else [],
        undo_seconds=await staff_orders.undo.seconds(order) if preview is not None and preview.pays else 0,
    )


async def _deciders(visit: Visit, user: StaffUser, second: SecondPerson) -> list[str]:
    """The names of colleagues whose limit is high enough."""
    found = await visit.services.staff.users.page(user.merchant, PageRequest(100), with_addresses=False)
    able = (one for one in found.items if one.status == "active" and one.id != user.id)
    return [one.name for one in able if one.role in second.roles][:MAX_NAMES]


def _was_done(page: StaffPage, form: SheetForm) -> bool:
    """Whether the same was done to the same return, package or payment before, and is refused for that."""
    return bool(form.subject) and any(
        (entry.action, entry.subject) == (form.command, form.subject) for entry in page.timeline
    )


async def _moves(
    visit: Visit, user: StaffUser, order: FoundOrder, page: StaffPage, form: SheetForm
) -> list[TimelineRow]:
    """What became known since the sheet was opened: what people decided first."""
    new = await visit.services.staff_orders.pages.since(order, form.mark, user.actor)
    rows = OrderRows(page, visit.zone, None)
    return [rows.row(entry, f"moved-{number}") for number, entry in enumerate(new[:MAX_MOVES])]


def _variables(page: StaffPage, form: SheetForm, preview: CommandPreview | None) -> dict[str, Any]:
    """What the sheet shows of the order and of the command."""
    known, choice = subjects(page), form.choice
    base = base_of(page)
    return {
        "order": page.order,
        "form": form,
        "base": base,
        "address": command_address(base, CommandChoice(command=choice.command)),
        "about": known.get(choice.subject, Subject()),
        "preview": preview,
        "amount": _amount(preview) if preview is not None else None,
        "known": known,
        "nothing": Subject(),
        "entry": lambda at: day_or_moment(at, page.order.destination.zone),
    }


def _amount(preview: CommandPreview) -> Money | None:
    """What the command is about in money: what it pays, or what it would pay once goods are here."""
    waits = (one.after - one.before for one in preview.sums if one.what == "after_goods")
    return preview.amount or next((sum_ for sum_ in waits if sum_.minor > 0), None)
