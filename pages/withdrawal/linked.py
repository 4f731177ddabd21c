"""`/w/{token}`: the same withdrawal by the link of an order, for all of it or for some units."""

import secrets
from typing import Final

from aiohttp import web

from domain import keys
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
    units = await _chosen(visit, order)
    if units is None:
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
    """Keep the statement and open its return. The same form again is the same statement."""
    units = await _chosen(visit, order)
    if units is None:
        return await _form(visit, order, status=422)
    withdrawals = visit.services.returns.withdrawals
    text = await _text(visit, order, units)
    new = NewWithdrawal(
        form=keys.page_form(order.id, "withdraw", visit.form.text("form", 64)),
        source="page",
        statement=await withdrawals.statement_of(order, "", text, units),
        order=order,
        units=units,
    )
    kept = await withdrawals.keep(order.merchant, LINK_HOLDER, new)
    await withdrawals.carry_out(order.merchant, kept.id)
    return redirect(f"/withdrawn/{withdrawals.token(order.merchant, kept.id)}")


async def _form(visit: Visit, order: FoundOrder, status: int = 200) -> web.Response:
    offer = await visit.services.returns.withdrawals.offer(order)
    return render(visit, "withdrawal/goods.html", status=status, offer=offer, nothing=status == 422)


async def _chosen(visit: Visit, order: FoundOrder) -> dict[str, int] | None:
    """The units by line; None where none was chosen or a number is none of the form's."""
    offer = await visit.services.returns.withdrawals.offer(order)
    most = {line.line_id: line.units for line in offer.lines}
    counts = {line: visit.form.number(f"{_UNITS}{line}") or 0 for line in most}
    units = {line: count for line, count in counts.items() if count}
    wrong = any(not 0 <= count <= most[line] for line, count in counts.items())
    return units if offer.offered and units and not wrong else None


async def _text(visit: Visit, order: FoundOrder, units: dict[str, int]) -> str:
    """The statement, in the reader's language."""
    offer = await visit.services.returns.withdrawals.offer(order)
    titles = {line.line_id: line.title for line in offer.lines}
    number, shop = str(visit.frame["number"]), visit.brand.name
    whole = units == {line.line_id: line.units for line in offer.lines}
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
