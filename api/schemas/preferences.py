"""Bodies and queries of the routes of preferences and channels."""

from typing import Annotated

from pydantic import Field

from api.http.fields import SentInstant
from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from domain.notifications.preferences import PreferenceSource
from services.notifications.preferences import PreferenceSetting


class NewPreferences(Frozen):
    """The customer's choices. `source`: how they were made; `at`: when, now unless given and past."""

    choices: Annotated[tuple[PreferenceSetting, ...], Field(min_length=1, max_length=30)]
    source: PreferenceSource = "storefront"
    at: SentInstant | None = None


class NewChannel(Frozen):
    """A channel to set up. `url` may hold a provider's password and is never shown again; without it: the operator's."""

    url: Annotated[str, Field(min_length=5, max_length=2000)] | None = None


class ChannelView(Frozen):
    """A channel that is set up."""

    channel: ChannelName


class ChannelCreated(ChannelView):
    """`secret`: signs what we send by webhook, and the replies that a provider delivers to us."""

    secret: str


class ChannelList(Frozen):
    items: tuple[ChannelView, ...]


class SmsReplyResult(Frozen):
    """`recognized`: it was STOP or START, in one of their forms. `customers`: how many have that number."""

    recognized: bool
    customers: int = 0
