"""The trial of a learned estimate is fair: it uses nothing before it happened, and its sums are right."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.bench.lateness.parcels import DAY, Parcel
from tests.bench.lateness.transit import Transit
from tests.bench.lateness.trial import trial
from tests.bench.lateness.walk import LEADS, Verdict, walk

MONDAY = date(2017, 5, 8)


def a_parcel(number: int, days: int, promise: int = 14) -> Parcel:
    approved = MONDAY + timedelta(days=number % 120)
    return Parcel(approved, approved + promise * DAY, None, approved + days * DAY)


def some_parcels() -> list[Parcel]:
    parcels = [a_parcel(number, 3 + number * 7 % 17, 7 * (1 + number % 3)) for number in range(600)]
    return sorted(parcels, key=lambda one: (one.approved, one.promised, one.delivered or one.promised))


@pytest.mark.parametrize("hours", LEADS)
def test_later_events_do_not_change_earlier_scores(hours: int) -> None:
    turn = MONDAY + 80 * DAY
    parcels = some_parcels()
    others = [
        replace(parcel, delivered=None) if parcel.delivered and parcel.delivered >= turn else parcel
        for parcel in parcels
    ]
    judged = [
        [
            (one.parcel.approved, one.parcel.promised, one.chance, one.flagged)
            for one in walk(past)[hours]
            if one.parcel.first_day_left(hours) <= turn and one.parcel.at_risk(hours)
        ]
        for past in (parcels, others)
    ]
    assert judged[0]
    assert judged[0] == judged[1]


def test_a_model_learnt_before_the_cut_does_not_change() -> None:
    parcels = some_parcels()
    cut = MONDAY + 60 * DAY
    slow = [
        replace(parcel, delivered=parcel.delivered + 3 * DAY)
        if parcel.delivered and parcel.approved > cut
        else parcel
        for parcel in parcels
    ]
    frozen = {one.parcel.promised: one.chance for one in walk(parcels, cut)[48] if one.parcel.approved > cut}
    again = {one.parcel.promised: one.chance for one in walk(slow, cut)[48] if one.parcel.approved > cut}
    assert frozen
    assert frozen.items() <= again.items()


def test_a_parcel_that_is_still_under_way_counts_for_the_days_it_did_not_come() -> None:
    censored = Parcel(MONDAY, MONDAY + 20 * DAY, None, None)
    assert list(censored.days_under_way(MONDAY + 3 * DAY)) == [(MONDAY + n * DAY, False) for n in range(3)]
    came = replace(censored, delivered=MONDAY + DAY)
    assert list(came.days_under_way(MONDAY + 9 * DAY)) == [(MONDAY, False), (MONDAY + DAY, True)]


def test_a_lane_with_few_parcels_gets_the_rates_of_all_lanes() -> None:
    transit = Transit()
    for number in range(300):
        parcel = Parcel(MONDAY, MONDAY + 14 * DAY, None, MONDAY + (10 + number % 9) * DAY)
        for day, came in parcel.days_under_way(MONDAY + 40 * DAY):
            transit.learn(parcel, day, came)
    transit.refit()
    known, unknown = (Parcel(MONDAY, MONDAY + days * DAY, None, None) for days in (14, 13))
    assert 0.3 < transit.late(known, 48) < 0.9
    estimated = transit.late(unknown, 48)
    assert 0.3 < estimated < 0.9, "another lane, of which nothing was seen"


def test_the_trial_counts_what_was_gained_and_what_was_lost() -> None:
    late, early = a_parcel(0, 15), a_parcel(0, 14)
    verdicts = [*[Verdict(late, 0.9, True)] * 90, *[Verdict(late, 0.1, False)] * 10]
    verdicts += [*[Verdict(early, 0.8, True)] * 30, *[Verdict(early, 0.2, False)] * 70]
    result = trial(48, verdicts)
    assert (result.rule, result.recall, result.gain) == (0.5, 0.9, 0.25)
    assert result.low < 0.25 < result.high
    assert result.hindsight == 0.5, "with the threshold at 0.9 no parcel in time is flagged"
    assert result.passes
    assert result == trial(48, verdicts)
