"""The command line. Every command imports what it needs when it runs: `--help` is instant."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="What happens after the customer has paid."
)

Data = Annotated[Path, typer.Option(help="Folder that holds everything this instance writes.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@app.callback()
def smot() -> None:
    """What happens after the customer has paid: parcels, delays, returns, money back exactly once."""


def _run(main: Any) -> None:
    """Run it, and leave without the interpreter's long goodbye: the Temporal SDK's threads may abort it."""
    import asyncio
    import logging
    import os
    import sys

    code = asyncio.run(main)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def _fail(text: str) -> typer.Exit:
    typer.echo(f"smot: {text}", err=True)
    return typer.Exit(2)


@app.command()
def up(
    data: Data = Path(".smot"),
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 8080,
    ui_port: Annotated[int | None, typer.Option(help="Also serve Temporal's web UI there.")] = None,
    json_: Json = False,
) -> None:
    """Run everything on this machine until Ctrl-C: Temporal, worker, dispatcher, API, sandbox payment provider."""
    import logging

    from runtime.up import Address, ready_line
    from runtime.up import up as run_up

    settings = _settings(data=data, port=port, temporal_ui_port=ui_port)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")

    def told(address: Address) -> None:
        if json_:
            typer.echo(ready_line(address))
            return
        typer.echo("smot is ready")
        for name, where in address.items():
            typer.echo(f"  {name:<15} {where}")

    async def main() -> int:
        from runtime.children import ChildFailed
        from runtime.claims import FolderInUse, PortTaken
        from runtime.embedded import NoTemporal

        try:
            await run_up(settings, told)
        except (FolderInUse, PortTaken, NoTemporal, ChildFailed) as problem:
            typer.echo(f"smot: {problem}", err=True)
            return 2
        return 0

    _run(main())


def _settings(**given: Any) -> Any:
    from pydantic import ValidationError

    from runtime.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as problem:
        errors = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problem.errors())
        raise _fail(f"settings: {errors}") from None


def main() -> None:
    app()


if __name__ == "__main__":
    main()
