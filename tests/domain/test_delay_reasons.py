"""Each reason of a delay has a timer of its own (DLY-1), and whoever is told hears again when we said (NEW-5).

Placed on Monday 2 March 2026 at nine, promised for Friday 6 March in London: late from midnight on.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.judging import overtaken
from domain.parcels import Estimate, ParcelStatus
from domain.promises import Promise
from domain.terms import DelayTerms, Policy
from tests.builders import PLACED, a_state, an_order
from tests.domain.driving import Life

S = ParcelStatus
HOUR = timedelta(hours=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.fixture
def patient() -> Life:
    """Promised for the end of the month, so that no promise is at risk yet."""
    return Life(a_state(an_order(promise=Promise(day=date(2026, 3, 31)))))


@pytest.fixture
def shipped(life: Life) -> Life:
    life.after(days=1).ship()
    life.scanned(S.IN_TRANSIT)
    return life


def told(life: Life) -> list[tuple[str, datetime]]:
    return [(telling.reason, telling.told_at) for telling in life.state.tellings]


def test_a_label_that_nobody_scans_for_three_days_is_told(patient: Life) -> None:
    patient.ship()
    patient.after(days=10)
    assert told(patient) == [("no_first_scan", PLACED + 72 * HOUR)]


def resting(life: Life, *days: int) -> Life:
    """These days of March the carrier does not work there."""
    off = tuple(date(2026, 3, day) for day in days)
    life.state.terms = life.state.terms.model_copy(update={"off_days": off})
    life.ship()
    life.scanned(S.IN_TRANSIT)
    return life.after(days=12)


def test_a_parcel_that_stands_still_for_five_working_days_is_told_when_they_are_over(patient: Life) -> None:
    assert told(resting(patient, 7, 8)) == [("no_movement", datetime(2026, 3, 9, 9, tzinfo=UTC))]


def test_a_public_holiday_does_not_count(patient: Life) -> None:
    assert told(resting(patient, 7, 8, 9)) == [("no_movement", datetime(2026, 3, 10, 9, tzinfo=UTC))]


def test_a_failed_attempt_is_told_at_once_and_the_next_one_again(shipped: Life) -> None:
    shipped.after(hours=3).scanned(S.ATTEMPT_FAILED)
    assert [(t.reason, t.nth) for t in shipped.state.tellings] == [("attempt_failed", 1)]
    shipped.after(hours=24).scanned(S.ATTEMPT_FAILED)
    assert [(t.reason, t.nth) for t in shipped.state.tellings] == [
        ("attempt_failed", 1),
        ("attempt_failed", 2),
    ]
    assert shipped.sent[-1].facts["attempts"] == 2


def test_an_older_attempt_that_becomes_known_after_the_delivery_is_no_news(shipped: Life) -> None:
    at = shipped.after(hours=3).now
    shipped.after(hours=20).scanned(S.DELIVERED)
    shipped.scanned(S.ATTEMPT_FAILED, at=at)
    assert told(shipped) == []


@pytest.mark.parametrize(("hours", "reasons"), [(71, []), (72, ["estimate_slipped"])])
def test_a_date_that_slips_within_the_promise_is_told_from_three_days_on(
    patient: Life, hours: int, reasons: list[str]
) -> None:
    patient.ship()
    patient.scanned(S.IN_TRANSIT)
    first = PLACED + timedelta(days=5)
    patient.estimated(first)
    patient.after(hours=1).hear(estimate=Estimate(told_at=patient.now, at=first + hours * HOUR))
    assert [reason for reason, _ in told(patient)] == reasons


def test_a_reason_that_the_merchant_switches_off_is_never_told() -> None:
    quiet = Policy(delays=DelayTerms(first_scan=None, still_days=None, slipped=None))
    life = Life(a_state(an_order(promise=Promise(day=date(2026, 3, 31))), quiet))
    life.ship()
    life.after(days=27)
    assert told(life) == []


def test_who_waits_at_a_pickup_point_is_reminded_two_days_before_it_goes_back(shipped: Life) -> None:
    shipped.after(days=1).scanned(S.AVAILABLE_FOR_PICKUP)
    arrived = shipped.now
    shipped.after(days=4)
    assert "pickup_waiting" not in shipped.told()
    shipped.after(days=1)
    assert shipped.told().count("pickup_waiting") == 1
    reminder = next(one for one in shipped.sent if one.kind == "pickup_waiting")
    assert reminder.facts == {"collect_by": (arrived + timedelta(days=7)).isoformat()}
    shipped.after(hours=1).scanned(S.DELIVERED)
    assert overtaken(reminder, shipped.state, {}) == "collected_meanwhile"
    shipped.after(days=3)
    assert shipped.told().count("pickup_waiting") == 1


# NEW-5


def test_who_was_told_of_a_delay_hears_again_when_we_said_though_nothing_is_new(shipped: Life) -> None:
    shipped.at(LATE - 24 * HOUR)
    (delayed,) = shipped.sent
    by = shipped.now + timedelta(hours=72)
    assert delayed.facts["next_word"] == by.isoformat()
    shipped.at(by - HOUR)
    assert shipped.told() == ["delayed"]
    shipped.at(by)
    assert shipped.told() == ["delayed", "still_watching"]
    assert shipped.sent[-1].facts["next_word"] == (by + timedelta(hours=72)).isoformat()


def test_a_word_is_kept_by_any_news_that_comes_before(shipped: Life) -> None:
    shipped.at(LATE - 24 * HOUR)
    shipped.after(hours=20).estimated(LATE + timedelta(days=2))
    assert shipped.told() == ["delayed", "delayed"]
    (word,) = shipped.state.words
    assert (word.nth, word.by) == (2, shipped.now + timedelta(hours=72))
    assert [entry.what for entry in shipped.written if entry.what.startswith("word")] == [
        "word_given", "word_kept", "word_given",
    ]  # fmt: skip


def test_nobody_writes_about_a_parcel_that_has_arrived(shipped: Life) -> None:
    shipped.at(LATE - 24 * HOUR)
    shipped.after(hours=20).scanned(S.DELIVERED)
    (word,) = shipped.state.words
    assert word.overtaken_at == shipped.now
    shipped.after(days=10)
    assert shipped.told() == ["delayed"]


def test_a_named_date_later_than_that_is_the_next_word(shipped: Life) -> None:
    expected = LATE + timedelta(days=9)
    shipped.estimated(expected)
    assert shipped.sent[-1].facts["next_word"] == expected.isoformat()


def test_words_end_and_every_word_is_kept_or_overtaken_when_the_order_rests(shipped: Life) -> None:
    shipped.at(LATE - 24 * HOUR)
    shipped.until_rest()
    assert all(not word.open for word in shipped.state.words)
    assert shipped.told_twice() == []
    ends = {"word_kept", "word_overtaken"}
    given = sum(entry.what == "word_given" for entry in shipped.written)
    assert given == sum(entry.what in ends for entry in shipped.written)


def test_a_cancelled_order_has_no_word_left_to_keep(life: Life) -> None:
    life.at(LATE - 24 * HOUR)
    assert life.told() == ["delayed"]
    life.cancel_order()
    assert [word.overtaken_at for word in life.state.words] == [life.now]


def test_what_was_said_of_goods_that_had_not_left_is_kept_for_their_parcel(life: Life) -> None:
    life.at(LATE - 24 * HOUR)
    assert life.told() == ["delayed"]
    life.after(hours=5).ship()
    (word,) = life.state.words
    assert (word.subject, word.open) == ("p1", True)
    life.at(word.by)
    assert life.told().count("still_watching") + life.told().count("delayed") >= 2, "they did hear from us"
