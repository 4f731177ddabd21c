"""What fails in one round is logged, and neither ends the rounds nor is hidden."""

import logging

import pytest

from services.isolation import isolated, isolated_round
from services.journeys import JourneyUnavailable
from store.engine.db_errors import DatabaseTimeout

FAILURES = [DatabaseTimeout("no answer"), JourneyUnavailable(), ValueError("a defect")]


async def failing(failure: Exception) -> None:
    raise failure


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
async def test_a_failed_round_is_logged_and_does_not_end_the_rounds(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await isolated_round("heartbeat", failing(failure))
    assert [type(failure).__name__ in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize("failure", FAILURES[:2], ids=lambda failure: type(failure).__name__)
async def test_one_row_raises_what_may_succeed_next_time(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        await isolated("delivery 7", failing(failure))
