"""Channels besides e-mail: set up by an address, switched off."""

import secrets

from aiohttp import web

from api.http.problems import Problem
from domain.model.notice_policy import CHANNELS, ChannelName
from domain.text import is_identifier
from pages.admin.frame import ADMIN, ADMINS, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.notifications.channel_settings import ChannelUrlRejected
from services.notifications.channel_trials import ChannelTrial, ChannelTrialResult, InvalidRecipient

_PATH = f"{ADMIN}/channels"
# The channel of a test message, what became of it (None: to no such recipient), and who was to get it.
_Tried = tuple[ChannelName, ChannelTrialResult | None, str]


@staff_page("GET", _PATH, roles=ADMINS)
async def list_channels(visit: Visit, user: StaffUser) -> web.Response:
    """Every channel, and whether letters leave by it."""
    return await _channels(visit, user)


@staff_page("POST", _PATH + "/{channel}", roles=ADMINS)
async def set_up_channel(visit: Visit, user: StaffUser) -> web.Response:
    """Have letters leave by that channel; the secret that signs is shown once."""
    channel, url = _channel(visit), visit.form.text("url", 2000)
    try:
        secret = await visit.services.merchants.channels.set_up(
            user.merchant, user.actor, channel, url or None
        )
    except ChannelUrlRejected as rejected:
        return await _channels(visit, user, refused=(channel, rejected.reason))
    return await _channels(visit, user, secret=secret)


@staff_page("POST", _PATH + "/{channel}/test", roles=ADMINS, timeout=40.0)
async def send_test(visit: Visit, user: StaffUser) -> web.Response:
    """Send one test message now, and show what became of it."""
    channel, to = _channel(visit, mail=True), visit.form.text("to", 254)
    if not to or not is_identifier(to):
        return await _channels(visit, user, tried=(channel, None, to))
    visit.services.operations.rate_limiter.consume(visit.request, "channel_trials", user.merchant)
    trials = visit.services.merchants.channel_trials
    try:
        result = await trials.send(
            user.merchant, user.actor, ChannelTrial(channel, to, secrets.token_hex(16))
        )
    except InvalidRecipient:
        return await _channels(visit, user, tried=(channel, None, to))
    if result is None:
        raise Problem("not_found")
    return await _channels(visit, user, tried=(channel, result, to))


@staff_page("POST", _PATH + "/{channel}/off", roles=ADMINS)
async def switch_channel_off(visit: Visit, user: StaffUser) -> web.Response:
    """No letter leaves by that channel any more."""
    channel = _channel(visit)
    await visit.services.merchants.channels.switch_off(user.merchant, user.actor, channel)
    return redirect_with_message(visit, _PATH, FlashMessage("channel_off", what=channel))


def _channel(visit: Visit, *, mail: bool = False) -> ChannelName:
    for name in CHANNELS:
        if name == visit.path["channel"] and (mail or name != "email"):
            return name
    raise Problem("not_found")


async def _channels(
    visit: Visit,
    user: StaffUser,
    *,
    refused: tuple[str, str] = ("", ""),
    secret: str = "",
    tried: _Tried | None = None,
) -> web.Response:
    enabled = await visit.services.merchants.channels.enabled(user.merchant)
    return show(
        visit,
        "channels",
        "channels",
        status=422 if refused[0] or (tried and tried[1] is None) else 200,
        channels=[name for name in CHANNELS if name != "email"],
        enabled=enabled,
        refused=refused,
        secret=secret,
        tried=tried,
    )
