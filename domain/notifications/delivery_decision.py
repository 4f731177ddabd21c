"""The delivery decision: right before a notice leaves it is sent, held, dropped or grouped into a digest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.base import Frozen
from domain.clock import Instant, end_of_day, local_day
from domain.model.notice import Notice
from domain.model.notice_kinds import KindRule
from domain.model.notice_policy import CHANNELS, ChannelName, NoticePolicy
from domain.notifications.preferences import ChannelPreference, is_allowed, opted_out
from domain.notifications.quiet_hours import is_quiet, quiet_hours_end


class Send(Frozen):
    """Send the notice.

    channels: the first one sends it; the next one has its turn when a message bounces.
    digestible: the notice may share a message with others.
    """

    channels: tuple[ChannelName, ...]
    digestible: bool = False


class Hold(Frozen):
    """Hold the notice and decide again later.

    until: business time of the next decision.
    reasons: every reason that holds it now.
    """

    until: Instant
    reasons: tuple[str, ...]


class Drop(Frozen):
    """Never send the notice. `reason`: `muted`, or `no_channel` where no channel reaches this customer."""

    reason: str


class Digest(Frozen):
    """Several notices in one message. `indexes`: their places in the list that was given."""

    channel: ChannelName
    indexes: tuple[int, ...]


DeliveryDecision = Send | Hold | Drop


class SendHistory(Frozen):
    """The messages that left before.

    last_for_parcel_at: when the last notice of the same throttle group about the same parcel left.
    last_for_customer_at: when the last message to the customer left.
    sent_today: messages on the customer's day that count toward the frequency cap.
    """

    last_for_parcel_at: Instant | None = None
    last_for_customer_at: Instant | None = None
    sent_today: int = 0


class Recipient(Frozen):
    """The customer, as the decision needs them.

    reachable: channels that are set up, reach the customer and have not bounced for this notice.
    addresses: channels by which the customer could be reached, set up or not: of these they have an address or a number.
    """

    zone: str
    reachable: frozenset[ChannelName]
    addresses: frozenset[ChannelName] = frozenset(CHANNELS)
    preferences: tuple[ChannelPreference, ...] = ()


def decide_delivery(
    notice: Notice,
    policy: NoticePolicy,
    recipient: Recipient,
    now: datetime,
    history: SendHistory | None = None,
) -> DeliveryDecision:
    """Decide about a notice that is still true. Without `history`, only quiet hours and preferences count."""
    rule = policy.rule_of(notice.kind)
    channels = _channels(notice, policy, recipient)
    if not channels:
        anywhere = recipient.model_copy(update={"reachable": recipient.addresses})
        return Drop(reason="no_channel" if _channels(notice, policy, anywhere) else "muted")
    if rule.severity == "urgent":
        return Send(channels=channels)
    # In quiet hours the webhook does not replace another channel: the merchant would contact the customer then.
    waiting = tuple(channel for channel in channels if channel != "webhook" or channels[0] == "webhook")
    awake = tuple(
        channel for channel in waiting if not _in_quiet_hours(notice, policy, recipient, channel, now)
    )
    holds = _hold_reasons(rule, policy, recipient.zone, now, history or SendHistory())
    if awake and not holds:
        return Send(channels=awake, digestible=is_digestible(rule, policy))
    return _hold(notice, policy, recipient, waiting, now, holds)


def counts_toward_cap(rule: KindRule) -> bool:
    """Whether the notice counts toward the customer's frequency cap. The answer to a request of the customer does not."""
    return not rule.transactional


def is_digestible(rule: KindRule, policy: NoticePolicy) -> bool:
    return not rule.transactional and rule.severity != "urgent" and policy.digest_minutes > 0


def group_into_digest(decisions: Sequence[DeliveryDecision | None]) -> Digest | None:
    """The notices to one customer that leave together with the first of them; None where the first leaves alone."""
    first = decisions[0]
    if not isinstance(first, Send) or not first.digestible:
        return None
    channel = first.channels[0]
    indexes = tuple(
        index
        for index, decision in enumerate(decisions)
        if isinstance(decision, Send) and decision.digestible and decision.channels[0] == channel
    )
    return Digest(channel=channel, indexes=indexes) if len(indexes) > 1 else None


def _channels(notice: Notice, policy: NoticePolicy, recipient: Recipient) -> tuple[ChannelName, ...]:
    """The channels that reach the customer and that the customer allows. A required notice goes by e-mail at least.

    After an opt-out on another channel the webhook is left out: the merchant would contact the customer in its place.
    """
    rule = policy.rule_of(notice.kind)
    wanted = [channel for channel in policy.channels_of(notice.kind) if channel in recipient.reachable]
    allowed = [channel for channel in wanted if is_allowed(recipient.preferences, channel, rule.topic)]
    if "webhook" in allowed and any(
        opted_out(recipient.preferences, channel, rule.topic) for channel in wanted[: wanted.index("webhook")]
    ):
        allowed.remove("webhook")
    if rule.required and "email" in recipient.reachable:
        allowed += ["email"] if "email" not in allowed else []
        allowed.sort(key=lambda channel: channel == "push")  # it shows one line: this is to be read
    return tuple(allowed)


def _in_quiet_hours(
    notice: Notice, policy: NoticePolicy, recipient: Recipient, channel: ChannelName, now: datetime
) -> bool:
    """Whether quiet hours hold the notice on this channel.

    An e-mail makes no sound. So an answer to the customer leaves at once, and so does an e-mail that would be too late after
    the quiet hours. A notice with the detail `unprompted` answers nothing, whatever its kind.
    """
    hours = policy.quiet_of(notice.kind, channel)
    if not is_quiet(now, recipient.zone, hours):
        return False
    if channel != "email":
        return True
    if policy.rule_of(notice.kind).transactional and "unprompted" not in notice.details:
        return False
    return not _too_late_after(notice, now, quiet_hours_end(now, recipient.zone, hours))


def _too_late_after(notice: Notice, now: datetime, then: datetime) -> bool:
    """Whether the time that the notice warns of lies between `now` and `then`."""
    times = (notice.details.get(name) for name in ("due", "deadline"))
    return any(now < datetime.fromisoformat(at) <= then for at in times if isinstance(at, str))


def _hold_reasons(
    rule: KindRule, policy: NoticePolicy, zone: str, now: datetime, history: SendHistory
) -> dict[str, datetime]:
    """The reasons to wait, each with its end."""
    holds = {}
    if rule.throttle_group and history.last_for_parcel_at is not None:
        holds["throttled"] = history.last_for_parcel_at + timedelta(hours=policy.per_parcel_hours)
    if counts_toward_cap(rule) and not rule.required:
        if policy.per_customer_day is not None and history.sent_today >= policy.per_customer_day:
            holds["frequency_cap"] = end_of_day(local_day(now, zone), zone)
        if history.last_for_customer_at is not None and is_digestible(rule, policy):
            holds["digest"] = history.last_for_customer_at + timedelta(minutes=policy.digest_minutes)
    return {why: until for why, until in holds.items() if until > now}


def _hold(
    notice: Notice, policy: NoticePolicy, recipient: Recipient, channels: tuple[ChannelName, ...], now: datetime,
    holds: dict[str, datetime],
) -> Hold:  # fmt: skip
    """Hold until the last reason is over and one of the channels is outside its quiet hours."""
    soonest = max(holds.values(), default=now)
    until = min(
        quiet_hours_end(soonest, recipient.zone, policy.quiet_of(notice.kind, channel))
        for channel in channels
    )
    quiet = ("quiet_hours",) if until > soonest else ()
    return Hold(until=until, reasons=(*holds, *quiet))
