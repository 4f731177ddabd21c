"""The command line. Every command imports what it needs when it runs, so that `--help` is instant."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli import bench, keys, polls, replay
from runtime.cli import run as run_commands
from runtime.cli.shell import Data, Json, print_error, run, settings_of

app = typer.Typer(no_args_is_help=True, add_completion=False)
policies = typer.Typer(no_args_is_help=True, help="Return policies as documents.")
app.add_typer(policies, name="policies")
merchants = typer.Typer(no_args_is_help=True, help="Merchants of a running deployment.")
app.add_typer(merchants, name="merchants")
merchants.command("carrier-account")(polls.carrier_account)
app.add_typer(keys.app, name="keys")
app.add_typer(replay.app, name="replay")


@app.callback()
def smot() -> None:
    """What happens after the customer has paid: parcels, delays, returns, money back exactly once."""


for command in (
    run_commands.up,
    run_commands.serve,
    run_commands.worker,
    run_commands.sandbox_psp,
    run_commands.sandbox_carriers,
    run_commands.migrate,
    run_commands.doctor,
    bench.bench,
    polls.reconcile,
):
    app.command()(command)


@app.command()
def demo(
    orders: Annotated[int, typer.Option(min=25, max=2000, help="How many orders are played.")] = 25,
    seed: Annotated[int, typer.Option(help="Decides baskets, stories and times.")] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the instance; a fresh temporary one by default.")
    ] = None,
    samples: Annotated[Path | None, typer.Option(help="Folder with other baskets and scan shapes.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running at the end, until Ctrl-C.")
    ] = False,
    json_: Json = False,
) -> None:
    """Play the main job over HTTP against a fresh instance: orders, delays, returns, money; then verify and sum up."""
    from demo.command import run_demo

    run(run_demo(orders=orders, seed=seed, data=data, samples=samples, keep=keep, as_json=json_))


@app.command()
def verify(
    data: Data = Path(".smot"),
    quiesced: Annotated[
        bool, typer.Option("--quiesced", help="Nothing is going on: nothing may be open.")
    ] = False,
    json_: Json = False,
) -> None:
    """Check the invariants of a running deployment, from the provider's and Temporal's own records too.

    Of what runs in the data folder; or of a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set (and SMOT_PSP).
    Exit code 1 names what is broken; 2 says that it could not be checked.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.verify_command import DeploymentUnreachable, check_deployment

        try:
            report = await check_deployment(settings, quiesced=quiesced)
        except DeploymentUnreachable as problem:
            return print_error(problem)
        for one in report.broken:
            typer.echo(f"{one.invariant} {one.message}")
        looked = ", ".join(f"{count} {what}" for what, count in report.checked.items())
        held = "every invariant holds" if not report.broken else f"{len(report.broken)} broken"
        typer.echo(report.model_dump_json() if json_ else f"{held}; looked at {looked}")
        return 1 if report.broken else 0

    run(main())


@app.command()
def continue_as_new(data: Data = Path(".smot")) -> None:
    """Ask every open journey to continue as new, so that all take up the newest rules after a deploy.

    Of what runs in the data folder; or of a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.verify_command import DeploymentUnreachable, continue_all_as_new

        try:
            typer.echo(f"{await continue_all_as_new(settings)} open journeys were asked to continue as new")
        except DeploymentUnreachable as problem:
            return print_error(problem)
        return 0

    run(main())


@app.command()
def resume(data: Data = Path(".smot")) -> None:
    """Give every order that waits and has no journey one again, after Temporal's database was restored or lost.

    Of what runs in the data folder; or of a cluster, when SMOT_DATABASE and TEMPORAL_ADDRESS are set. Safe to repeat.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.resume import resume_all
        from runtime.admin.verify_command import DeploymentUnreachable

        try:
            typer.echo(f"{await resume_all(settings)} journeys were started from their snapshots")
        except DeploymentUnreachable as problem:
            return print_error(problem)
        return 0

    run(main())


@policies.command("check")
def check_policy(
    file: Annotated[Path, typer.Argument(help="A YAML document like policies/default.yaml.")],
) -> None:
    """Say whether a policy document is one, and where it is not."""
    from runtime.config.policies import BadPolicy, read_policy

    try:
        policy = read_policy(file)
    except BadPolicy as problem:
        raise typer.Exit(print_error(problem)) from None
    typer.echo(
        f"{file} is a policy: {policy.window} days to return, money on {policy.pay_on.replace('_', '-')}"
    )


@merchants.command("add")
def add_merchant(
    name: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and dashes.")],
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Its time is moved by command.")] = False,
    clock: Annotated[
        str | None, typer.Option(help="Where a sandbox merchant's time begins (ISO 8601).")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy document; the default one otherwise.")] = None,
    api: Annotated[
        str | None, typer.Option(help="Base URL of a cluster's API, asked with SMOT_ADMIN_KEY.")
    ] = None,
    data: Data = Path(".smot"),
) -> None:
    """Make a merchant and print its keys and secrets, once, as lines for a shell's eval.

    On what runs in the data folder, or with --api on any deployment.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.merchants import RequestRejected
        from runtime.admin.merchants import add_merchant as add
        from runtime.admin.verify_command import DeploymentUnreachable
        from runtime.config.policies import BadPolicy, read_policy

        if clock is not None and not sandbox:
            return print_error("--clock is for --sandbox merchants; others live in real time")
        try:
            document = read_policy(policy).model_dump(mode="json") if policy else {}
            made = await add(settings, name, api=api, sandbox=sandbox, clock=clock, policy=document)
        except (DeploymentUnreachable, RequestRejected, BadPolicy) as problem:
            return print_error(problem)
        for variable, value in made.items():
            typer.echo(f"export {variable}={shlex.quote(value)}")
        return 0

    run(main())


@merchants.command("secrets")
def set_merchant_secrets(
    name: Annotated[str, typer.Argument(help="The merchant.")],
    source: Annotated[str, typer.Argument(help="Who signs: shopify, easypost, generic.")],
    account: Annotated[
        str | None, typer.Option(help="The merchant's own name there, as acme.myshopify.com.")
    ] = None,
    api: Annotated[
        str | None, typer.Option(help="Base URL of a cluster's API, asked with SMOT_ADMIN_KEY.")
    ] = None,
    data: Data = Path(".smot"),
) -> None:
    """Say what a source signs the merchant's webhooks with: the secrets are read from standard input, one a line.

    Two lines while one secret follows the other; no line at all, and nothing of that source is taken any more.
    """
    settings = settings_of(data=data)

    async def main() -> int:
        from runtime.admin.merchants import RequestRejected, set_secrets
        from runtime.admin.verify_command import DeploymentUnreachable

        given = [line.strip() for line in typer.get_text_stream("stdin") if line.strip()]
        try:
            typer.echo(await set_secrets(settings, name, source, given, api=api, account=account))
        except (DeploymentUnreachable, RequestRejected) as problem:
            return print_error(problem)
        return 0

    run(main())


def main() -> None:
    app()


if __name__ == "__main__":
    main()
