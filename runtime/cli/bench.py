"""`smot bench`: how fast this machine runs smot, as ratios to a floor measured in the same run."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import Json, print_error

_CHECKOUT = Path(__file__).parents[2]


def bench(
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="journeys, api, scans, payloads, returns, starts or burst; without it all. May be repeated."
        ),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(help="sqlite or postgresql; both where it makes a difference.")
    ] = None,
    open_: Annotated[
        str, typer.Option("--open", help="How many journeys are open while scans are measured.")
    ] = "300,2500",
    quick: Annotated[bool, typer.Option("--quick", help="Fewer rounds, rougher figures.")] = False,
    json_: Json = False,
) -> None:
    """Measure journeys, accepted webhooks, scans, returns and starts against floors; needs a clone with its tests."""
    if not (_CHECKOUT / "tests" / "bench" / "run.py").exists():
        raise typer.Exit(
            print_error("the benchmarks are not installed; run this command from a clone of the source")
        )
    argv = [*_repeated("--only", only), *_repeated("--on", on), "--open", open_]
    argv += ["--quick"] * quick + ["--json"] * json_
    raise typer.Exit(importlib.import_module("tests.bench.run").main(argv))


def _repeated(option: str, values: list[str] | None) -> list[str]:
    return [part for value in values or [] for part in (option, value)]
