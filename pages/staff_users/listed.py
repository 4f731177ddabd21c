"""The page of all users, with the forms for another one and for the shop's OpenID provider."""

from typing import Final

from aiohttp import web

from domain.actors import Role
from domain.staff.accounts import USER_ROLES
from pages.web.catalogues import NAMES
from pages.web.kept_forms import SIGN_IN
from pages.web.origins import own_origin
from pages.web.rendering import render
from pages.web.staff import StaffUser
from pages.web.visit import Visit
from services.paging import PageRequest

_PAGE: Final = 100
PROVIDER_FIELDS: Final = ("issuer", "client_id", "label", "domains", "new_user_role", "password_user")


async def listed(visit: Visit, user: StaffUser, error: str = "", provider_error: str = "") -> web.Response:
    """All users. `error`: about the invitation; `provider_error`: about the provider."""
    services = visit.services.staff
    page = PageRequest(_PAGE, visit.query.text("cursor", 512) or None)
    found = await services.users.page(user.merchant, page, with_addresses=True)
    provider = await services.openid_settings.find(user.merchant)
    stored = provider.model_dump(mode="json") if provider is not None else {}
    stored["domains"] = " ".join(stored.get("domains", ()))
    typed = {name: visit.form.text(name, 6000) for name in PROVIDER_FIELDS}
    origin = own_origin(visit.request)
    return render(
        visit,
        "staff_users/list.html",
        status=422 if error or provider_error else 200,
        people=found.items,
        next=found.next,
        roles=[str(one) for one in USER_ROLES],
        languages_of_pages=[*NAMES.items()],
        typed={name: visit.form.text(name, 254) for name in ("name", "email", "role")},
        error=error,
        provider=typed if provider_error else {name: stored.get(name) or "" for name in PROVIDER_FIELDS},
        provider_set=provider is not None,
        provider_error=provider_error,
        openid_installed=services.openid_settings.installed,
        admins=[
            (one.id, one.name) for one in found.items if one.role == Role.ADMIN and one.status == "active"
        ],
        return_address=origin + SIGN_IN + "/oidc",
        sign_in_address=f"{origin}{SIGN_IN}?shop={user.merchant}",
    )
