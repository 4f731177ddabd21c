"""The customer's return: lines and reasons, offers side by side, the code; changed or cancelled while that is possible."""

from typing import Any, Final

from aiohttp import web

from api.http.problems import Problem
from domain import keys
from domain.model.exchange_quote import ExchangeFallback
from domain.model.return_choices import Resolution
from domain.reasons import Reason, Violation
from domain.returns.customer_return import CustomerReturn
from pages.returns.choices import MAX_LINES, Choices
from pages.web.goods_pictures import goods_pictures
from pages.web.linked import customers_context, linked_page
from pages.web.rendering import redirect, render
from pages.web.visit import Visit
from services.drop_off_codes import qr_svg
from services.order_reader import FoundOrder
from services.returns.opening import NewReturn

_RESOLUTIONS: Final[dict[str, Resolution]] = {
    "refund": "refund", "store_credit": "store_credit", "exchange": "exchange",
}  # fmt: skip
_FALLBACKS: Final[dict[str, ExchangeFallback]] = {
    "refund": "refund", "store_credit": "store_credit", "wait": "wait",
}  # fmt: skip
_CHANGED: Final = {Reason.QUOTE_STALE, Reason.QUOTE_EXPIRED}
MAX_QUOTE: Final = 16_384


@linked_page("GET", "/r/{token}")
async def show_lines(visit: Visit, order: FoundOrder) -> web.Response:
    """The lines of the order: what can come back, and what cannot with its reason."""
    return await _form(visit, order, Choices.read(visit.query))


@linked_page("POST", "/r/{token}")
async def take_lines(visit: Visit, order: FoundOrder) -> web.Response:
    """Go on to the offers for what was ticked; what is missing is shown with the form as it was filled."""
    chosen = Choices.ticked(visit.form)
    missing = [one.line_id for one in chosen.lines if not one.reason]
    if not chosen.lines or missing or len(chosen.lines) > MAX_LINES:
        return await _form(visit, order, chosen, status=422, missing=missing)
    return redirect(f"/r/{visit.path['token']}/offers?{chosen.query()}")


@linked_page("GET", "/r/{token}/offers")
async def show_offers(visit: Visit, order: FoundOrder) -> web.Response:
    """What the chosen goods pay, side by side, with the verdict first; or every reason why they cannot come back."""
    chosen = Choices.read(visit.query)
    form = await visit.services.returns.forms.returnable(order, [visit.locale])
    found = await visit.services.returns.opening.quote(order, chosen.items, chosen.method, chosen.wishes)
    if found.quote is None:
        return await _form(visit, order, chosen, status=422, reasons=found.reasons)
    titles = {line.line_id: line for line in form.lines}
    return render(
        visit,
        "returns/offers.html",
        chosen=chosen,
        quote=found.quote,
        quote_token=found.token,
        verdict=found.verdict,
        titles=titles,
        labels={one.code: one.label for one in form.reasons},
        exchanges=any(one.code == "exchange" for one in form.resolutions),
        exchange_reasons=found.exchange_reasons,
        changed=visit.query.checked("changed"),
    )


@linked_page("POST", "/r/{token}/open")
async def open_return(visit: Visit, order: FoundOrder) -> web.Response:
    """Open the return at exactly the quote that was shown. The same form again shows the same return."""
    chosen, quote = Choices.read(visit.form), visit.form.text("quote", MAX_QUOTE)
    resolution = _RESOLUTIONS.get(visit.form.text("resolution"))
    again = f"/r/{visit.path['token']}/offers?"
    if resolution is None or not quote:
        return redirect(again + chosen.query())
    new = NewReturn(
        items=chosen.items,
        resolution=resolution,
        method=chosen.method,
        quote=quote,
        fallback=_FALLBACKS.get(visit.form.text("fallback"), "refund"),
    )
    context = await customers_context(visit, order, keys.page_form(order.id, "return", quote))
    result = await visit.services.returns.opening.open(context, order, new)
    if result.verdict != "refused":
        return redirect(f"/r/{visit.path['token']}/returns/{result.subject}")
    if {one.code for one in result.reasons} <= _CHANGED:
        return redirect(again + chosen.query(changed="1"))
    return await _form(visit, order, chosen, status=422, reasons=result.reasons)


async def _form(
    visit: Visit, order: FoundOrder, chosen: Choices, status: int = 200, **found: Any
) -> web.Response:
    """The form of all lines, with what is wrong in it. found: `reasons` of the rules, `missing` lines without a reason."""
    form = await visit.services.returns.forms.returnable(order, [visit.locale])
    view = await visit.services.orders.reader.customer_view(order)
    reasons: tuple[Violation, ...] = found.get("reasons", ())
    pictures = goods_pictures(view.lines)
    return render(
        visit,
        "returns/lines.html",
        status=status,
        headers=pictures.headers,
        pictures=pictures.addresses,
        form=form,
        paid={line.line_id: line.paid for line in view.lines},
        live=[one for one in view.returns if _is_open(one)],
        chosen=chosen,
        missing=set(found.get("missing", ())),
        nothing=status == 422 and not chosen.lines,
        too_many=len(chosen.lines) > MAX_LINES,
        refusals=[one for one in reasons if "line" in one.details],
        whole_order=[one for one in reasons if "line" not in one.details],
    )


def _is_open(one: CustomerReturn) -> bool:
    return one.status in ("in_review", "authorized")


@linked_page("GET", "/r/{token}/returns/{return}")
async def show_return(visit: Visit, order: FoundOrder) -> web.Response:
    """The return: its code, large, while that works; else how far it is and what comes next."""
    return render(visit, "returns/return.html", **await _shown(visit, order))


@linked_page("GET", "/r/{token}/returns/{return}/code.html")
async def download_code(visit: Visit, order: FoundOrder) -> web.Response:
    """The code as a page of its own that needs no network: for the phone's files, or for paper."""
    shown = await _shown(visit, order)
    if shown["details"].code is None:
        raise Problem("not_found")
    number = shown["one"].number
    kept = {"Content-Disposition": f'attachment; filename="{number}.html"'}
    return render(visit, "returns/code_to_keep.html", headers=kept, **shown)


@linked_page("POST", "/r/{token}/returns/{return}/cancel")
async def cancel_return(visit: Visit, order: FoundOrder) -> web.Response:
    """Cancel the return. With `change` the form follows, filled as it was."""
    shown = await _shown(visit, order)
    return_id = shown["one"].return_id
    context = await customers_context(visit, order, keys.page_form(order.id, "cancel", return_id))
    result = await visit.services.returns.changes.cancel(context, shown["found"])
    address = f"/r/{visit.path['token']}"
    if result.verdict == "refused" or not visit.form.checked("change"):
        return redirect(f"{address}/returns/{return_id}")
    return redirect(f"{address}?{shown['chosen'].query()}")


async def _shown(visit: Visit, order: FoundOrder) -> dict[str, Any]:
    """What the templates of one return show. Raises Problem not_found for a return of another order."""
    returns = visit.services.returns
    found = await returns.reader.find(order.merchant, visit.path["return"])
    details = await returns.reader.details(found) if found and found.order.id == order.id else None
    if found is None or details is None:
        raise Problem("not_found")
    view = await visit.services.orders.reader.customer_view(order)
    return {
        "found": found,
        "details": details,
        "one": details.for_customer,
        "titles": {line.line_id: line for line in view.lines},
        "chosen": Choices.of_return(details.view.units, details.item_reasons, details.view.method),
        "qr": qr_svg(details.code) if details.code else "",
        "as_of": view.as_of,
    }
