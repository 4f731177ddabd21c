"""Forms that were sent without a session: kept in the sign-in page itself, and sent again after it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from aiohttp import web

from pages.web.cookies import ConsoleCookie
from pages.web.page_headers import PAGE_HEADERS
from pages.web.rendering import redirect, render
from pages.web.visit import Visit

SIGN_IN: Final = "/agents/sign-in"
CONSOLE: Final = "/agents"
SHOP_COOKIE: Final = ConsoleCookie("smot_shop", CONSOLE)
"""Of which shop the last user of this browser was."""
ADDRESS_COOKIE: Final = ConsoleCookie("smot_address", SIGN_IN)
"""Whose password was chosen in this browser, for some minutes."""
KEPT_LIMIT: Final = 256 * 1024  # bytes of a sign-in form, which may carry another form
_LONGEST_COOKIE: Final = 3 * 254  # as it is quoted
_PREFIX: Final = "kept."
_SHEET: Final = re.compile(r"/agents/orders/[^/]+/commands/(\w+)")
_ADDRESS: Final = re.compile(r"/agents(?:[/?][\x21-\x5b\x5d-\x7e]{0,1500})?")  # no backslash


@dataclass(frozen=True)
class KeptForm:
    """A form on its way. path: where it belongs; empty for none. fields: as they were typed."""

    path: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The command that its sheet gives to an order; empty for any other form."""
        found = _SHEET.fullmatch(self.path.partition("?")[0])
        return found.group(1) if found else ""


def own_address(text: str, otherwise: str = CONSOLE) -> str:
    """The text if it is an address of the console, so that a link to the sign-in page never leads to another site."""
    return text if _ADDRESS.fullmatch(text) and not text.startswith(SIGN_IN) else otherwise


def kept_form(visit: Visit) -> KeptForm:
    """The form that this visit sent."""
    typed = {name: values for name, values in visit.form.all_values().items() if name != "csrf"}
    return KeptForm(own_address(visit.request.path_qs), typed)


def carried_form(visit: Visit) -> KeptForm:
    """The form that the sign-in page carried for another page."""
    path = own_address(visit.form.text("kept_path"), "")
    typed = visit.form.all_values().items()
    return KeptForm(
        path, {name[len(_PREFIX) :]: values for name, values in typed if name.startswith(_PREFIX)}
    )


async def needs_sign_in(visit: Visit) -> web.StreamResponse:
    """The sign-in page in place of the page that was wanted; a form that was sent goes with it."""
    wanted = own_address(visit.request.path_qs)
    if visit.request.headers.get("HX-Request"):
        shown = own_address(_local_part(visit.request.headers.get("HX-Current-URL", "")))
        address = f"{SIGN_IN}?next={quote(shown, safe='')}"
        return web.Response(status=401, headers={**PAGE_HEADERS, "HX-Redirect": address})
    if visit.request.method != "POST":
        return redirect(f"{SIGN_IN}?next={quote(wanted, safe='')}")
    return await show_sign_in(visit, kept=kept_form(visit), status=401)


async def show_sign_in(
    visit: Visit,
    *,
    shop: str = "",
    kept: KeptForm | None = None,
    next_address: str = CONSOLE,
    error: str = "",
    status: int = 200,
) -> web.Response:
    """The page for address and password, and for the shop's provider. `error`: a sentence about what was tried."""
    shop = shop or visit.form.text("shop", 64) or visit.query.text("shop", 64) or SHOP_COOKIE.of(visit)
    chosen = unquote(ADDRESS_COOKIE.of(visit)[:_LONGEST_COOKIE])[:254]
    return render(
        visit,
        "account/sign_in.html",
        status=status,
        kept=kept or KeptForm(),
        next=next_address,
        shop=shop[:64],
        provider=await visit.services.staff.openid_settings.label(shop[:64]),
        email=visit.form.text("email", 254) if error else chosen,
        password_set=bool(chosen) and not error,
        error=error,
    )


def show_again(visit: Visit, kept: KeptForm, status: int = 409) -> web.Response:
    """One button that sends the kept form with the hidden field of the present session."""
    return render(visit, "account/again.html", status=status, kept=kept)


def _local_part(url: str) -> str:
    """Of an address of this server, what follows its name."""
    return "/" + url.partition("://")[2].partition("/")[2]
