"""`/withdraw/{merchant}`: a contract is withdrawn from in two steps, without signing in; `/withdrawn/{token}`: its proof."""

import secrets
from typing import Any, Final

from aiohttp import web

from domain.actors import Actor, Role
from domain.text import is_mail_address, single_line
from pages.web.brands import branded
from pages.web.dead_links import dead_link
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import Visit
from services.withdrawals.service import NewWithdrawal
from services.withdrawals.statement import MAX_GOODS, WithdrawalStatement

_STRANGER: Final = Actor(role=Role.CUSTOMER, name="withdrawal form")
_LIMITS: Final = {"name": 200, "number": 64, "email": 254, "goods": MAX_GOODS}


@page("GET", "/withdraw/{merchant}")
async def get_withdrawal_form(visit: Visit) -> web.StreamResponse:
    """The form: who withdraws, from which contract, and where the confirmation goes. No reason is asked."""
    typed = {name: visit.query.text(name, limit) for name, limit in _LIMITS.items()}
    return _form(await _of_shop(visit), typed, [])


@page("POST", "/withdraw/{merchant}", limit=16_384)
async def state_withdrawal(visit: Visit) -> web.StreamResponse:
    """The statement as it will be kept, to be confirmed; or the form again with what is missing. Nothing is kept yet."""
    visit = await _of_shop(visit)
    typed, missing = _typed(visit)
    if missing:
        return _form(visit, typed, missing)
    text, form = _text(visit, typed).splitlines(), secrets.token_hex(16)
    return render(visit, "withdrawal/confirm.html", typed=typed, text=text, form=form)


@page("POST", "/withdraw/{merchant}/confirm", limit=16_384)
async def confirm_withdrawal(visit: Visit) -> web.StreamResponse:
    """Keep the statement. The same form again is the same statement; the answer is the same for every order."""
    visit = await _of_shop(visit)
    typed, missing = _typed(visit)
    if missing:
        return _form(visit, typed, missing)
    merchant, withdrawals = visit.path["merchant"], visit.services.returns.withdrawals
    limiter = visit.services.operations.rate_limiter
    limiter.consume(visit.request, "lookups", limiter.network(visit.request))
    limiter.consume(visit.request, "lookups_of_order", withdrawals.owner(merchant, typed["email"]))
    statement = WithdrawalStatement(
        **{name: typed[name] for name in ("name", "number", "email")},
        text=_text(visit, typed),
        partly=bool(typed["goods"]),
        locale=visit.locale,
    )
    form = "/".join(("page", visit.form.text("form", 64), *typed.values()))
    kept = await withdrawals.keep(merchant, _STRANGER, NewWithdrawal(form, "page", statement))
    return redirect(f"/withdrawn/{withdrawals.token(merchant, kept.id)}")


@page("GET", "/withdrawn/{token}")
async def show_confirmation(visit: Visit) -> web.StreamResponse:
    """What was stated when, and what happens next."""
    return await _confirmation(visit, "withdrawal/done.html")


@page("GET", "/withdrawn/{token}/confirmation.html")
async def download_confirmation(visit: Visit) -> web.StreamResponse:
    """The confirmation as one file to keep, which needs no network."""
    return await _confirmation(visit, "withdrawal/to_keep.html", as_file=True)


def _form(visit: Visit, typed: dict[str, str], missing: list[str]) -> web.Response:
    at = visit.request.path.removesuffix("/confirm")
    status = 422 if missing else 200
    return render(visit, "withdrawal/form.html", status=status, typed=typed, missing=missing, form_at=at)


async def _confirmation(visit: Visit, template: str, *, as_file: bool = False) -> web.StreamResponse:
    found = await visit.services.returns.withdrawals.by_token(visit.path["token"])
    if found is None or found[1].statement is None:
        return await dead_link(visit, "unknown", found[0] if found else "")
    merchant, withdrawal = found
    assert withdrawal.statement is not None
    stated = withdrawal.statement
    shown: dict[str, Any] = {"found": withdrawal, "text": stated.text.splitlines(), "zone": stated.zone}
    shown["received"] = withdrawal.received_at.isoformat()
    kept = {"Content-Disposition": f'attachment; filename="{withdrawal.id}.html"'} if as_file else {}
    known = await branded(visit, merchant, locale=stated.locale, zone=stated.zone)
    return render(known, template, headers=kept, **shown)


def _typed(visit: Visit) -> tuple[dict[str, str], list[str]]:
    """What was typed, and the names of the fields that are missing or wrong."""
    typed = {
        name: single_line(visit.form.text(name, limit), limit)
        for name, limit in _LIMITS.items()
        if name != "goods"
    }
    typed["goods"] = visit.form.text("goods", MAX_GOODS)
    missing = [name for name in ("name", "number", "email") if not typed[name]]
    if typed["email"] and not is_mail_address(typed["email"]):
        missing.append("email")
    return typed, missing


def _text(visit: Visit, typed: dict[str, str]) -> str:
    """The statement, in the reader's language."""
    shop, number = visit.brand.name, typed["number"]
    about = (
        visit.sentence(
            "I hereby withdraw from the contract with %(shop)s about these goods of order %(number)s:",
            shop=shop,
            number=number,
        )
        if typed["goods"]
        else visit.sentence(
            "I hereby withdraw from the contract with %(shop)s about order %(number)s.",
            shop=shop,
            number=number,
        )
    )
    return "\n".join(filter(None, (about, typed["goods"], typed["name"], typed["email"])))


async def _of_shop(visit: Visit) -> Visit:
    """Raises Problem for a shop that does not exist."""
    return await branded(visit, visit.path["merchant"])
