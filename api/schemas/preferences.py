"""Bodies and queries of the routes of preferences and channels."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.http.fields import SentInstant
from domain.base import Frozen
from domain.model.notice_policy import ChannelName
from domain.notifications.preferences import PreferenceSource
from services.notifications.preferences import PreferenceSetting

_SCHEME = re.compile(r"^(?:whatsapp|sms|tel):", re.IGNORECASE)


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


def _number(text: object) -> object:
    """The number as E.164, from every spelling of providers: `whatsapp:+44…`, `0044…`, without the plus, with blanks."""
    if not isinstance(text, str):
        return text
    digits = re.sub(r"[\s().-]", "", _SCHEME.sub("", text.strip()))
    return "+" + re.sub(r"^(?:\+|00)", "", digits)


class SmsReplyData(BaseModel):
    """The sender and the text of a reply."""

    sender: Annotated[
        str, Field(alias="from", max_length=64, pattern=r"^\+[1-9][0-9]{6,14}$"), BeforeValidator(_number)
    ]
    text: Annotated[str, Field(max_length=2000)]


class SmsReply(BaseModel):
    """A reply as a provider delivers it; unknown fields are ignored."""

    type: Literal["message.received"]
    data: SmsReplyData


class SmsReplyResult(Frozen):
    """`recognized`: it was STOP or START, in one of their forms. `customers`: how many have that number."""

    recognized: bool
    customers: int = 0
