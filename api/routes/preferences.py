"""Preferences: what a customer wants to hear, about what and where; and their way out of it, without a login."""

from api.auth import PUBLIC
from api.context import Services
from api.endpoint import Call, Response, endpoint
from api.pages.unsubscribe import DONE, HEADERS, page
from api.problems import Problem
from api.request_context import actor_of, business_now
from api.schemas.preferences import NewPreferences, PreferenceSetting, PreferencesView
from domain.actors import STAFF, Actor, Role
from domain.clock import Instant
from domain.model.notice_policy import CHANNELS
from domain.notifications.preferences import TOPICS, ChannelPreference, is_allowed

_ROLES = STAFF | {Role.STOREFRONT}


@endpoint("GET", "/v1/customers/{customer}/preferences", roles=_ROLES, tags=("customers",))
async def get_preferences(call: Call[Services]) -> PreferencesView:
    """What the customer wants to hear, per channel and topic, and every choice with when and how it was made.

    Without a choice, e-mail and the merchant's own webhook are used for everything but feedback, and nothing else is.
    """
    return _view(await call.services.preferences.of(call.merchant, _customer(call)))


@endpoint(
    "PUT", "/v1/customers/{customer}/preferences", roles=_ROLES, tags=("customers",), idempotency="optional"
)  # fmt: skip
async def put_preferences(call: Call[Services], body: NewPreferences) -> PreferencesView:
    """Add what the customer chose; what is not named stays as it is. Nothing of the history is ever changed.

    Some notices are sent by e-mail whatever is chosen, because they are about money or rights: `parcel_lost`,
    `delay_option`, `consent_requested`, `goodwill_issued`, all of returns and payments back, and `delay_corrected`, which takes
    back something false.
    """
    now = await business_now(call)
    at = min(body.at or now, now)
    actor = actor_of(call)
    choices = [
        ChannelPreference(**wish.model_dump(), source=body.source, at=at, by=_by(actor))
        for wish in body.choices
    ]
    return _view(
        await call.services.preferences.record_choices(call.merchant, _customer(call), choices, actor)
    )


@endpoint(
    "GET", "/v1/unsubscribe/{token}", roles=PUBLIC, tags=("customers",), produces="text/html",
    problems=("not_found",),
)  # fmt: skip
async def get_unsubscribe_page(call: Call[Services]) -> Response[bytes]:
    """A page with one button that switches off what the mail's link names. Looking changes nothing."""
    if call.services.tokens.verify_unsubscribe(call.path["token"]) is None:
        raise Problem("not_found")
    return Response(page(), headers=HEADERS)


@endpoint(
    "POST", "/v1/unsubscribe/{token}", roles=PUBLIC, tags=("customers",), produces="text/html",
    problems=("not_found",), limit=1024,
)  # fmt: skip
async def unsubscribe(call: Call[Services], body: bytes) -> Response[bytes]:
    """Switch off what the mail's link names, without a login and as often as it is asked (RFC 8058).

    `List-Unsubscribe=One-Click` is what mail programs send; the body is not looked at.
    """
    what = call.services.tokens.verify_unsubscribe(call.path["token"])
    if what is None:
        raise Problem("not_found")
    actor = Actor(role=Role.CUSTOMER, name="link")
    choice = ChannelPreference(
        channel=what.channel,
        topic=what.topic,
        allowed=False,
        source="unsubscribe_link",
        at=await _time_of(call, what.merchant),
        by=_by(actor),
    )
    await call.services.preferences.record_choices(what.merchant, what.customer, [choice], actor)
    return Response(page(DONE), headers=HEADERS)


async def _time_of(call: Call[Services], merchant: str) -> Instant:
    return await call.services.clocks.business_now(merchant)


def _customer(call: Call[Services]) -> str:
    return call.services.vault.customer_of(call.merchant, call.path["customer"])


def _by(actor: Actor) -> str:
    return f"{actor.role}/{actor.name}".rstrip("/")


def _view(history: tuple[ChannelPreference, ...]) -> PreferencesView:
    holds = tuple(
        PreferenceSetting(channel=channel, topic=topic, allowed=is_allowed(history, channel, topic))
        for channel in CHANNELS
        for topic in TOPICS
    )
    return PreferencesView(preferences=holds, history=history)
