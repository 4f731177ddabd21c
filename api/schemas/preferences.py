"""Bodies and queries of the routes of preferences and channels."""

from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from domain.notifications.preferences import PreferenceSource
from domain.text import IsText
from services.notifications.preferences import PreferenceSetting


class NewPreferences(Frozen):
    """The customer's choices."""

    choices: Annotated[tuple[PreferenceSetting, ...], Field(min_length=1, max_length=30)]
    """What the customer chose, one entry per channel and topic."""
    source: PreferenceSource = "storefront"
    """How the choices were made."""
    at: SentInstant | None = None
    """When; now unless given and past."""


class NewChannel(Frozen):
    """A channel to set up."""

    url: Annotated[str, Field(min_length=5, max_length=2000)] | None = None
    """The provider's address. It may hold a password and is never shown again; without it the operator's channel is used."""


class NewChannelTrial(Frozen):
    """Who gets a test message."""

    to: Annotated[str, Field(min_length=1, max_length=254), *IsText]
    """An e-mail address, a phone number (`+447700900123`), or what the channel's address has in place of `{to}`."""


class ChannelView(Frozen):
    """A channel that is set up."""

    channel: ChannelName
    """Which channel."""


class ChannelCreated(ChannelView):
    """A channel was set up; its secret is shown now and never again."""

    secret: str
    """Signs what we send by webhook, and the replies that a provider delivers to us."""


class ChannelList(Frozen):
    """The channels that are set up."""

    items: tuple[ChannelView, ...]
    """One entry per channel."""
    next: None = None
    """Always null: all are here."""


class SmsReplyResult(Frozen):
    """What a customer's reply by text message was taken for."""

    recognized: bool
    """Whether it was STOP or START, in one of their forms."""
    customers: int = 0
    """How many customers have that number."""
