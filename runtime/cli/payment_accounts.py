"""`smot merchants payments …`: the accounts with which a merchant's refunds are paid at their providers."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from runtime.cli.shell import DEFAULT_DATA, Api, Data, command, settings_of

app = typer.Typer(
    no_args_is_help=True, help="Accounts at payment providers: their keys are set, tested, removed."
)

Merchant = Annotated[str, typer.Argument(help="The merchant.")]
Provider = Annotated[str, typer.Argument(help="stripe, shopify, woocommerce or sandbox.")]


@app.command("set")
@command
async def set_payment_account(
    merchant: Merchant,
    provider: Provider,
    keys_file: Annotated[
        Path | None,
        typer.Option(
            help="File with lines NAME=VALUE; - reads standard input. Without it, each key is asked for."
        ),
    ] = None,
    account: Annotated[
        str,
        typer.Option(help="The merchant's own name there: acct_…, SHOP.myshopify.com, https://the.site"),
    ] = "",
    base: Annotated[str, typer.Option(help="Another address than the provider's own.")] = "",
    api: Api = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Set the keys with which refunds are paid at the provider, in place of any before. They are never shown again."""
    from runtime.admin.merchants import admin_api
    from runtime.admin.payment_accounts import parse_keys, set_account

    if keys_file is None:
        keys = _prompted_keys(provider)
    else:
        keys = parse_keys(sys.stdin.read() if str(keys_file) == "-" else keys_file.read_text())
    body = {"keys": keys, "account": account, "base": base}
    admin = admin_api(settings_of(data=data), api)
    saved = await set_account(admin, merchant, provider, body)
    typer.echo(_line(saved))
    if saved["webhook_path"]:
        typer.echo(f"send its webhooks to {admin.base_url}{saved['webhook_path']}")
        if "webhook_secret" not in saved["keys"]:
            typer.echo(
                "they are refused until you set the webhook_secret that signs them, with the other keys"
            )


@app.command("show")
@command
async def show_payment_account(
    merchant: Merchant, provider: Provider, api: Api = None, data: Data = DEFAULT_DATA
) -> None:
    """Show which keys are set, and whether the provider refuses them."""
    from runtime.admin.merchants import admin_api
    from runtime.admin.payment_accounts import show_account

    typer.echo(_line(await show_account(admin_api(settings_of(data=data), api), merchant, provider)))


@app.command("test")
@command
async def check_payment_account(
    merchant: Merchant, provider: Provider, api: Api = None, data: Data = DEFAULT_DATA
) -> int:
    """Ask the provider whether it accepts the keys; exit code 1 if it does not."""
    from runtime.admin.merchants import admin_api
    from runtime.admin.payment_accounts import check_account

    tested = await check_account(admin_api(settings_of(data=data), api), merchant, provider)
    typer.echo(tested["detail"])
    return 0 if tested["accepted"] else 1


@app.command("remove")
@command
async def remove_payment_account(
    merchant: Merchant, provider: Provider, api: Api = None, data: Data = DEFAULT_DATA
) -> None:
    """Forget the keys; what the provider would pay waits for finance from now on."""
    from runtime.admin.merchants import admin_api
    from runtime.admin.payment_accounts import remove_account

    removed = await remove_account(admin_api(settings_of(data=data), api), merchant, provider)
    typer.echo(f"the keys of {merchant} at {provider} are forgotten" if removed else "there were no keys")


def _prompted_keys(provider: str) -> dict[str, str]:
    """The keys that a person types; nothing is shown while they do. What may be left out is left out by an empty answer."""
    from domain.payments.account_shapes import SHAPES
    from runtime.admin.payment_accounts import UnreadableKeys

    shape = SHAPES.get(provider)
    if shape is None:
        raise UnreadableKeys(f"{provider[:40]!r} is none of the payment providers: {', '.join(SHAPES)}")
    if not sys.stdin.isatty():
        raise UnreadableKeys(
            "keys are asked for on a terminal only; give a file by --keys-file, or - for standard input"
        )
    try:
        keys = {name: typer.prompt(name, hide_input=True) for name in shape.required}
        more = {
            name: typer.prompt(f"{name} (or nothing)", hide_input=True, default="", show_default=False)
            for name in shape.optional
        }
    except typer.Abort:
        raise UnreadableKeys("nothing was saved") from None
    return keys | {name: value for name, value in more.items() if value}


def _line(account: dict[str, Any]) -> str:
    refused = f", refused since {account['refused_at'][:16]}" if account["refused_at"] else ""
    named = f" of {account['account']}" if account["account"] else ""
    where = f" at {account['base']}" if account["base"] else ""
    keys = ", ".join(account["keys"])
    return f"{account['merchant']}: {account['provider']}{named}{where} has {keys}{refused}"
