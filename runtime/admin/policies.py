"""`smot policies`: versions of a merchant's policy, over HTTP with an admin's key.

Each function raises DeploymentUnreachable or RequestRejected.
"""

from typing import Any
from urllib.parse import quote

from runtime.admin.merchants import AdminApi


async def publish(api: AdminApi, merchant: str, document: str, expected: int | None) -> dict[str, Any]:
    """Publish a document; what was published, or what is in force already."""
    body = {"document": document, "expected_version": expected}
    done: dict[str, Any] = await api.send("POST", _path(merchant), body, expected=(200, 201))
    return done


async def backtest(api: AdminApi, merchant: str, document: str, returns: int) -> dict[str, Any]:
    """A draft over the newest returns: who changes side, and what it costs."""
    body = {"document": document, "returns": returns}
    done: dict[str, Any] = await api.send("POST", f"{_path(merchant)}/backtest", body)
    return done


async def roll_back(api: AdminApi, merchant: str, version: int, expected: int | None) -> dict[str, Any]:
    """Publish an earlier version again."""
    body = {"version": version, "expected_version": expected}
    done: dict[str, Any] = await api.send("POST", f"{_path(merchant)}/rollback", body, expected=(200, 201))
    return done


async def versions(api: AdminApi, merchant: str, limit: int) -> list[dict[str, Any]]:
    """The newest versions first."""
    found: list[dict[str, Any]] = (await api.send("GET", f"{_path(merchant)}?limit={limit}"))["items"]
    return found


async def document(api: AdminApi, merchant: str, version: int | None) -> dict[str, Any]:
    """One version with its contents; without a number, the one in force."""
    found: dict[str, Any] = await api.send("GET", f"{_path(merchant)}/{version or 'current'}")
    return found


async def difference(api: AdminApi, merchant: str, first: int, second: int) -> list[dict[str, Any]]:
    """The fields in which two versions differ."""
    path = f"{_path(merchant)}/diff?first={first}&second={second}"
    found: list[dict[str, Any]] = (await api.send("GET", path))["changes"]
    return found


async def orders(api: AdminApi, merchant: str, version: int, limit: int) -> list[dict[str, Any]]:
    """The newest orders that keep a version."""
    path = f"{_path(merchant)}/{version}/orders?limit={limit}"
    found: list[dict[str, Any]] = (await api.send("GET", path))["items"]
    return found


def _path(merchant: str) -> str:
    return f"/v1/merchants/{quote(merchant, safe='')}/policies"
