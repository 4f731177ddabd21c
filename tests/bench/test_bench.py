"""The benchmarks can be run: small ones, whose figures are checked for their form and never for their size."""

import json
from pathlib import Path

import pytest

from runtime.cli import bench
from tests.bench import kpis, reconcile, run, starts
from tests.bench.figures import Figure, percentile, ratio
from tests.bench.wire import Tally


async def test_starts_are_measured_in_a_separate_environment(tmp_path: Path) -> None:
    [figure] = await starts.measure(tmp_path / "data", orders=4, rounds=1)
    assert figure.value > 0
    assert figure.met is None


async def test_a_providers_list_is_compared_with_a_ledger_of_as_many_legs(tmp_path: Path) -> None:
    [figure] = await reconcile.measure(tmp_path / "data", refunds=300)
    assert (figure.unit, figure.met) == ("s", None)


async def test_reports_of_figures_are_timed_over_synthetic_facts(tmp_path: Path) -> None:
    figures = await kpis.measure(tmp_path / "data", orders=200, rounds=1)
    assert [figure.unit for figure in figures] == ["s", "s", "s", "s", "per s"]


def test_the_command_knows_every_benchmark() -> None:
    assert tuple(run.BENCHES) == bench.PARTS


def test_a_ratio_names_its_parts_and_whether_its_goal_was_met() -> None:
    figure = ratio("ours ÷ floor", 30.0, 40.0, 0.7)
    assert (figure.value, figure.met, figure.of) == (0.75, True, {"ours": 30.0, "floor": 40.0})
    assert "NOT MET" in ratio("ours ÷ floor", 20.0, 40.0, 0.7).row()
    assert not Figure("a wait", 51.0, "ms", 50.0, at_most=True).met


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], percent) for percent in (50, 99, 100)] == [2.0, 4.0, 4.0]
    assert percentile([7.0], 1) == 7.0


def test_a_benchmark_with_a_wrong_answer_gives_no_figure() -> None:
    tally = Tally()
    tally.statuses[503] += 1
    with pytest.raises(AssertionError):
        tally.only(202)


async def test_a_benchmark_that_cannot_run_is_named_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> list[Figure]:
        raise AssertionError("no such server")

    async def works(*_: object, **__: object) -> list[Figure]:
        return [Figure("a rate", 1.0, "per s")]

    monkeypatch.setattr(run, "BENCHES", {"burst": broken, "scans": works})
    result = await run.run([], quick=True, levels=[1], report_line=lambda _: None, kinds=["sqlite"])
    assert [*result["failed"]] == ["burst sqlite"]
    assert [figure["name"] for figure in result["figures"]] == ["a rate"]
    json.dumps(result)


def test_without_a_checkout_the_command_names_where_it_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer import Exit

    monkeypatch.setattr(bench, "_CHECKOUT", tmp_path)
    with pytest.raises(Exit) as ended:
        bench.bench()
    assert ended.value.exit_code == 2
    assert "clone of the source" in capsys.readouterr().err
