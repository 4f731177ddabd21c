"""`/w/{token}`: the same withdrawal by the link of an order, for all of it or for some units."""

import secrets
from typing import Final

from aiohttp import web

from domain import keys
from domain.model.order import OrderLine
from pages.web.linked import linked_page
from pages.web.rendering import redirect, render
from pages.web.visit import Visit
from services.order_reader import FoundOrder
from services.orders.linked_orders import LINK_HOLDER
from services.withdrawals.service import NewWithdrawal

_UNITS: Final = "units."


@linked_page("GET", "/w/{token}")
async def show_withdrawal_form(visit: Visit, order: FoundOrder) -> web.Response:
    """The goods of the order; all of them are chosen at first."""
    return await _form(visit, order)


@linked_page("POST", "/w/{token}")
async def state_units(visit: Visit, order: FoundOrder) -> web.Response:
    """The statement as it will be kept, to be confirmed. Nothing is kept yet."""
    units, offer = await _chosen(visit, order), await visit.services.returns.withdrawals.offer(order)
    if units is None or not offer.offered:
        return await _form(visit, order, status=422)
    stated = await visit.services.returns.withdrawals.statement_of(
        order, "", await _text(visit, order, units), units
    )
    typed = {f"{_UNITS}{line}": str(count) for line, count in units.items()}
    return render(
        visit,
        "withdrawal/confirm.html",
        typed=typed,
        text=stated.text.splitlines(),
        form=secrets.token_hex(16),
    )


@linked_page("POST", "/w/{token}/confirm")
async def confirm_units(visit: Visit, order: FoundOrder) -> web.Response:
    """Keep the statement, whatever rules say by now, and open its return. The same form again is the same statement."""
    form = keys.page_form(order.id, "withdraw", visit.form.text("form", 64))
    withdrawals, statement = visit.services.returns.withdrawals, keys.withdrawal(order.merchant, form)
    confirmed = f"/withdrawn/{withdrawals.token(order.merchant, statement)}"
    if await withdrawals.find(order.merchant, statement) is not None:
        return redirect(confirmed)
    units = await _chosen(visit, order)
    if units is None:
        return await _form(visit, order, status=422)
    visit.services.operations.rate_limiter.consume(visit.request, "lookups_of_order", order.id)
    text = await _text(visit, order, units)
    new = NewWithdrawal(
        form=form,
        source="page",
        statement=await withdrawals.statement_of(order, "", text, units),
        order=order,
        units=units,
    )
    await withdrawals.keep(order.merchant, LINK_HOLDER, new)
    await withdrawals.carry_out(order.merchant, statement)
    return redirect(confirmed)


async def _form(visit: Visit, order: FoundOrder, status: int = 200) -> web.Response:
    offer = await visit.services.returns.withdrawals.offer(order)
    return render(visit, "withdrawal/goods.html", status=status, offer=offer, nothing=status == 422)


async def _chosen(visit: Visit, order: FoundOrder) -> dict[str, int] | None:
    """The units by line; None where none was chosen or a line has not so many. What of them comes back is for the rules."""
    most = {line.line_id: line.quantity for line in await _lines(visit, order)}
    counts = {line: visit.form.number(f"{_UNITS}{line}") or 0 for line in most}
    wrong = any(not 0 <= count <= most[line] for line, count in counts.items())
    units = {line: count for line, count in counts.items() if count}
    return units if units and not wrong else None


async def _lines(visit: Visit, order: FoundOrder) -> list[OrderLine]:
    return [*(await visit.services.orders.reader.state(order)).state.order.lines]


async def _text(visit: Visit, order: FoundOrder, units: dict[str, int]) -> str:
    """The statement, in the reader's language: the same when it is shown and when it is kept."""
    lines = await _lines(visit, order)
    titles = {line.line_id: line.title for line in lines}
    number, shop = str(visit.frame["number"]), visit.brand.name
    whole = units == {line.line_id: line.quantity for line in lines}
    goods = "" if whole else ", ".join(f"{count} × {titles[line]}" for line, count in units.items())
    about = (
        visit.sentence(
            "I hereby withdraw from the contract with %(shop)s about these goods of order %(number)s:",
            shop=shop,
            number=number,
        )
        if goods
        else visit.sentence(
            "I hereby withdraw from the contract with %(shop)s about order %(number)s.",
            shop=shop,
            number=number,
        )
    )
    known = await visit.services.returns.withdrawals.statement_of(order, "", "", {})
    return "\n".join(filter(None, (about, goods, known.name, known.email)))
