"""When a notice may be sent: quiet hours at the customer, frequency caps, and the customer's choices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.model.notice import Notice, NoticeKind
from domain.model.notice_kinds import DEFAULT_RULE, KINDS, kinds_in_throttle_group
from domain.model.notice_policy import NoticePolicy, QuietHours
from domain.model.terms import Policy
from domain.notifications.delivery_decision import (
    Drop,
    Hold,
    Recipient,
    Send,
    SendHistory,
    decide_delivery,
    group_into_digest,
)
from domain.notifications.preferences import ChannelPreference, is_allowed, opt_out_reply
from domain.notifications.quiet_hours import is_quiet, quiet_hours_end

NIGHT = QuietHours(start="21:00", end="08:00")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DEFAULT = NoticePolicy()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def notice(kind: NoticeKind = "delayed", **facts: str | int) -> Notice:
    return Notice(key=f"ord_one/p1/{kind}/1", kind=kind, subject="p1", at=NOON, details=facts)


def reader(
    *channels: Any, zone: str = "Europe/London", choices: tuple[ChannelPreference, ...] = ()
) -> Recipient:
    return Recipient(zone=zone, reachable=frozenset(channels or ("email",)), preferences=choices)


def choice(channel: Any, allowed: bool, topic: Any = "delivery") -> ChannelPreference:
    return ChannelPreference(
        channel=channel, topic=topic, allowed=allowed, source="agent", at=NOON, by="agent/1"
    )


# Quiet hours. DLY-4


@pytest.mark.scenario("S-29")
@pytest.mark.parametrize(
    ("zone", "now", "hours", "awake"),
    [
        ("Europe/London", "2026-03-04T20:59:00+00:00", NIGHT, "2026-03-04T20:59:00+00:00"),
        ("Europe/London", "2026-03-04T21:00:00+00:00", NIGHT, "2026-03-05T08:00:00+00:00"),
        ("Europe/London", "2026-03-05T07:59:59+00:00", NIGHT, "2026-03-05T08:00:00+00:00"),
        ("Europe/London", "2026-03-05T08:00:00+00:00", NIGHT, "2026-03-05T08:00:00+00:00"),
        ("America/New_York", "2026-03-05T01:00:00+00:00", NIGHT, "2026-03-05T01:00:00+00:00"),
        ("America/New_York", "2026-03-05T02:00:00+00:00", NIGHT, "2026-03-05T13:00:00+00:00"),
        ("Asia/Kathmandu", "2026-03-04T16:00:00+00:00", NIGHT, "2026-03-05T02:15:00+00:00"),
        ("Australia/Lord_Howe", "2026-07-04T12:00:00+00:00", NIGHT, "2026-07-04T21:30:00+00:00"),
        # clocks go forward in that night, and back: the morning comes an hour earlier or later
        ("America/New_York", "2026-03-08T04:00:00+00:00", NIGHT, "2026-03-08T12:00:00+00:00"),
        ("America/New_York", "2026-11-01T03:00:00+00:00", NIGHT, "2026-11-01T13:00:00+00:00"),
        # the end is in the hour that is skipped, or in the one that comes twice
        ("America/New_York", "2026-03-08T06:00:00+00:00", QuietHours(start="22:00", end="02:30"), "2026-03-08T07:30:00+00:00"),
        ("America/New_York", "2026-11-01T05:10:00+00:00", QuietHours(start="22:00", end="01:30"), "2026-11-01T05:30:00+00:00"),
        ("America/New_York", "2026-11-01T06:10:00+00:00", QuietHours(start="22:00", end="01:30"), "2026-11-01T06:30:00+00:00"),
        # Apia had no 30 December 2011
        ("Pacific/Apia", "2011-12-30T09:00:00+00:00", NIGHT, "2011-12-30T18:00:00+00:00"),
        # hours that do not span midnight, and a short span around it
        ("Europe/Berlin", "2026-03-04T12:30:00+00:00", QuietHours(start="13:00", end="15:00"), "2026-03-04T14:00:00+00:00"),
        ("Europe/Berlin", "2026-03-04T14:00:00+00:00", QuietHours(start="13:00", end="15:00"), "2026-03-04T14:00:00+00:00"),
        ("Europe/Berlin", "2026-03-04T22:50:00+00:00", QuietHours(start="23:45", end="00:15"), "2026-03-04T23:15:00+00:00"),
        ("Europe/Berlin", "2026-03-04T12:00:00+00:00", None, "2026-03-04T12:00:00+00:00"),
    ],
)  # fmt: skip
def test_quiet_hours_follow_the_clock_at_the_customer(
    zone: str, now: str, hours: QuietHours | None, awake: str
) -> None:
    assert quiet_hours_end(at(now), zone, hours) == at(awake)
    assert is_quiet(at(now), zone, hours) == (at(now) != at(awake))
    assert not is_quiet(at(awake), zone, hours)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Apia", "Europe/Lisbon", "Australia/Lord_Howe"])
@pytest.mark.parametrize("begins", ["2011-12-28", "2026-03-07", "2026-03-28", "2026-10-31", "2026-04-04"])
def test_every_night_of_every_zone_ends_within_a_day(zone: str, begins: str) -> None:
    for hours in (NIGHT, QuietHours(start="22:00", end="02:30"), QuietHours(start="01:15", end="01:45")):
        for step in range(4 * 24 * 3):
            now = at(f"{begins}T00:00:00+00:00") + timedelta(minutes=15 * step)
            awake = quiet_hours_end(now, zone, hours)
            assert now <= awake <= now + timedelta(hours=25)
            assert not is_quiet(awake, zone, hours)


@pytest.mark.parametrize("text", ["24:00", "8:00", "08:60", 1260])
def test_invalid_quiet_hours_are_refused(text: object) -> None:
    with pytest.raises(ValueError):
        NoticePolicy.model_validate({"quiet": {"email": {"start": text, "end": "08:00"}}})
    with pytest.raises(ValueError, match="different times"):
        QuietHours(start="08:00", end="08:00")


# What is decided

NIGHTLY = at("2026-03-04T23:00:00+00:00")
MORNING = at("2026-03-05T08:00:00+00:00")


@pytest.mark.scenario("S-29")
def test_a_notice_due_at_night_is_held_until_the_morning_at_the_customer() -> None:
    assert decide_delivery(notice(), DEFAULT, reader(), NIGHTLY) == Hold(
        until=MORNING, reasons=("quiet_hours",)
    )
    assert decide_delivery(notice(), DEFAULT, reader(), MORNING) == Send(channels=("email",), digestible=True)


@pytest.mark.parametrize("kind", ["return_authorized", "refunded", "order_cancelled"])
def test_an_answer_is_mailed_at_once_at_any_hour(kind: NoticeKind) -> None:
    assert decide_delivery(notice(kind), DEFAULT, reader(), NIGHTLY) == Send(channels=("email",))


def test_a_warning_that_would_be_too_late_in_the_morning_is_mailed_at_night() -> None:
    breaks = {"due": "2026-03-05T00:00:00+00:00"}
    assert isinstance(decide_delivery(notice(**breaks), DEFAULT, reader(), NIGHTLY), Send)
    broken = decide_delivery(notice(**breaks), DEFAULT, reader(), at("2026-03-05T00:00:00+00:00"))
    assert broken == Hold(until=MORNING, reasons=("quiet_hours",)), "then there is nothing to hurry for"
    later = notice(due="2026-03-06T00:00:00+00:00")
    assert isinstance(decide_delivery(later, DEFAULT, reader(), NIGHTLY), Hold)


def test_an_urgent_kind_overrides_quiet_hours_cap_and_throttle() -> None:
    urgent = NoticePolicy.model_validate({"kinds": {"delayed": {"severity": "urgent"}}})
    full = SendHistory(last_for_parcel_at=NIGHTLY, last_for_customer_at=NIGHTLY, sent_today=99)
    assert decide_delivery(notice(), urgent, reader(), NIGHTLY, full) == Send(channels=("email",))


def test_hours_are_per_channel_and_per_kind() -> None:
    agreed = (choice("sms", True),)
    both = reader("email", "sms", choices=agreed)
    first = NoticePolicy(channels=("sms", "email"))
    evening = at("2026-03-04T20:30:00+00:00")  # quiet hours hold texts already, not yet mails
    assert decide_delivery(notice(), first, both, evening) == Send(channels=("email",), digestible=True)
    assert decide_delivery(notice(), first, both, NOON) == Send(channels=("sms", "email"), digestible=True)
    only = reader("sms", choices=agreed)
    assert decide_delivery(notice(), first, only, evening) == Hold(
        until=at("2026-03-05T09:00:00+00:00"), reasons=("quiet_hours",)
    )
    never = NoticePolicy.model_validate({"kinds": {"delayed": {"quiet": {"email": None}}}})
    assert isinstance(decide_delivery(notice(), never, reader(), NIGHTLY), Send)
    assert isinstance(decide_delivery(notice("parcel_lost"), never, reader(), NIGHTLY), Hold)


# Frequency caps. DLY-3


@pytest.mark.parametrize(
    ("lately", "why", "until"),
    [
        (
            SendHistory(last_for_parcel_at=NOON - timedelta(hours=2)),
            ("throttled",),
            "2026-03-05T10:00:00+00:00",
        ),
        (SendHistory(sent_today=3), ("frequency_cap", "quiet_hours"), "2026-03-05T08:00:00+00:00"),
        (
            SendHistory(last_for_customer_at=NOON - timedelta(minutes=10)),
            ("digest",),
            "2026-03-04T12:20:00+00:00",
        ),
        (
            SendHistory(
                last_for_parcel_at=NOON - timedelta(hours=14), last_for_customer_at=NOON, sent_today=3
            ),
            ("throttled", "frequency_cap", "digest", "quiet_hours"),
            "2026-03-05T08:00:00+00:00",
        ),
    ],
)
def test_recent_messages_hold_the_next_one_with_all_reasons(
    lately: SendHistory, why: tuple[str, ...], until: str
) -> None:
    assert decide_delivery(notice(), DEFAULT, reader(), NOON, lately) == Hold(until=at(until), reasons=why)


@pytest.mark.parametrize(
    "lately",
    [
        SendHistory(last_for_parcel_at=NOON - timedelta(hours=24)),
        SendHistory(sent_today=2),
        SendHistory(last_for_customer_at=NOON - timedelta(minutes=30)),
    ],
)
def test_a_notice_is_sent_when_the_limits_have_passed(lately: SendHistory) -> None:
    assert isinstance(decide_delivery(notice(), DEFAULT, reader(), NOON, lately), Send)


@pytest.mark.parametrize("kind", ["refunded", "parcel_lost", "delay_corrected"])
def test_notices_about_rights_and_corrections_ignore_the_frequency_cap(kind: NoticeKind) -> None:
    lately = SendHistory(sent_today=99, last_for_customer_at=NOON, last_for_parcel_at=NOON)
    assert isinstance(decide_delivery(notice(kind), DEFAULT, reader(), NOON, lately), Send)


def test_a_policy_without_limits_sends_at_once() -> None:
    free = NoticePolicy(quiet={}, per_parcel_hours=0, per_customer_day=None, digest_minutes=0)
    lately = SendHistory(sent_today=99, last_for_customer_at=NOON, last_for_parcel_at=NOON)
    assert decide_delivery(notice(), free, reader(), NIGHTLY, lately) == Send(channels=("email",))


# The customer's choices. DLY-8


def test_a_muted_notice_is_dropped_and_a_required_one_is_mailed() -> None:
    muted = reader("email", choices=(choice("email", False), choice("email", False, "money")))
    assert decide_delivery(notice(), DEFAULT, muted, NOON) == Drop(reason="muted")
    assert decide_delivery(notice("refunded"), DEFAULT, muted, NOON) == Send(channels=("email",))
    unreached = muted.model_copy(update={"reachable": frozenset()})
    assert decide_delivery(notice(), DEFAULT, unreached, NOON) == Drop(reason="muted")
    nowhere = Recipient(zone="Europe/London", reachable=frozenset())
    assert decide_delivery(notice(), DEFAULT, nowhere, NOON) == Drop(reason="no_channel")


@pytest.mark.parametrize("kind", ["delayed", "refunded", "parcel_lost"])
def test_a_notice_without_a_reachable_channel_is_not_called_muted_for_a_channel_without_consent(
    kind: Any,
) -> None:
    """As after a bounce of their e-mail, where the merchant also has text messages."""
    assert decide_delivery(notice(kind), DEFAULT, reader("sms", "push"), NOON) == Drop(reason="no_channel")


def test_the_latest_choice_counts_and_channels_that_ring_need_consent_first() -> None:
    assert is_allowed((), "email", "delivery")
    assert not is_allowed((), "sms", "delivery")
    assert not is_allowed((), "email", "feedback")
    assert is_allowed((choice("sms", False), choice("sms", True)), "sms", "delivery")
    assert not is_allowed((choice("sms", True), choice("sms", False)), "sms", "delivery")
    assert not is_allowed((choice("sms", True),), "sms", "returns")


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Stop all", "退订", "Unsubscribe"])
def test_a_reply_that_is_the_keyword_ends_it(text: str) -> None:
    assert opt_out_reply(text) is False


@pytest.mark.parametrize("text", ["please stop by", "", "where is my parcel?", "st op it"])
def test_a_reply_that_only_contains_the_keyword_changes_nothing(text: str) -> None:
    assert opt_out_reply(text) is None
    assert opt_out_reply("START") is True


# Digests. DLY-7


def test_several_notices_for_one_channel_are_sent_as_one_message() -> None:
    mail, text, alone = (
        Send(channels=("email",), digestible=True),
        Send(channels=("sms",), digestible=True),
        Send(channels=("email",)),
    )
    held = Hold(until=NOON, reasons=("digest",))
    groups = group_into_digest([mail, held, text, mail, alone, Drop(reason="muted"), None, mail])
    assert groups is not None
    assert (groups.channel, groups.indexes) == ("email", (0, 3, 7))
    assert group_into_digest([mail, text, alone]) is None
    assert group_into_digest([alone, mail]) is None
    assert group_into_digest([held, mail]) is None


# Kinds are data


def test_every_notice_kind_has_a_rule_and_an_unknown_kind_the_default() -> None:
    kinds = set(NoticeKind.__args__)  # type: ignore[attr-defined]
    assert kinds - {"digest"} <= set(KINDS), "a digest is a message of several, no journey owes one"
    assert DEFAULT.rule_of("no_such_kind") == DEFAULT_RULE  # type: ignore[arg-type]
    assert "delayed" in kinds_in_throttle_group("delayed")
    assert kinds_in_throttle_group("refunded") == ()


def test_a_misspelt_kind_or_channel_in_a_policy_is_refused() -> None:
    for wrong in (
        {"kinds": {"dealyed": {}}},
        {"channels": ["fax"]},
        {"quiet": {"email": {"start": "21:00"}}},
    ):
        with pytest.raises(ValueError):
            Policy.model_validate({"notices": wrong})


BOTH = NoticePolicy(channels=("email", "webhook"))


@pytest.mark.parametrize("policy", [DEFAULT, BOTH])
def test_neither_quiet_hours_nor_muted_mail_sends_it_by_webhook_instead(policy: NoticePolicy) -> None:
    set_up = reader("email", "webhook")
    assert decide_delivery(notice(), policy, set_up, NIGHTLY) == Hold(until=MORNING, reasons=("quiet_hours",))
    no = reader("email", "webhook", choices=(choice("email", False),))
    assert decide_delivery(notice(), policy, no, NOON) == Drop(reason="muted")
    bounced = reader("webhook")
    assert decide_delivery(notice(), BOTH, bounced, NOON) == Send(channels=("webhook",), digestible=True)


def test_an_older_choice_that_is_received_later_does_not_undo_a_newer_one() -> None:
    no = choice("sms", False)
    old = choice("sms", True).model_copy(update={"at": NOON - timedelta(days=300)})
    same = choice("sms", True)
    assert not is_allowed((no, old), "sms", "delivery")
    assert is_allowed((old, no, same), "sms", "delivery"), "of two at one time the one recorded last"
