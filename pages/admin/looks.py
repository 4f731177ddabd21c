"""The form of the merchant's looks, with the colour as each palette mends it."""

import base64
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from domain.branding import MAX_LOGO, Branding
from domain.colours import PALETTES, is_colour, mended
from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.brands import logo_address
from pages.web.catalogues import NAMES
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit

_PATH = f"{ADMIN}/branding"
_FORM_LIMIT = MAX_LOGO + 32 * 1024
_TEXTS = {"name": 78, "accent": 7, "reply_to": 254, "help_address": 300}


@staff_page("GET", _PATH, roles=ADMINS)
async def show_branding(visit: Visit, user: StaffUser) -> web.Response:
    """The looks as they are."""
    return _form(visit, user, await _current(visit, user), {})


@staff_page("POST", _PATH, roles=ADMINS, limit=_FORM_LIMIT)
async def set_branding(visit: Visit, user: StaffUser) -> web.Response:
    """Set them. With a mistake the form is shown again as it was typed, with a sentence at each field."""
    before = await _current(visit, user)
    typed: dict[str, Any] = {name: visit.form.text(name, limit * 4) for name, limit in _TEXTS.items()}
    typed["locale"] = visit.form.choice("locale", NAMES) or before.locale
    helps = {tag: visit.form.text(f"help.{tag}", 1200) for tag in NAMES}
    typed["help_texts"] = {tag: text for tag, text in helps.items() if text}
    uploaded = visit.form.upload("logo")
    kept = "" if visit.form.checked("no_logo") else before.logo
    typed["logo"] = base64.b64encode(uploaded).decode() if uploaded else kept
    try:
        branding = Branding.model_validate(typed)
    except ValidationError as error:
        faults = {str(one["loc"][0]): one["msg"].removeprefix("Value error, ") for one in error.errors()}
        shown = Branding.model_construct(**{**typed, "logo": before.logo})
        return _form(visit, user, shown, faults)
    await visit.services.merchants.branding.put(user.merchant, branding, user.actor)
    return redirect_with_message(visit, _PATH, FlashMessage("looks_kept"))


async def _current(visit: Visit, user: StaffUser) -> Branding:
    return await visit.services.merchants.branding.of(user.merchant) or Branding()


def _form(visit: Visit, user: StaffUser, branding: Branding, faults: dict[str, str]) -> web.Response:
    colour = branding.accent if is_colour(branding.accent) else ""
    return show(
        visit,
        "looks",
        "looks",
        status=422 if faults else 200,
        branding=branding,
        faults=faults,
        logo=logo_address(user.merchant, branding),
        palettes=[(one.name, mended(colour, one)) for one in PALETTES] if colour else [],
        names=NAMES,
    )
