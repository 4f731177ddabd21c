"""When a carrier is polled for a parcel, what of its answer is news, and what happens when it no longer knows the parcel."""

from datetime import datetime, timedelta

import pytest

from domain.journey import agenda
from domain.journey.external_events import apply_event
from domain.model.deadlines import OpenQuestion
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, Scan
from domain.model.state import JourneyState
from domain.model.tracking_update import TrackingUpdate
from domain.tracking import poll_results, poll_schedule, polling
from domain.tracking.poll_results import PollResult
from domain.tracking.scans import TrackingUpdated
from domain.tracking.tracker_polls import PollTracker
from tests.builders import PLACED, a_parcel, a_state

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def polled(**changed: object) -> JourneyState:
    """One parcel registered when the order was placed, promised for the fifth day, of a merchant with an account."""
    state = a_state(polling=True, clock=PLACED, **changed)
    a_parcel(state, registered_at=PLACED, due=PLACED + 5 * DAY)
    return state


def scanned(state: JourneyState, status: ParcelStatus, at: datetime) -> None:
    parcel = state.parcels[0]
    scan = Scan(key=f"{status}{at}", at=at, status=status)
    event = TrackingUpdated(parcel_id=parcel.parcel_id, update=TrackingUpdate(scans=(scan,)))
    assert apply_event(state, event, at)


def poll_result(state: JourneyState, answer: str, at: datetime, **more: object) -> PollResult:
    return PollResult.model_validate(
        {"parcel": state.parcels[0].parcel_id, "status": answer, "at": at, **more}
    )


def next_poll(state: JourneyState) -> tuple[datetime, PollTracker] | None:
    polls = [(w.at, w.action) for w in agenda.scheduled_actions(state) if isinstance(w.action, PollTracker)]
    return polls[0] if polls else None


# TRK-8
@pytest.mark.parametrize(
    ("status", "moved", "now", "pause"),
    [
        (ParcelStatus.PRE_TRANSIT, 0, 1, 6 * HOUR),
        (ParcelStatus.IN_TRANSIT, 1, 2, 4 * HOUR),
        (ParcelStatus.OUT_FOR_DELIVERY, 1, 2, HOUR / 2),
        (ParcelStatus.ATTEMPT_FAILED, 1, 2, 2 * HOUR),
        (ParcelStatus.AVAILABLE_FOR_PICKUP, 1, 2, 6 * HOUR),
        (ParcelStatus.IN_TRANSIT, 1, 60, 12 * HOUR),  # silent for two days
        (ParcelStatus.OUT_FOR_DELIVERY, 1, 60, 12 * HOUR),  # out for delivery days ago: no longer urgent
        (ParcelStatus.IN_TRANSIT, 90, 100, HOUR),  # the day of its promise
        (ParcelStatus.IN_TRANSIT, 1, 100, 2 * HOUR),  # the day of its promise, and silent
        (ParcelStatus.IN_TRANSIT, 1, 200, DAY),  # silent for a week
    ],
)
def test_a_parcel_is_polled_sooner_near_its_end_and_seldom_in_silence(
    status: ParcelStatus, moved: int, now: int, pause: timedelta
) -> None:
    state = polled()
    scanned(state, status, PLACED + moved * HOUR)
    assert poll_schedule.poll_interval(state.parcels[0], PLACED + now * HOUR) == pause


def test_the_jitter_is_a_tenth_at_most_and_the_same_for_every_replay() -> None:
    parcel = polled().parcels[0]
    times = [poll_schedule.next_poll_after(parcel, PLACED, f"shop/ord/p{n}/0") for n in range(200)]
    assert times == [poll_schedule.next_poll_after(parcel, PLACED, f"shop/ord/p{n}/0") for n in range(200)]
    assert PLACED + 5.4 * HOUR <= min(times) < PLACED + 5.5 * HOUR
    assert PLACED + 6.5 * HOUR < max(times) <= PLACED + 6.6 * HOUR


def test_a_parcel_is_polled_before_its_silence_is_notified_as_a_delay() -> None:
    state = polled()
    parcel, at_risk = state.parcels[0], PLACED + 4 * DAY
    last = at_risk - timedelta(hours=7)
    for n in range(50):
        at = poll_schedule.next_poll_after(parcel, last, f"shop/ord/p{n}/0")
        assert at_risk - 2 * HOUR <= at <= at_risk - HOUR
        assert poll_schedule.next_poll_after(parcel, at, f"shop/ord/p{n}/1") - at <= 2.2 * HOUR


def test_on_a_sandbox_clock_polls_fall_on_the_full_hour() -> None:
    at, _ = next_poll(polled()) or pytest.fail("no look")
    assert (at.minute, at.second, at.microsecond) == (0, 0, 0)
    assert poll_schedule.next_full_hour(at) == at


@pytest.mark.parametrize("changed", [{"polling": False}, {"cancelled_at": PLACED}, {"closed_at": PLACED}])
def test_there_is_no_poll_without_an_account_or_after_the_end(changed: dict[str, object]) -> None:
    state = polled().model_copy(update=changed)
    assert next_poll(state) is None
    assert polling.polled_parcels(state) == []


def test_after_delivery_there_is_no_poll() -> None:
    state = polled()
    scanned(state, ParcelStatus.DELIVERED, PLACED + DAY)
    assert next_poll(state) is None


def test_in_real_time_polls_are_not_scheduled_by_the_agenda() -> None:
    state = polled().model_copy(update={"clock": None})
    assert next_poll(state) is None
    assert polling.polled_parcels(state) == state.parcels


def test_a_due_poll_is_not_pending_work() -> None:
    state = polled()
    first, shown = agenda.next_action(state), agenda.next_visible_action(state)
    assert first is not None
    assert first.action == PollTracker(parcel_id="p1")
    assert shown is not None
    assert shown.reason == "no_first_scan"


def test_a_recorded_poll_is_not_due_again_and_retry_after_is_honoured() -> None:
    state = polled()
    at, _ = next_poll(state) or pytest.fail("no look")
    state.clock = at
    assert poll_results.apply_poll_result(
        state, poll_result(state, "retry_later", at, not_before=at + 20 * HOUR), at
    )
    again, _ = next_poll(state) or pytest.fail("no look")
    assert again >= at + 20 * HOUR
    assert state.parcels[0].polling_state.poll_count == 1


def test_only_what_was_not_received_before_is_news() -> None:
    state = polled()
    parcel = state.parcels[0]
    scan = Scan(key="a", at=PLACED + HOUR, status=ParcelStatus.PICKED_UP)
    estimate = Estimate(reported_at=PLACED + HOUR, day=(PLACED + 4 * DAY).date())
    first = poll_result(
        state, "found", PLACED + HOUR, update=TrackingUpdate(scans=(scan,), estimate=estimate)
    )
    assert poll_results.is_new_information(state, parcel, first)
    poll_results.apply_poll_result(state, first, PLACED + HOUR)
    assert [one.key for one in parcel.scans] == ["a"]
    assert not poll_results.is_new_information(state, parcel, first)
    later = estimate.model_copy(update={"reported_at": PLACED + 2 * HOUR})
    again = poll_result(
        state, "found", PLACED + 2 * HOUR, update=TrackingUpdate(scans=(scan,), estimate=later)
    )
    assert not poll_results.is_new_information(state, parcel, again), "the same date again is no news"
    slipped = later.model_copy(update={"day": (PLACED + 6 * DAY).date()})
    assert poll_results.is_new_information(
        state,
        parcel,
        poll_result(state, "found", PLACED, update=TrackingUpdate(scans=(scan,), estimate=slipped)),
    )


def questions(state: JourneyState, now: datetime) -> list[OpenQuestion]:
    due = [change for change in agenda.changes_due(state, now) if isinstance(change, OpenQuestion)]
    return [change for change in due if change.question == "tracker_ended"]


def since(state: JourneyState, question: OpenQuestion) -> datetime:
    return next(wait.at for wait in agenda.scheduled_actions(state) if wait.action == question)


# TRK-10
def test_a_tracker_that_forgets_a_parcel_it_knew_raises_one_attention_item() -> None:
    state = polled()
    poll_results.apply_poll_result(state, poll_result(state, "not_found", PLACED + HOUR), PLACED + HOUR)
    assert questions(state, PLACED + HOUR) == [], "it never knew it: it may yet come to know it"
    poll_results.apply_poll_result(state, poll_result(state, "found", PLACED + 2 * HOUR), PLACED + 2 * HOUR)
    for hours in (30, 31):
        poll_results.apply_poll_result(
            state, poll_result(state, "not_found", PLACED + hours * HOUR), PLACED + hours * HOUR
        )
    now = PLACED + 31 * HOUR
    [raised] = questions(state, now)
    assert since(state, raised) == PLACED + 30 * HOUR
    raised.apply(state, now)
    [question] = state.attention
    assert (question.owner, question.default, question.subject) == ("agent", "dismiss", "p1")
    assert question.deadline > question.opened_at
    assert questions(state, now) == []
    state.settle_question("tracker_ended", "p1")  # without an answer, the parcel is still expected
    assert questions(state, now + 10 * DAY) == []


def test_a_tracker_that_finds_the_parcel_again_resolves_the_attention_item() -> None:
    state = polled()
    for hours, answer in ((1, "found"), (30, "not_found")):
        poll_results.apply_poll_result(
            state, poll_result(state, answer, PLACED + hours * HOUR), PLACED + hours * HOUR
        )
    questions(state, PLACED + 30 * HOUR)[0].apply(state, PLACED + 30 * HOUR)
    poll_results.apply_poll_result(state, poll_result(state, "found", PLACED + 50 * HOUR), PLACED + 50 * HOUR)
    assert state.attention == []
    poll_results.apply_poll_result(
        state, poll_result(state, "not_found", PLACED + 80 * HOUR), PLACED + 80 * HOUR
    )
    assert len(questions(state, PLACED + 80 * HOUR)) == 1, "and when it forgets it again, it is a new one"


def test_a_carrier_that_expires_a_parcel_raises_an_attention_item_also_without_an_account() -> None:
    state = polled().model_copy(update={"polling": False})
    scanned(state, ParcelStatus.IN_TRANSIT, PLACED + HOUR)
    scanned(state, ParcelStatus.EXPIRED, PLACED + 31 * DAY)
    now = PLACED + 31 * DAY
    [question] = questions(state, now)
    question.apply(state, now)
    assert [item.kind for item in state.attention] == ["tracker_ended"]
    scanned(state, ParcelStatus.DELIVERED, now + HOUR)
    assert state.attention == []
