"""A sample of the fault programme of payments; `python -m tests.chaos.payments` runs all of it."""

from pathlib import Path

import pytest

from tests.chaos.payments.books import PROVIDERS
from tests.chaos.payments.faults import FAULTS
from tests.chaos.payments.run import programme, run_faults

_CALM = ("refunded in dashboard", "more than remaining", "currencies")
_WITH_KILLS = "timeout after success"


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({one.name for one in FAULTS}) == len(FAULTS) == 22


@pytest.mark.scenario("S-70", "S-72")
async def test_no_fault_of_a_provider_pays_twice_or_too_much_and_nothing_is_left_without_a_person(
    tmp_path: Path,
) -> None:
    async with programme(tmp_path, PROVIDERS) as there:
        await run_faults(there, _CALM, [0], lambda *_: None, forms=("partial", "multi-tender"))
        await run_faults(there, [_WITH_KILLS], [1], lambda *_: None, forms=("full",))
        await there.stack.until_idle()
        report = await there.stack.run_verify()
        cases = there.done
    assert len(cases) == 3 * 3 * 2 + 3
    assert {case.name: case.broken for case in cases if case.broken} == {}
    assert [f"{one.invariant} {one.message}" for one in report.broken] == []
