"""What a merchant decides about notices: the channels, the hours, and the limits on their number."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.model.notice import NoticeKind
from domain.model.notice_kinds import DEFAULT_RULE, KINDS, KindRule, Severity

ChannelName = Literal["email", "sms", "whatsapp", "push", "chat", "webhook"]
CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)
# Quoted in YAML, where 21:00 is a number.
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class QuietHours(Frozen):
    """Hours of the customer's own day in which nothing is sent, from `start` up to `end`; they may span midnight."""

    start: TimeOfDay
    end: TimeOfDay

    @model_validator(mode="after")
    def _some_of_the_day(self) -> "QuietHours":
        if self.start == self.end:
            raise ValueError("quiet hours begin and end at different times")
        return self


_NIGHT = QuietHours(start="21:00", end="08:00")
_LONG_NIGHT = QuietHours(start="20:00", end="09:00")  # for channels that make a phone ring or vibrate


class KindPolicy(Frozen):
    """What is different for one kind. `quiet`: per channel instead of the general hours; null for none."""

    severity: Severity | None = None
    channels: tuple[ChannelName, ...] | None = None
    quiet: dict[ChannelName, QuietHours | None] = {}


class NoticePolicy(Frozen):
    """How notices leave. The dispatcher reads it at that time: waiting notices follow a new policy at once.

    channels: tried in this order, as far as they are set up and the customer can be reached there and agreed to it.
    per_parcel_hours: the time between two delay notices of one parcel; 0 for no limit.
    per_customer_day: notices that the customer did not cause, to one customer in one day of theirs, over all orders;
      null for no limit.
    digest_minutes: notices that arise within that time after a message to the same customer leave together as one;
      0 never combines notices.
    """

    channels: tuple[ChannelName, ...] = ("email", "sms", "whatsapp", "push", "chat", "webhook")
    quiet: dict[ChannelName, QuietHours] = {
        "email": _NIGHT,
        "sms": _LONG_NIGHT,
        "whatsapp": _LONG_NIGHT,
        "push": _LONG_NIGHT,
        "chat": _LONG_NIGHT,
    }
    kinds: dict[NoticeKind, KindPolicy] = {}
    per_parcel_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    per_customer_day: Annotated[int, Field(ge=1, le=1000)] | None = 3
    digest_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 30

    def rule_of(self, kind: NoticeKind) -> KindRule:
        """How that kind is treated at this merchant."""
        rule, own = KINDS.get(kind, DEFAULT_RULE), self.kinds.get(kind)
        return rule.model_copy(update={"severity": own.severity}) if own and own.severity else rule

    def channels_of(self, kind: NoticeKind) -> tuple[ChannelName, ...]:
        own = self.kinds.get(kind)
        return own.channels if own and own.channels is not None else self.channels

    def quiet_of(self, kind: NoticeKind, channel: ChannelName) -> QuietHours | None:
        own = self.kinds.get(kind)
        return own.quiet[channel] if own and channel in own.quiet else self.quiet.get(channel)
