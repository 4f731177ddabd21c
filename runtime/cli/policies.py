"""`smot policies …`: policies as documents, checked here and published at a running deployment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, settings_of

if TYPE_CHECKING:
    from runtime.admin.merchants import AdminApi

app = typer.Typer(
    no_args_is_help=True, help="Policies: what a merchant decides, as YAML or JSON documents in versions."
)

MerchantName = Annotated[str, typer.Argument(help="The merchant.")]
File = Annotated[Path, typer.Argument(help="A document like policies/default.yaml.")]
Version = Annotated[int, typer.Argument(min=1, help="The number of a version.")]
Expect = Annotated[int | None, typer.Option(min=1, help="The version that must still be in force.")]


@app.command("check")
@command
async def check_policy(file: File) -> None:
    """Check a policy document and name each field that is misspelt or has an impossible value."""
    from runtime.config.policies import read_policy
    from services.policies.reader import amounts_in_full

    policy = read_policy(file).policy
    typer.echo(
        f"{file} is a policy: {policy.window} days to return, money on {policy.pay_on.replace('_', '-')}"
    )
    for setting, amounts in amounts_in_full(policy).items():
        typer.echo(f"  {setting}: {amounts}")


@app.command("publish")
@command
async def publish_policy(
    merchant: MerchantName, file: File, expect: Expect = None, api: Api = None, data: Data = DEFAULT_DATA
) -> None:
    """Put a policy in force for orders placed from now on. The same policy again changes nothing."""
    from runtime.admin.policies import publish
    from runtime.config.policies import read_policy

    text = read_policy(file).text  # here, so that mistakes are named with the name of the file
    _print_published(await publish(_api(data, api), merchant, text, expect))


@app.command("backtest")
@command
async def backtest_policy(
    merchant: MerchantName,
    file: File,
    returns: Annotated[
        int, typer.Option(min=1, max=10_000, help="The newest returns, so many at most.")
    ] = 10_000,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Decide past returns again under a draft: which change side, what it costs, and which rows decide. Nothing changes."""
    from runtime.admin.policies import backtest
    from runtime.config.policies import read_policy

    _print_backtest(await backtest(_api(data, api), merchant, read_policy(file).text, returns))


@app.command("list")
@command
async def list_policies(
    merchant: MerchantName,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Versions at most.")] = 20,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """List versions, the newest first: number, hash, time, author, and how many orders keep each."""
    from runtime.admin.policies import versions

    for one in await versions(_api(data, api), merchant, limit):
        restores = f"  restores {one['restores']}" if one["restores"] else ""
        orders = f"{one['orders']} orders"
        typer.echo(
            f"{one['version']:>4}  {one['hash']}  {one['published_at'][:16]}  {one['published_by']['name']:<20}  {orders}"
            f"{restores}{'  in force' if one['in_force'] else ''}"
        )


@app.command("show")
@command
async def show_policy(
    merchant: MerchantName,
    version: Annotated[
        int | None, typer.Argument(min=1, help="A version; without it, the one in force.")
    ] = None,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print a version as it was written."""
    from runtime.admin.policies import document

    typer.echo((await document(_api(data, api), merchant, version))["text"].rstrip("\n"))


@app.command("diff")
@command
async def diff_policies(
    merchant: MerchantName, first: Version, second: Version, api: Api = None, data: Data = DEFAULT_DATA
) -> None:
    """Print what differs between two versions, field by field."""
    from runtime.admin.policies import difference

    found = await difference(_api(data, api), merchant, first, second)
    _print_changes(found)
    if not found:
        typer.echo("both mean the same")


@app.command("rollback")
@command
async def roll_back_policy(
    merchant: MerchantName,
    version: Version,
    expect: Expect = None,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Publish an earlier version's document again, as a new version."""
    from runtime.admin.policies import roll_back

    _print_published(await roll_back(_api(data, api), merchant, version, expect))


@app.command("orders")
@command
async def list_orders_of_policy(
    merchant: MerchantName,
    version: Version,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Orders at most.")] = 20,
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """List the newest orders that keep a version."""
    from runtime.admin.policies import orders

    for one in await orders(_api(data, api), merchant, version, limit):
        typer.echo(f"{one['order']}  {one['order_id']}  {one['stage']}  placed {one['placed_at'][:16]}")


def _api(data: Path, api: str | None) -> "AdminApi":
    from runtime.admin.merchants import admin_api

    return admin_api(settings_of(data=data), api)


def _print_published(done: dict[str, Any]) -> None:
    version, applies = done["version"], done["applies_to"]
    if done["outcome"] == "unchanged":
        typer.echo(f"version {version['version']} is in force already and means the same")
        return
    typer.echo(f"version {version['version']} ({version['hash']}) is in force")
    _print_changes(done["changes"])
    typer.echo(f"new orders: {applies['new_orders']}")
    typer.echo(f"orders under way too: {applies['all_orders']}")
    typer.echo(f"{applies['orders_keeping_earlier_versions']} orders keep earlier versions")


def _print_backtest(found: dict[str, Any]) -> None:
    from domain.model.policy_amounts import in_full

    changed = sum(one["returns"] for one in found["changed"])
    typer.echo(f"{found['returns']} returns decided again under {found['hash']}, {changed} change side")
    for one in found["changed"]:
        typer.echo(f"  {one['before']} -> {one['after']}: {one['returns']}")
    for one in found["costs"]:
        before, after = (in_full(one["currency"], one[name]) for name in ("before", "after"))
        typer.echo(f"paid back: {before} -> {after} ({in_full(one['currency'], one['difference'])} more)")
    for one in found["rows"]:
        typer.echo(f"  {one['row']}: {one['units']} units")
    for one in found["examples"]:
        rules = ", ".join(one["rules"])
        typer.echo(f"{one['return_id']}  {one['opened_at'][:10]}  {one['before']} -> {one['after']}  {rules}")


def _print_changes(changes: list[dict[str, Any]]) -> None:
    import json

    for one in changes:
        name, before, after = one["pointer"].strip("/").replace("/", "."), one["before"], one["after"]
        typer.echo(f"  {name}: {json.dumps(before)} -> {json.dumps(after)}")
