"""`smot env`: the addresses of what `smot up` runs on a data folder, as lines for a shell's eval."""

import shlex
from typing import Annotated

import typer

from runtime.cli.shell import DEFAULT_DATA, Data, command


@command
async def env(
    merchant: Annotated[str | None, typer.Argument(help="Also name this merchant, as MERCHANT.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print the addresses of the last `smot up` as lines for a shell's eval: SMOT_API, SANDBOX_PSP, SANDBOX_CARRIERS.

    Keys are not among them: each is shown once, when it is made. `smot keys add MERCHANT ROLE` makes a further one.
    """
    from runtime.config.data_folder import lock_owner
    from runtime.config.deployment_file import DeploymentFile

    running = DeploymentFile.read(data / "running.json")
    variables = {"SMOT_API": running.api, "SANDBOX_PSP": running.psp, "SANDBOX_CARRIERS": running.carriers}
    if merchant is not None:
        variables["MERCHANT"] = merchant
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
    if lock_owner(data / "temporal.db") is None:
        typer.echo(f"smot: nothing runs on {data} now; these are the addresses of its last start", err=True)
