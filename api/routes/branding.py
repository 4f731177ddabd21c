"""Routes: how a merchant's pages and letters look."""

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from domain.actors import STAFF, Role
from domain.branding import Branding

_PATH = "/v1/branding"


@endpoint("GET", _PATH, roles={Role.STOREFRONT, *STAFF, Role.ADMIN}, tags=("merchants",))
async def get_branding(call: Call[Services]) -> Branding:
    """Show how the merchant's pages and letters look. What is empty is smot's own."""
    found = await call.services.merchants.branding.of(call.merchant)
    if found is None:
        raise Problem("not_found")
    return found


@endpoint("PUT", _PATH, roles={Role.ADMIN}, tags=("merchants",))
async def put_branding(call: Call[Services], body: Branding) -> Branding:
    """Set how the merchant's pages and letters look; what is left out is smot's own again.

    Customers' pages show it at once, letters from the next one on. The colour is kept as it was sent: each page makes
    it darker or lighter until it can be read.
    """
    return await call.services.merchants.branding.put(call.merchant, body, call.caller.actor)
