"""Routes: channels besides e-mail by which a merchant's messages leave, and customers' replies."""

from structlog.contextvars import bind_contextvars

from api.context import Services
from api.http.auth import PUBLIC
from api.http.endpoint import Call, endpoint
from api.http.problems import Problem
from api.schemas.preferences import (
    ChannelCreated,
    ChannelList,
    ChannelView,
    NewChannel,
    NewChannelTrial,
    SmsReplyResult,
)
from domain.actors import Role
from domain.model.notice_policy import CHANNELS, ChannelName
from ports.inbound_webhooks import InvalidSignature
from services.notifications.channel_settings import ChannelUrlRejected
from services.notifications.channel_trials import ChannelTrial, ChannelTrialResult, InvalidRecipient

# The merchant's own systems: a channel receives what customers are sent.
_ROLES = {Role.STOREFRONT, Role.ADMIN}
_TAGS = ("channels",)
_ONE = "/v1/channels/{channel}"
_REPLY_LIMIT = 64 * 1024  # bytes; a text message is never longer, whatever its provider adds


@endpoint("GET", "/v1/channels", roles=_ROLES, tags=_TAGS)
async def list_channels(call: Call[Services]) -> ChannelList:
    """The channels that the merchant set up, and the operator's channels in use. Their URLs are not shown."""
    enabled = await call.services.merchants.channels.enabled(call.merchant)
    return ChannelList(items=tuple(ChannelView(channel=name) for name in enabled))


@endpoint("PUT", _ONE, roles=_ROLES, tags=_TAGS, problems=("not_found", "url_refused"))
async def put_channel(call: Call[Services], body: NewChannel) -> ChannelCreated:
    """Have messages leave by that channel: `sms`, `whatsapp`, `push`, `chat` or `webhook`.

    A webhook is sent to your https address as Standard Webhooks says, signed with the secret in this answer. Any other
    URL is one of apprise's for a provider, with `{to}` where the recipient goes: a phone number, or for push and chat
    our id of the customer. For push, `webpush:` reaches the browsers that customers registered. `mailbox:` sends
    nothing, for tests: every letter is kept anyway. Without a URL it is the operator's channel, if there is one: the
    secret in this answer signs its replies to you.
    """
    channel, channels = _channel_in_path(call), call.services.merchants.channels
    try:
        secret = await channels.set_up(call.merchant, call.caller.actor, channel, body.url)
    except ChannelUrlRejected as rejected:
        raise Problem("url_refused", reason=rejected.reason) from None
    return ChannelCreated(channel=channel, secret=secret)


@endpoint("DELETE", _ONE, roles=_ROLES, status=204, tags=_TAGS, problems=("not_found",))
async def delete_channel(call: Call[Services]) -> None:
    """No longer send by that channel, nor by the operator's of that name. Messages leave by the other channels."""
    channel, channels = _channel_in_path(call), call.services.merchants.channels
    if not await channels.switch_off(call.merchant, call.caller.actor, channel):
        raise Problem("not_found")


@endpoint(
    "POST",
    _ONE + "/test",
    roles=_ROLES,
    tags=_TAGS,
    problems=("not_found", "refused"),
    timeout=40.0,
    idempotency="optional",
)
async def send_channel_test(call: Call[Services], body: NewChannelTrial) -> ChannelTrialResult:
    """Send one test message now, by `email` too; the answer is its outcome. It is not tried again, and not kept.

    With an `Idempotency-Key` a repeated request sends nothing more and gets the same answer.
    """
    merchant, channel = call.merchant, _any_channel(call)
    call.services.operations.rate_limiter.consume(call.request, "channel_trials", merchant)
    trials = call.services.merchants.channel_trials
    try:
        result = await trials.send(
            merchant, call.caller.actor, ChannelTrial(channel, body.to, call.command_id)
        )
    except InvalidRecipient:
        raise Problem("refused", "It is not one e-mail address.") from None
    if result is None:
        raise Problem("not_found")
    return result


@endpoint(
    "POST", "/v1/webhooks/channels/{channel}/{merchant}", roles=PUBLIC, status=202, tags=("webhooks",),
    problems=("signature_invalid",), limit=_REPLY_LIMIT, public_quota="senders",
)  # fmt: skip
async def receive_sms_reply(call: Call[Services], body: bytes) -> SmsReplyResult:
    """Receive a customer's reply: STOP ends all messages by that channel, START allows them again, all else is ignored.

    Signed as Standard Webhooks 1.0.0 says, with the channel's secret, like messages of source `generic` from carriers:

        {"type": "message.received", "data": {"from": "+447700900123", "text": "STOP"}}

    `from` is a phone number, as E.164 or as providers spell it (`whatsapp:+44…`, `0044…`, without the plus). `customers`
    in the answer is how many customers have that number: 0 means that nothing changed. Required notices then leave by
    e-mail. Other types are ignored. A signed body that cannot be read is kept, and listed by `GET /v1/inbox?status=dead` with
    the wrong field.
    """
    merchant, replies = call.path["merchant"], call.services.inbound.replies
    try:
        delivery = await replies.verified(merchant, call.path["channel"], call.request.headers, body)
    except InvalidSignature:
        raise Problem("signature_invalid") from None
    bind_contextvars(merchant=merchant)
    call.services.operations.rate_limiter.consume(call.request, "webhooks", merchant)
    result = await replies.receive(delivery)
    return SmsReplyResult(recognized=result.recognized, customers=result.customers)


def _channel_in_path(call: Call[Services]) -> ChannelName:
    """The channel in the path. E-mail is the operator's: it has no URL of a merchant's."""
    name = _any_channel(call)
    if name == "email":
        raise Problem("not_found")
    return name


def _any_channel(call: Call[Services]) -> ChannelName:
    for name in CHANNELS:
        if name == call.path["channel"]:
            return name
    raise Problem("not_found")
