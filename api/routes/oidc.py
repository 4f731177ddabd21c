"""Routes: where the staff of a merchant sign in by OpenID Connect."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem, ProblemCode
from domain.actors import Role
from services.staff.openid_settings import (
    OpenIdProviderView,
    OpenIdRefusal,
    OpenIdSettings,
    OpenIdSettingsRefused,
    OpenIdSettingsService,
)

_PATH = "/v1/oidc-provider"
_ROLES = {Role.ADMIN}
_TAGS = ("users",)
_SENTENCES: dict[OpenIdRefusal, str] = {
    "not_installed": "This deployment has no OpenID Connect: its operator installs the extra `oidc`.",
    "no_secret": "A client secret is needed, as there is none for this issuer and client.",
    "no_domains": "New users need domains: else all people of the provider would come in.",
    "admins_are_invited": "New users are no admins; admins are invited.",
    "no_such_admin": "The user who keeps a password is an admin who has one.",
    "issuer_refused": "The issuer cannot be used.",
}


class OpenIdProviderRequest(OpenIdSettings):
    """How the merchant's staff sign in at a provider."""

    client_secret: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[\x20-\x7e]+$")] | None = (
        None
    )
    """The secret of that client; without it the present one of the same client stays."""


@endpoint("GET", _PATH, roles=_ROLES, tags=_TAGS, problems=("not_found",))
async def get_oidc_provider(call: Call[Services]) -> OpenIdProviderView:
    """Where the merchant's staff sign in. The client secret is never shown."""
    view = await _settings(call).find(call.merchant)
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("PUT", _PATH, roles=_ROLES, tags=_TAGS, problems=("refused", "url_refused", "not_found"))
async def put_oidc_provider(call: Call[Services], body: OpenIdProviderRequest) -> OpenIdProviderView:
    """Have the merchant's staff sign in at a provider too, by OpenID Connect with PKCE.

    Register the address `/agents/sign-in/oidc` of this deployment there. A user comes in by a verified address once, and
    by the provider's own id of the person from then on. With another issuer all users are linked again.
    """
    merchant = call.merchant
    try:
        view = await _settings(call).put(merchant, body, body.client_secret, call.caller.actor)
    except OpenIdSettingsRefused as refused:
        code: ProblemCode = "url_refused" if refused.reason == "issuer_refused" else "refused"
        raise Problem(code, _SENTENCES[refused.reason], reason=refused.detail or refused.reason) from None
    if view is None:
        raise Problem("not_found")
    return view


@endpoint("DELETE", _PATH, roles=_ROLES, status=204, tags=_TAGS, problems=("not_found",))
async def delete_oidc_provider(call: Call[Services]) -> None:
    """Have all users sign in with passwords again. No user is linked to a person of the provider any more."""
    if not await _settings(call).remove(call.merchant, call.caller.actor):
        raise Problem("not_found")


@endpoint("DELETE", "/v1/users/{user}/oidc-link", roles=_ROLES, status=204, tags=_TAGS)
async def unlink_user(call: Call[Services]) -> None:
    """Forget which person of the provider a user is, and end the user's sessions.

    The next person there who has the user's verified address is linked: for an account that was made again.
    """
    merchant = call.merchant
    if not await call.services.staff.users.unlink(merchant, call.path["user"], call.caller.actor):
        raise Problem("not_found")


def _settings(call: Call[Services]) -> OpenIdSettingsService:
    return call.services.staff.openid_settings
