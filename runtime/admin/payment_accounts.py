"""`smot merchants payments`: a merchant's accounts at payment providers, over HTTP with the platform admin's key.

Each function raises DeploymentUnreachable or RequestRejected.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from runtime.admin.merchants import AdminApi
from runtime.errors import CommandFailed


class UnreadableKeys(CommandFailed):
    """No keys can be read. A text that is not of the form NAME=VALUE is not repeated, as it may hold a key."""


def parse_keys(text: str) -> dict[str, str]:
    """The keys in lines of the form NAME=VALUE; empty lines and lines that begin with # are left out. Raises UnreadableKeys."""
    keys: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.strip().isidentifier():
            raise UnreadableKeys(f"line {number} is not of the form NAME=VALUE")
        keys[name.strip()] = value.strip()
    return keys


async def set_account(
    api: AdminApi, merchant: str, provider: str, account: Mapping[str, Any]
) -> dict[str, Any]:
    """Save the account; return it without its keys."""
    saved: dict[str, Any] = await api.send("PUT", _path(merchant, provider), dict(account))
    return saved


async def show_account(api: AdminApi, merchant: str, provider: str) -> dict[str, Any]:
    """The account without its keys."""
    found: dict[str, Any] = await api.send("GET", _path(merchant, provider))
    return found


async def check_account(api: AdminApi, merchant: str, provider: str) -> dict[str, Any]:
    """What the provider answers to the keys."""
    tested: dict[str, Any] = await api.send("POST", f"{_path(merchant, provider)}/test")
    return tested


async def remove_account(api: AdminApi, merchant: str, provider: str) -> bool:
    """Forget the keys; whether there were any."""
    answer = await api.send("DELETE", _path(merchant, provider))
    return bool(answer["removed"])


def _path(merchant: str, provider: str) -> str:
    return f"/v1/merchants/{quote(merchant, safe='')}/payments/{quote(provider, safe='')}"
