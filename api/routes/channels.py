"""Channels: where a merchant's messages leave besides e-mail, and what customers reply there."""

import logging

from pydantic import ValidationError

from api import strict_json
from api.auth import PUBLIC
from api.bodies import WEBHOOK_LIMIT
from api.context import Services
from api.endpoint import Call, endpoint
from api.problems import Problem
from api.request_context import actor_of, business_now
from api.schemas.preferences import (
    ChannelCreated,
    ChannelList,
    ChannelView,
    NewChannel,
    SmsReply,
    SmsReplyResult,
)
from domain.actors import Actor, Role
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.notifications.preferences import TOPICS, ChannelPreference, opt_out_reply
from ports.inbound_webhooks import InvalidSignature
from services.inbound.signature import DUMMY_SECRET
from store.engine.columns import real_now
from store.notifications.channels import USE_OPERATOR

log = logging.getLogger(__name__)

_ROLES = {Role.STOREFRONT, Role.ADMIN}  # the merchant's own systems: a channel hears what customers are told
_TAGS = ("channels",)
_ONE = "/v1/channels/{channel}"


@endpoint("GET", "/v1/channels", roles=_ROLES, tags=_TAGS)
async def list_channels(call: Call[Services]) -> ChannelList:
    """The channels that the merchant set up, and the operator's that are in use. Where they lead is not shown."""
    own = await call.services.channel_book.of(call.merchant)
    shared = [one for one in CHANNELS if one not in own and await _shared(call, one)]
    known = [*shared, *(name for name, one in own.items() if not one.off)]
    return ChannelList(items=tuple(ChannelView(channel=one) for one in CHANNELS if one in known))


@endpoint("PUT", _ONE, roles=_ROLES, tags=_TAGS, problems=("not_found", "url_refused"))
async def put_channel(call: Call[Services], body: NewChannel) -> ChannelCreated:
    """Have messages leave by that channel: `sms`, `whatsapp`, `push`, `chat` or `webhook`.

    A webhook is sent to your https address as Standard Webhooks says, signed with the secret in this answer. Any other
    URL is one of apprise's for a provider, with `{to}` where the recipient goes: a phone number, or for push and chat
    our name of the customer. `mailbox:` keeps the messages where agents read them, for trying things out. Without a URL
    it is the operator's channel, if there is one: the secret is what its replies to you are signed with.
    """
    channel = _channel_in_path(call)
    url = body.url or USE_OPERATOR
    problem = await call.services.channel_url_error(channel, url)
    if problem is not None:
        raise Problem("url_refused", reason=problem)
    secret = await call.services.channel_book.put(call.merchant, channel, url)
    await _audit(call, channel, "channel_configured")
    return ChannelCreated(channel=channel, secret=secret)


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS, problems=("not_found",))
async def delete_channel(call: Call[Services]) -> None:
    """No longer send by that channel, nor by the operator's of that name; the others have their turn."""
    channel = _channel_in_path(call)
    shared = await _shared(call, channel)
    if not await call.services.channel_book.disable(call.merchant, channel, shared=shared):
        raise Problem("not_found")
    await _audit(call, channel, "channel_deleted")


@endpoint(
    "POST", "/v1/webhooks/channels/{channel}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid", "rate_limited"), limit=WEBHOOK_LIMIT,
)  # fmt: skip
async def receive_sms_reply(call: Call[Services], body: bytes) -> SmsReplyResult:
    """Take what a customer replied: STOP ends everything by that channel, START allows it again, all else is ignored.

    Signed as Standard Webhooks 1.0.0 says, with the channel's secret, like messages of source `generic` from carriers:

        {"type": "message.received", "data": {"from": "+447700900123", "text": "STOP"}}

    `from` is a phone number, as E.164 or as providers spell it (`whatsapp:+44…`, `0044…`, without the plus). `customers`
    in the answer says how many have it: 0 means that nothing changed. What must be told in any case is then told by e-mail.
    """
    merchant = call.path["merchant"]
    channel = await _verified(call, merchant, body)
    call.services.rate_limiter.consume(call.request, "webhooks", merchant)
    reply = _read(body)
    allowed = opt_out_reply(reply.data.text)
    if allowed is None:
        return SmsReplyResult(recognized=False)
    return await _apply_reply(call, merchant, channel, reply.data.sender, allowed)


async def _apply_reply(
    call: Call[Services], merchant: str, channel: ChannelName, sender: str, allowed: bool
) -> SmsReplyResult:
    """Once per delivery: a START that is delivered again after a STOP changes nothing.

    It is remembered after it was obeyed: one that is lost in between is obeyed when the provider repeats it.
    """
    services, now = call.services, await call.services.clocks.business_now(merchant)
    phone = services.vault.phone_pseudonym(merchant, sender)
    actor = Actor(role=Role.CUSTOMER, name="reply")
    choices = [
        ChannelPreference(
            channel=channel, topic=topic, allowed=allowed, source="reply", at=now, by="customer/reply"
        )
        for topic in TOPICS
    ]
    customers = await services.preferences.customers_with_phone(merchant, phone)
    if not customers:
        log.warning("a reply by %s to %s is from a number that none of its customers has", channel, merchant)
    source, delivery = f"channel/{channel}", call.request.headers["webhook-id"]
    if not await services.inbox.is_duplicate(merchant, source, delivery):
        for customer in customers:
            await services.preferences.record_choices(merchant, customer, choices, actor)
        await services.inbox.record_handled(merchant, source, delivery, now)
    return SmsReplyResult(recognized=True, customers=len(customers))


async def _verified(call: Call[Services], merchant: str, body: bytes) -> ChannelName:
    """The channel, if its secret signed these bytes. Unknown merchants and channels look like wrong signatures.

    One that is switched off is heard: a STOP to what left before holds when it is switched on again.
    """
    known = await call.services.channel_book.of(merchant)
    asked = call.path["channel"]
    name = next((one for one in CHANNELS if one == asked and one in known), None)
    secret = known[name].secret if name else DUMMY_SECRET
    try:
        call.services.sources["generic"].verify(call.request.headers, body, [secret], real_now())
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    if name is None:
        raise Problem("signature_invalid")
    return name


def _read(body: bytes) -> SmsReply:
    try:
        strict_json.loads(body)
        return SmsReply.model_validate_json(body)
    except (strict_json.NotJson, ValidationError):
        raise Problem("invalid_body", "Not a reply of the documented form.") from None


def _channel_in_path(call: Call[Services]) -> ChannelName:
    """The channel in the path. E-mail is the operator's: it has no URL of a merchant's."""
    for name in CHANNELS:
        if name == call.path["channel"] and name != "email":
            return name
    raise Problem("not_found")


async def _shared(call: Call[Services], channel: ChannelName) -> bool:
    """Whether the operator has such a channel for all."""
    return await call.services.channel_url_error(channel, USE_OPERATOR) is None


async def _audit(call: Call[Services], channel: str, what: str) -> None:
    now = await business_now(call)
    await call.services.audit.write(call.merchant, actor_of(call), what, at=now, subject=channel)
