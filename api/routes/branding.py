"""Routes: how a merchant's pages and letters look."""

from typing import Annotated

from pydantic import Field

from api.context import Services
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from domain.actors import STAFF, Role
from domain.base import Frozen
from domain.branding import Branding
from services.notifications.letter_previews import LetterPreview

_PATH = "/v1/branding"


class LetterPreviewQuery(Frozen):
    """How the letter is wanted."""

    locale: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,35}$")] = "en"
    """The reader's language; English where there is no translation."""
    sample: Annotated[int, Field(ge=0, le=99)] = 0
    """Which of its cases."""


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


@endpoint("GET", _PATH + "/letters/{letter}", roles={*STAFF, Role.ADMIN}, tags=("merchants",))
async def preview_letter(call: Call[Services], query: LetterPreviewQuery) -> LetterPreview:
    """Show a letter about a sample order in the merchant's looks. `letter` is a kind of notice, as `delayed`; nothing is sent."""
    previews, merchant = call.services.merchants.letter_previews, call.merchant
    found = await previews.show(merchant, call.path["letter"], query.locale, query.sample)
    if found is None:
        raise Problem("not_found")
    return found
