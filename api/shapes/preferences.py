"""Preferences and channels over the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.fields import SentInstant
from domain.base import Fact
from domain.notice_kinds import Topic
from domain.notice_policy import ChannelName
from domain.preferences import Choice, Source


class Wish(Fact):
    """Whether the customer wants to hear about `topic` by `channel`."""

    channel: ChannelName
    topic: Topic
    allowed: bool


class NewPreferences(Fact):
    """What the customer chose. `source`: how they told; `at`: when, now unless given."""

    choices: Annotated[tuple[Wish, ...], Field(min_length=1, max_length=30)]
    source: Source = "storefront"
    at: SentInstant | None = None


class PreferencesView(Fact):
    """What holds for every channel and topic, and every choice that was ever made, oldest first."""

    preferences: tuple[Wish, ...]
    history: tuple[Choice, ...]


class NewChannel(Fact):
    """Where a channel leads. It may hold a provider's password and is never shown again."""

    url: Annotated[str, Field(min_length=5, max_length=2000)]


class ChannelView(Fact):
    """A channel that is set up."""

    channel: ChannelName


class ChannelMade(ChannelView):
    """`secret`: signs what we send by webhook, and the replies that a provider hands us."""

    secret: str


class ChannelList(Fact):
    items: tuple[ChannelView, ...]


class ReplyData(BaseModel):
    """Who replied what."""

    sender: Annotated[str, Field(alias="from", max_length=32)]
    text: Annotated[str, Field(max_length=2000)]


class Reply(BaseModel):
    """What a provider hands us; fields that we do not know are ignored."""

    type: Literal["message.received"]
    data: ReplyData


class ReplyTaken(Fact):
    """`understood`: it was a word that changes what the customer is sent."""

    understood: bool
