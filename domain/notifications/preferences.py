"""What customers agreed to hear, about what and where: every choice is kept with when and how it was made."""

import re
from collections.abc import Iterable
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.notice_kinds import Topic
from domain.model.notice_policy import ChannelName

PreferenceSource = Literal["storefront", "preference_page", "agent", "unsubscribe_link", "reply"]
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
    """One choice: whether to hear about `topic` by `channel`. `at`: business time; `by`: role and name of who told us."""

    channel: ChannelName
    topic: Topic
    allowed: bool
    source: PreferenceSource
    at: Instant
    by: str


def is_allowed(preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic) -> bool:
    """The newest choice decides. Without one e-mail about an order may be sent; what rings needs a yes first.

    The webhook channel tells the merchant, who decides what to do with it. Feedback is nothing anybody has to bear.
    """
    last = latest_preference(preferences, channel, topic)
    return last.allowed if last else channel in _NO_CONSENT_NEEDED and topic != "feedback"


def opted_out(preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic) -> bool:
    """They said no there, and did not merely say nothing."""
    last = latest_preference(preferences, channel, topic)
    return last is not None and not last.allowed


def latest_preference(
    preferences: Iterable[ChannelPreference], channel: ChannelName, topic: Topic
) -> ChannelPreference | None:
    """The choice that counts there: the one made last, of two at one time the one told last. `choices`: as they were told.

    What is told late was still chosen before: it does not undo a later no.
    """
    made = [one for one in preferences if (one.channel, one.topic) == (channel, topic)]
    return max(enumerate(made), key=lambda one: (one[1].at, one[0]))[1] if made else None


def opt_out_reply(text: str) -> bool | None:
    """What a customer's reply says: False to hear nothing more there, True to hear again, None for anything else."""
    word = re.sub(r"[\W_]+", "", text).casefold()
    if word in _STOP:
        return False
    return True if word in _START else None
