"""May a notice leave now, and how? Asked at the moment it would: sent, held, dropped or put together with others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.base import Fact
from domain.clock import Instant, end_of_day, local_day
from domain.notice_kinds import KindRule
from domain.notice_policy import CHANNELS, ChannelName, NoticePolicy
from domain.notices import Notice
from domain.preferences import Choice, allows, declined
from domain.quiet_hours import awake_from, is_quiet


class Send(Fact):
    """By the first of these channels; the others are for when it bounces. `joins`: it may be one of several in a message."""

    channels: tuple[ChannelName, ...]
    joins: bool = False


class Hold(Fact):
    """Not before `until` (business time); then it is judged anew. `why`: all reasons there are now."""

    until: Instant
    why: tuple[str, ...]


class Drop(Fact):
    """Never. `why`: muted, or that there is no channel to this customer."""

    why: str


class Digest(Fact):
    """Several leave as one message by that channel. `places`: which of those that were asked about."""

    channel: ChannelName
    places: tuple[int, ...]


Decision = Send | Hold | Drop


class Lately(Fact):
    """What left before. `parcel_at`: the last notice of this pace about the same parcel; the others: to the customer.

    `spent`: messages of the customer's day that the budget counts.
    """

    parcel_at: Instant | None = None
    customer_at: Instant | None = None
    spent: int = 0


class Reader(Fact):
    """The customer. `reachable`: channels that are set up, lead to them and have not bounced for this notice."""

    zone: str
    reachable: frozenset[ChannelName]
    choices: tuple[Choice, ...] = ()


def decide(
    notice: Notice, policy: NoticePolicy, reader: Reader, now: datetime, lately: Lately | None = None
) -> Decision:
    """What becomes of a notice that is still true. Without `lately` only hours and preferences are judged."""
    rule = policy.rule_of(notice.kind)
    channels = _channels(notice, policy, reader)
    if not channels:
        anywhere = reader.model_copy(update={"reachable": frozenset(CHANNELS)})
        return Drop(why="no_channel" if _channels(notice, policy, anywhere) else "muted")
    if rule.severity == "urgent":
        return Send(channels=channels)
    # While the customer sleeps the merchant is not told instead, who would tell them.
    waiting = tuple(channel for channel in channels if channel != "webhook" or channels[0] == "webhook")
    awake = tuple(channel for channel in waiting if not _asleep(notice, policy, reader, channel, now))
    holds = _holds(rule, policy, reader.zone, now, lately or Lately())
    if awake and not holds:
        return Send(channels=awake, joins=joins(rule, policy))
    return _hold(notice, policy, reader, waiting, now, holds)


def counted(rule: KindRule) -> bool:
    """Whether it takes a place of the customer's day: what they asked for does not."""
    return not rule.prompted


def joins(rule: KindRule, policy: NoticePolicy) -> bool:
    return not rule.prompted and rule.severity != "urgent" and policy.digest_minutes > 0


def digest(decisions: Sequence[Decision | None]) -> Digest | None:
    """Which notices to one customer leave together with the first of them; None where it leaves alone."""
    first = decisions[0]
    if not isinstance(first, Send) or not first.joins:
        return None
    channel = first.channels[0]
    places = tuple(
        place
        for place, one in enumerate(decisions)
        if isinstance(one, Send) and one.joins and one.channels[0] == channel
    )
    return Digest(channel=channel, places=places) if len(places) > 1 else None


def _channels(notice: Notice, policy: NoticePolicy, reader: Reader) -> tuple[ChannelName, ...]:
    """Where the customer can be reached and wants to be. What is required reaches them by e-mail at least.

    What they said no to anywhere is not told to the merchant instead, who would tell them.
    """
    rule = policy.rule_of(notice.kind)
    wanted = [channel for channel in policy.channels_of(notice.kind) if channel in reader.reachable]
    allowed = [channel for channel in wanted if allows(reader.choices, channel, rule.topic)]
    if "webhook" in allowed and any(
        declined(reader.choices, channel, rule.topic) for channel in wanted[: wanted.index("webhook")]
    ):
        allowed.remove("webhook")
    if rule.required and "email" in reader.reachable and "email" not in allowed:
        allowed.append("email")
    return tuple(allowed)


def _asleep(
    notice: Notice, policy: NoticePolicy, reader: Reader, channel: ChannelName, now: datetime
) -> bool:
    """E-mail wakes nobody: an answer leaves at once, and so does what would be too late in the morning."""
    hours = policy.quiet_of(notice.kind, channel)
    if not is_quiet(now, reader.zone, hours):
        return False
    if channel != "email":
        return True
    if policy.rule_of(notice.kind).prompted:
        return False
    return not _too_late(notice, now, awake_from(now, reader.zone, hours))


def _too_late(notice: Notice, now: datetime, then: datetime) -> bool:
    """What the notice warns of is still to come, and would have come by then."""
    facts = (notice.facts.get(name) for name in ("due", "deadline"))
    return any(now < datetime.fromisoformat(at) <= then for at in facts if isinstance(at, str))


def _holds(
    rule: KindRule, policy: NoticePolicy, zone: str, now: datetime, lately: Lately
) -> dict[str, datetime]:
    """Why it is too soon, each with until when."""
    holds = {}
    if rule.pace and lately.parcel_at is not None:
        holds["told_lately"] = lately.parcel_at + timedelta(hours=policy.per_parcel_hours)
    if counted(rule) and not rule.required:
        if policy.per_customer_day is not None and lately.spent >= policy.per_customer_day:
            holds["budget_spent"] = end_of_day(local_day(now, zone), zone)
        if lately.customer_at is not None and joins(rule, policy):
            holds["digest"] = lately.customer_at + timedelta(minutes=policy.digest_minutes)
    return {why: until for why, until in holds.items() if until > now}


def _hold(
    notice: Notice, policy: NoticePolicy, reader: Reader, channels: tuple[ChannelName, ...], now: datetime,
    holds: dict[str, datetime],
) -> Hold:  # fmt: skip
    """Until the last of these reasons is over and somebody is awake at one of the channels."""
    soonest = max(holds.values(), default=now)
    until = min(
        awake_from(soonest, reader.zone, policy.quiet_of(notice.kind, channel)) for channel in channels
    )
    quiet = ("quiet_hours",) if until > soonest else ()
    return Hold(until=until, why=(*holds, *quiet))
