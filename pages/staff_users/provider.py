"""The form on `/agents/users` for the OpenID provider of the shop."""

from typing import Final

from aiohttp import web
from pydantic import ValidationError

from api.http.problems import Problem
from domain.actors import Role
from pages.staff_users.listed import PROVIDER_FIELDS, listed
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.staff.openid_settings import OpenIdRefusal, OpenIdSettings, OpenIdSettingsRefused

_PATH: Final = "/agents/oidc-provider"
_USERS: Final = "/agents/users"
_ADMINS: Final = frozenset({Role.ADMIN})


@staff_page("POST", _PATH, roles=_ADMINS)
async def set_provider(visit: Visit, user: StaffUser) -> web.Response:
    """Use the provider that was typed."""
    form = {name: visit.form.text(name, 6000) or None for name in PROVIDER_FIELDS}
    domains = (form["domains"] or "").replace(",", " ").lower().split()
    secret = visit.form.text("client_secret", 1000)
    try:
        settings = OpenIdSettings.model_validate({**form, "domains": domains})
        await visit.services.staff.openid_settings.put(user.merchant, settings, secret or None, user.actor)
    except ValidationError:
        sentence = visit.sentence(
            "It needs an issuer, a client, a name for the button, and domains as shop.example."
        )
        return await listed(visit, user, provider_error=sentence)
    except OpenIdSettingsRefused as refused:
        return await listed(visit, user, provider_error=_sentence(visit, refused))
    return redirect_with_message(visit, _USERS, FlashMessage("provider_set"))


@staff_page("POST", _PATH + "/removal", roles=_ADMINS)
async def remove_provider(visit: Visit, user: StaffUser) -> web.Response:
    """Have all users sign in with passwords again."""
    await visit.services.staff.openid_settings.remove(user.merchant, user.actor)
    return redirect_with_message(visit, _USERS, FlashMessage("provider_removed"))


@staff_page("POST", _USERS + "/{user}/unlinking", roles=_ADMINS)
async def unlink(visit: Visit, user: StaffUser) -> web.Response:
    """Forget which person of the provider a user is; the user's sessions end."""
    other = visit.path["user"]
    if not await visit.services.staff.users.unlink(user.merchant, other, user.actor):
        raise Problem("not_found")
    return redirect_with_message(visit, f"{_USERS}/{other}", FlashMessage("user_unlinked"))


def _sentence(visit: Visit, refused: OpenIdSettingsRefused) -> str:
    sentences: dict[OpenIdRefusal, str] = {
        "not_installed": visit.sentence("This server has no sign-in at a provider; its operator can add it."),
        "no_secret": visit.sentence("It needs the client secret."),
        "no_domains": visit.sentence(
            "New users need domains: else all people of the provider would come in."
        ),
        "admins_are_invited": visit.sentence("New users are no admins; admins are invited."),
        "no_such_admin": visit.sentence("The user who keeps a password is an admin who has one."),
        "issuer_refused": visit.sentence(
            "The issuer cannot be used: %(reason)s", reason=refused.detail.replace("_", " ")
        ),
    }
    return sentences[refused.reason]
