"""Accounts at payment providers, and the account that parcels are followed with. Keys are never shown."""

from aiohttp import web

from api.http.problems import Problem
from domain.payments.account_shapes import SHAPES
from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from ports.payments import PaymentAccount
from services.merchants.payment_accounts import PaymentAccountTest, WrongAccount

_PATH = f"{ADMIN}/accounts"


@staff_page("GET", _PATH, roles=ADMINS)
async def show_accounts(visit: Visit, user: StaffUser) -> web.Response:
    """Every provider with the account that is set, or the form for one."""
    return await _accounts(visit, user)


@staff_page("POST", _PATH + "/{provider}", roles=ADMINS)
async def set_payment_account(visit: Visit, user: StaffUser) -> web.Response:
    """Set the keys of a provider in place of those from before."""
    provider = _provider(visit)
    keys = {name: value for name, value in visit.form.beginning("key.").items() if value}
    account = PaymentAccount(provider=provider, base="", account=visit.form.text("account", 300), keys=keys)
    try:
        await visit.services.merchants.payment_accounts.put(user.merchant, account, user.actor)
    except WrongAccount as wrong:
        return await _accounts(visit, user, faults=(provider, [place for _, place in wrong.found]))
    return redirect_with_message(visit, _PATH, FlashMessage("account_set", what=SHAPES[provider].title))


@staff_page("POST", _PATH + "/{provider}/test", roles=ADMINS)
async def check_payment_account(visit: Visit, user: StaffUser) -> web.Response:
    """Ask the provider whether it accepts the keys."""
    provider = _provider(visit)
    tested = await visit.services.merchants.payment_accounts.test(user.merchant, provider)
    if tested is None:
        raise Problem("not_found")
    return await _accounts(visit, user, tested=(provider, tested))


@staff_page("POST", _PATH + "/{provider}/remove", roles=ADMINS)
async def remove_payment_account(visit: Visit, user: StaffUser) -> web.Response:
    """Forget the keys."""
    provider = _provider(visit)
    await visit.services.merchants.payment_accounts.remove(user.merchant, provider, user.actor)
    return redirect_with_message(visit, _PATH, FlashMessage("account_removed", what=SHAPES[provider].title))


def _provider(visit: Visit) -> str:
    provider = visit.path["provider"]
    if provider not in SHAPES:
        raise Problem("not_found")
    return provider


async def _accounts(
    visit: Visit,
    user: StaffUser,
    *,
    faults: tuple[str, list[str]] = ("", []),
    tested: tuple[str, PaymentAccountTest] | None = None,
) -> web.Response:
    merchants = visit.services.merchants
    accounts = {name: await merchants.payment_accounts.find(user.merchant, name) for name in SHAPES}
    return show(
        visit,
        "accounts",
        "accounts",
        status=422 if faults[0] else 200,
        shapes=SHAPES,
        accounts=accounts,
        faults=faults,
        tested=tested,
        carrier=await merchants.carrier_accounts.find(user.merchant),
    )
