"""When a delivery to a receiver is retried, and when the receiver is left alone."""

from datetime import timedelta

from domain.webhooks.retry import MAX_ATTEMPTS, MAX_RETRY_AFTER, retry_delay, should_pause
from tests.builders import PLACED


def waits(retry_after: timedelta | None = None, jitter: float = 0.0) -> list[timedelta | None]:
    return [retry_delay(tries, retry_after, jitter) for tries in range(1, MAX_ATTEMPTS + 1)]


def test_a_message_is_tried_for_three_days_and_then_given_up() -> None:
    *between, end = waits()
    total = sum((wait for wait in between if wait), timedelta())
    assert (len(between), end) == (9, None)
    assert total == timedelta(hours=75, minutes=35, seconds=5)


def test_jitter_only_makes_a_wait_longer_and_by_a_tenth_at_most() -> None:
    for plain, late in zip(waits()[:-1], waits(jitter=1.0)[:-1], strict=True):
        assert plain is not None
        assert late == plain * 1.1


def test_a_receivers_retry_after_makes_the_wait_longer_up_to_a_day_and_never_shorter() -> None:
    assert retry_delay(1, timedelta(hours=1), 0) == timedelta(hours=1)
    assert retry_delay(1, timedelta(days=300), 0) == MAX_RETRY_AFTER
    assert retry_delay(4, timedelta(seconds=1), 0) == timedelta(hours=2)
    assert retry_delay(MAX_ATTEMPTS, timedelta(hours=1), 0) is None


def test_an_endpoint_is_left_alone_only_after_a_day_and_many_tries() -> None:
    day = timedelta(hours=24)
    assert should_pause(20, PLACED, PLACED + day)
    assert not should_pause(19, PLACED, PLACED + day)
    assert not should_pause(500, PLACED, PLACED + day - timedelta(seconds=1))
