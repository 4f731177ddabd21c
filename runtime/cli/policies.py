"""`smot policies …`: return policies as YAML documents."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.shell import command

app = typer.Typer(no_args_is_help=True, help="Return policies as YAML documents.")


@app.callback()
def policies() -> None:
    """Return policies as YAML documents."""


@app.command("check")
@command
async def check_policy(
    file: Annotated[Path, typer.Argument(help="A YAML document like policies/default.yaml.")],
) -> None:
    """Check a policy document and name each field that is misspelt or has an impossible value."""
    from runtime.config.policies import amounts_in_full, read_policy

    policy = read_policy(file)
    typer.echo(
        f"{file} is a policy: {policy.window} days to return, money on {policy.pay_on.replace('_', '-')}"
    )
    for setting, amounts in amounts_in_full(policy):
        typer.echo(f"  {setting}: {amounts}")
