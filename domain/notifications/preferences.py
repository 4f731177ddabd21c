"""Preferences: which topics a customer accepts on which channel. Every choice is kept with its time and its source."""

import re
from collections.abc import Iterable
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import ChannelName

PreferenceSource = Literal["storefront", "preference_page", "agent", "unsubscribe_link", "reply", "complaint"]
TOPICS: tuple[Topic, ...] = ("delivery", "returns", "money", "feedback")
_NO_CONSENT_NEEDED: tuple[ChannelName, ...] = ("email", "webhook")
_STOP = {
    "stop",
    "stopall",
    "stopp",
    "stoppen",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "abmelden",
    "退订",
    "td",
}
_START = {"start", "unstop", "yes", "anmelden"}


class ChannelPreference(Frozen):
    """One choice of a customer: whether a channel may carry a topic."""

    channel: ChannelName
    """The channel."""
    topic: Topic
    """The topic."""
    allowed: bool
    """Whether the customer wants it."""
    source: PreferenceSource
    """How the choice was made."""
    at: Instant
    """Business time of the choice."""
    by: str
    """Role and name of the caller that recorded it."""


def is_allowed(preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic) -> bool:
    """Whether the channel may carry the topic: the latest choice decides.

    Without a choice, e-mail about an order is allowed, and so is the webhook, where the merchant decides. Channels that make
    a sound need consent first, and so do messages that request feedback.
    """
    last = latest_preference(preferences, channel, topic)
    return last.allowed if last else channel in _NO_CONSENT_NEEDED and topic != "feedback"


def opted_out(preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic) -> bool:
    """Whether the customer refused this channel and topic. No choice is no refusal."""
    last = latest_preference(preferences, channel, topic)
    return last is not None and not last.allowed


def latest_preference(
    preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic
) -> ChannelPreference | None:
    """The choice that counts for a channel and topic: the one made last; of two at one time, the one recorded last.

    preferences: in the order in which they were recorded. A choice that is recorded late keeps its own time, so it does not
        undo a later refusal.
    """
    made = [choice for choice in preferences if (choice.channel, choice.topic) == (channel, topic)]
    return max(enumerate(made), key=lambda numbered: (numbered[1].at, numbered[0]))[1] if made else None


def opt_out_reply(text: str) -> bool | None:
    """The meaning of a customer's reply: False to opt out, True to opt in, None for any other text."""
    word = re.sub(r"[\W_]+", "", text).casefold()
    if word in _STOP:
        return False
    return True if word in _START else None
