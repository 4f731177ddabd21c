"""Routes: what a customer wants to be sent, by topic and channel; and how to unsubscribe without a login."""

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, Response, endpoint
from api.http.problems import Problem
from api.pages.unsubscribe import DONE, HEADERS, page
from api.schemas.orders import PageQuery
from api.schemas.preferences import NewPreferences
from domain.actors import STAFF, Role
from services.notifications.preferences import CustomerChoices, PreferencesView

_ROLES = STAFF | {Role.STOREFRONT}


@endpoint("GET", "/v1/customers/{customer}/preferences", roles=_ROLES, tags=("customers",))
async def get_preferences(call: Call[Services], query: PageQuery) -> PreferencesView:
    """What the customer wants to be sent, per channel and topic, and every choice with when and how it was made.

    The choices come in pages, oldest first. Without a choice, e-mail and the merchant's own webhook are used for everything
    but feedback, and no other channel.
    """
    preferences = call.services.customers.preferences
    return await preferences.of(call.merchant, call.path["customer"], query.page())


@endpoint(
    "PUT", "/v1/customers/{customer}/preferences", roles=_ROLES, tags=("customers",), idempotency="optional"
)  # fmt: skip
async def put_preferences(call: Call[Services], body: NewPreferences) -> PreferencesView:
    """Add the customer's choices. What is not named stays as it is, and earlier choices are kept.

    A choice that is in force already and was made in the same way within an hour adds nothing.

    Some notices are sent by e-mail whatever is chosen, because they are about money or rights: `parcel_lost`,
    `delay_option`, `consent_requested`, `goodwill_issued`,
    `credit_expiring`, all of returns and payments back, and `delay_corrected`, which takes back something false.
    """
    choices = CustomerChoices(body.choices, body.source, body.at)
    preferences = call.services.customers.preferences
    return await preferences.choose(call.merchant, call.caller.actor, call.path["customer"], choices)


@endpoint(
    "GET", "/v1/unsubscribe/{token}", roles=PUBLIC, tags=("customers",), produces="text/html",
    problems=("not_found",),
)  # fmt: skip
async def get_unsubscribe_page(call: Call[Services]) -> Response[bytes]:
    """A page with one button that switches off what the mail's link names. Opening the page changes nothing."""
    if call.services.customers.preferences.unsubscribe_claims(call.path["token"]) is None:
        raise Problem("not_found")
    return Response(page(), headers=HEADERS)


@endpoint(
    "POST", "/v1/unsubscribe/{token}", roles=PUBLIC, tags=("customers",), produces="text/html",
    problems=("not_found",), limit=1024,
)  # fmt: skip
async def unsubscribe(call: Call[Services], body: bytes) -> Response[bytes]:
    """Switch off what the mail's link names, without a login (RFC 8058). A repetition has the same answer.

    Mail programs send `List-Unsubscribe=One-Click`; the body is not read.
    """
    preferences = call.services.customers.preferences
    claims = preferences.unsubscribe_claims(call.path["token"])
    if claims is None:
        raise Problem("not_found")
    link = f"{claims.merchant}/{claims.customer}/{claims.channel}/{claims.topic}"
    call.services.operations.rate_limiter.consume(call.request, "unsubscribes", link)
    await preferences.unsubscribe(claims)
    return Response(page(DONE), headers=HEADERS)
