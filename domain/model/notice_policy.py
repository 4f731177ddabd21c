"""What a merchant decides about notices: the channels, the hours, and the limits on their number."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from domain.base import Frozen
from domain.model.notice import NoticeKind, ProgressKind
from domain.model.notice_kinds import DEFAULT_RULE, KINDS, KindRule, Severity

ChannelName = Literal["email", "sms", "whatsapp", "push", "chat", "webhook"]
CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)
# Quoted in YAML, where 21:00 is a number.
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class QuietHours(Frozen):
    """Hours of the customer's own day in which nothing is sent; they may span midnight."""

    start: TimeOfDay
    """When they begin."""
    end: TimeOfDay
    """When they end."""

    @model_validator(mode="after")
    def _some_of_the_day(self) -> "QuietHours":
        if self.start == self.end:
            raise ValueError("quiet hours begin and end at different times")
        return self


_NIGHT = QuietHours(start="21:00", end="08:00")
_LONG_NIGHT = QuietHours(start="20:00", end="09:00")  # for channels that make a phone ring or vibrate


class KindPolicy(Frozen):
    """What is different for one kind of notice."""

    severity: Severity | None = None
    """How urgent the kind is; its own severity if unset."""
    channels: tuple[ChannelName, ...] | None = None
    """The channels to try; the general ones if unset."""
    quiet: dict[ChannelName, QuietHours | None] = {}
    """Quiet hours per channel instead of the general ones; null for none."""


class NoticePolicy(Frozen):
    """How notices leave. The dispatcher reads it at that time: waiting notices follow a new policy at once."""

    channels: tuple[ChannelName, ...] = ("email", "sms", "whatsapp", "push", "chat", "webhook")
    """Tried in this order, as far as they are set up and the customer can be reached there and agreed to it."""
    quiet: dict[ChannelName, QuietHours] = {
        "email": _NIGHT,
        "sms": _LONG_NIGHT,
        "whatsapp": _LONG_NIGHT,
        "push": _LONG_NIGHT,
        "chat": _LONG_NIGHT,
    }
    """Hours of the customer's own day in which a channel is not used."""
    kinds: dict[NoticeKind, KindPolicy] = {}
    """What is different for one kind of notice."""
    per_parcel_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    """The time between two delay notices of one parcel; 0 for no limit."""
    per_customer_day: Annotated[int, Field(ge=1, le=1000)] | None = 3
    """Notices to one customer in one of their days that they did not cause, over all orders; null for no limit."""
    digest_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 30
    """Notices that arise so soon after a message to the same customer leave as one; 0 never combines notices."""

    progress: tuple[ProgressKind, ...] = ()
    """Which steps of a parcel on its way are notices: `shipped`, `out_for_delivery`, `delivered`; none by default.

    One that is added counts for orders placed from then on; one that is taken out is not sent any more.
    """

    def rule_of(self, kind: NoticeKind) -> KindRule:
        """How that kind is treated at this merchant."""
        rule, own = KINDS.get(kind, DEFAULT_RULE), self.kinds.get(kind)
        return rule.model_copy(update={"severity": own.severity}) if own and own.severity else rule

    def channels_of(self, kind: NoticeKind) -> tuple[ChannelName, ...]:
        own = self.kinds.get(kind)
        return own.channels if own and own.channels is not None else self.channels

    def prefers(self, channel: ChannelName) -> bool:
        """Whether some notices go by that channel before they go by e-mail."""
        orders = [self.channels, *(own.channels for own in self.kinds.values() if own.channels is not None)]
        return any(
            channel in tried and ("email" not in tried or tried.index(channel) < tried.index("email"))
            for tried in orders
        )

    def quiet_of(self, kind: NoticeKind, channel: ChannelName) -> QuietHours | None:
        own = self.kinds.get(kind)
        return own.quiet[channel] if own and channel in own.quiet else self.quiet.get(channel)
