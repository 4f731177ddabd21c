"""One case of the crash matrix in twenty, always the same ones; and that the matrix notices failures."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from failpoints.catalogue import CALL_SITES, CRASH_POINTS
from tests.chaos.case_runner import CaseRunner
from tests.chaos.cases import REACHED, SEEDS, CrashCase, cases, once_broken, sample
from tests.chaos.stack import TARGETS


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def case_runner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CaseRunner]:
    async with CaseRunner(tmp_path_factory.mktemp("matrix")) as case_runner:
        yield case_runner


def test_every_crash_point_meets_every_target_five_times_and_every_call_site_has_its_turn() -> None:
    every = cases((), TARGETS, tuple(range(SEEDS)))
    assert len({case.name for case in every}) == len(every) == 12 * 5 * 5
    assert {case.at for case in every} == set(CALL_SITES)
    assert every == cases((), TARGETS, tuple(range(SEEDS)))
    assert all(case.step in REACHED[case.at] for case in every)


def test_one_run_in_twenty_has_every_crash_point_and_every_target() -> None:
    assert not {case.name for case in sample()} & {case.name for case in once_broken()}
    assert len(sample()) == 12 * 5 * 5 // 20
    assert {case.crash_point for case in sample()} == {point.name for point in CRASH_POINTS}
    assert {case.target for case in sample()} == set(TARGETS)


@pytest.mark.scenario("S-94", "S-99")
@pytest.mark.parametrize("case", sample() + once_broken(), ids=lambda case: case.name)
async def test_any_target_killed_while_a_process_is_paused_at_a_crash_point_loses_and_doubles_nothing(
    case_runner: CaseRunner, case: CrashCase
) -> None:
    verdict = await case_runner.run_case(case)
    assert not verdict.broken, f"{verdict.description}\n{verdict.broken}\nagain: {verdict.command}"


async def test_a_run_that_does_not_reach_the_crash_point_is_not_clean(case_runner: CaseRunner) -> None:
    [case_] = cases(("before-provider",), ("worker",), (0,))
    verdict = await case_runner.run_case(replace(case_, step="receive"))
    assert f"no process reached {case_.at}" in verdict.broken
