"""`smot bench`: how fast this machine runs smot, as ratios to a floor measured in the same run."""

import importlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.exit_codes import print_error
from runtime.cli.shell import Json

PARTS = (
    "journeys",
    "api",
    "scans",
    "open",
    "shuffled",
    "payloads",
    "returns",
    "plans",
    "policy",
    "starts",
    "burst",
    "rush",
    "credits",
    "dock",
    "reconcile",
    "kpis",
    "search",
    "screens",
    "viewers",
    "guesses",
    "idle",
)
_DATABASES = ("sqlite", "postgresql")

_CHECKOUT = Path(__file__).parents[2]


def _levels(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}(,[1-9][0-9]{0,5})*", text):
        raise typer.BadParameter("must be numbers like 300,2500")
    return text


def _one_of(names: Sequence[str]) -> Callable[[list[str] | None], list[str] | None]:
    def check(values: list[str] | None) -> list[str] | None:
        if unknown := set(values or ()) - set(names):
            raise typer.BadParameter(f"{min(unknown)[:40]!r} is none of {', '.join(names)}")
        return values

    return check


def bench(
    only: Annotated[
        list[str] | None,
        typer.Option(callback=_one_of(PARTS), help=f"Only that part: {', '.join(PARTS)}. May be repeated."),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            callback=_one_of(_DATABASES), help="sqlite or postgresql; both where it makes a difference."
        ),
    ] = None,
    open_: Annotated[
        str,
        typer.Option("--open", callback=_levels, help="How many journeys are open while scans are measured."),
    ] = "300,2500",
    quick: Annotated[bool, typer.Option("--quick", help="Fewer rounds, rougher figures.")] = False,
    json_: Json = False,
) -> None:
    """Measure journeys, webhooks, scans, returns, starts and store credit against floors; needs a clone with its tests."""
    if not (_CHECKOUT / "tests" / "bench" / "run.py").exists():
        raise typer.Exit(
            print_error("the benchmarks are not installed; run this command from a clone of the source")
        )
    argv = [*_repeated("--only", only), *_repeated("--on", on), "--open", open_]
    argv += ["--quick"] * quick + ["--json"] * json_
    raise typer.Exit(importlib.import_module("tests.bench.run").main(argv))


def _repeated(option: str, values: Sequence[str] | None) -> list[str]:
    return [part for value in values or [] for part in (option, value)]
