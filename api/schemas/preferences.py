"""Preferences and channels over the wire."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.fields import SentInstant
from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from domain.notifications.preferences import PreferenceSource
from services.notifications.preferences import PreferenceSetting

_SCHEME = re.compile(r"^(?:whatsapp|sms|tel):", re.IGNORECASE)


class NewPreferences(Frozen):
    """What the customer chose. `source`: how they told; `at`: when, now unless given and past."""

    choices: Annotated[tuple[PreferenceSetting, ...], Field(min_length=1, max_length=30)]
    source: PreferenceSource = "storefront"
    at: SentInstant | None = None


class NewChannel(Frozen):
    """Where a channel leads. `url` may hold a provider's password and is never shown again; without it: the operator's."""

    url: Annotated[str, Field(min_length=5, max_length=2000)] | None = None


class ChannelView(Frozen):
    """A channel that is set up."""

    channel: ChannelName


class ChannelCreated(ChannelView):
    """`secret`: signs what we send by webhook, and the replies that a provider hands us."""

    secret: str


class ChannelList(Frozen):
    items: tuple[ChannelView, ...]


def _number(text: object) -> object:
    """The number as E.164, however a provider spells it: `whatsapp:+44…`, `0044…`, without the plus, with blanks."""
    if not isinstance(text, str):
        return text
    bare = re.sub(r"[\s().-]", "", _SCHEME.sub("", text.strip()))
    return "+" + re.sub(r"^(?:\+|00)", "", bare)


class SmsReplyData(BaseModel):
    """Who replied what."""

    sender: Annotated[
        str, Field(alias="from", max_length=64, pattern=r"^\+[1-9][0-9]{6,14}$"), BeforeValidator(_number)
    ]
    text: Annotated[str, Field(max_length=2000)]


class SmsReply(BaseModel):
    """What a provider hands us; fields that we do not know are ignored."""

    type: Literal["message.received"]
    data: SmsReplyData


class SmsReplyResult(Frozen):
    """`recognized`: it was a word that changes what the customer is sent. `customers`: how many have that number."""

    recognized: bool
    customers: int = 0
