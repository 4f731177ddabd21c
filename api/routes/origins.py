"""Routes: the origins whose pages may call the API with links of the merchant's customers."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from domain.actors import Role
from domain.base import Frozen

# What browsers send as `Origin`: no path, no wildcard; plain http only for a developer's own machine.
_ORIGIN = r"^(https://[a-z0-9.-]{1,253}(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?)$"
Origin = Annotated[str, Field(pattern=_ORIGIN, max_length=280)]
_ROLES = {Role.STOREFRONT, Role.ADMIN}
_PATH = "/v1/allowed-origins"


class AllowedOriginsRequest(Frozen):
    """The origins to allow, in place of those from before."""

    origins: Annotated[tuple[Origin, ...], Field(max_length=20)]
    """As browsers send them: `https://shop.example`. Empty for none."""


class AllowedOriginList(Frozen):
    """The origins whose pages may call the API with links of the merchant's customers; at most 20, so they are not paged."""

    items: tuple[str, ...]
    """The origins, sorted."""
    next: None = None
    """Always null: all are here."""


@endpoint("GET", _PATH, roles=_ROLES, tags=("customers",))
async def list_allowed_origins(call: Call[Services]) -> AllowedOriginList:
    """The origins whose pages may call the API with a customer's link."""
    return AllowedOriginList(items=tuple(await call.services.merchants.origins.of(call.merchant)))


@endpoint("PUT", _PATH, roles=_ROLES, tags=("customers",))
async def put_allowed_origins(call: Call[Services], body: AllowedOriginsRequest) -> AllowedOriginList:
    """Allow pages of exactly these origins to call the API with links of the merchant's customers.

    It holds at once here and within 15 seconds in other processes. Keys of staff and storefronts are never for pages.
    """
    kept = await call.services.merchants.origins.replace(call.merchant, body.origins)
    return AllowedOriginList(items=tuple(kept))
