"""Assertions about refusals: the problem document, unchanged rows, and no personal data in logs or databases."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from yarl import URL

from tests.databases import raw
from tests.patience import PATIENCE
from tests.scenarios.deployment import Deployment
from tests.scenarios.helpers import ApiResponse
from tests.scenarios.shop import Shop

# The customer of Shop.order_body, as text, in UTF-8 and as JSON with every character escaped.
PERSONAL_DATA = ("Zdzisława", "Zdzis\\u0142awa", "zdzislawa.testowa@example.org")


def encoded(order_id: str) -> str:
    """An order id as a path segment, every byte escaped: clients resolve `..`, also where it is partly quoted."""
    return "".join(f"%{byte:02X}" for byte in order_id.encode())


def problem(answer: ApiResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document, after checking that it is one and contains nothing personal."""
    assert (answer.status, answer.body.get("code")) == (status, code), answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert (answer["status"], answer["type"]) == (status, f"/docs/plain#{code}")
    text = json.dumps(answer.body, ensure_ascii=False)
    assert not [word for word in PERSONAL_DATA if word in text], text
    document: dict[str, Any] = answer.body
    return document


def validation_errors(answer: ApiResponse) -> list[tuple[str, str]]:
    """Place and code of each error of an invalid body."""
    return [(error["pointer"], error["code"]) for error in problem(answer, 400, "invalid_body")["errors"]]


async def send(
    shop: Shop, path: str, body: bytes, *, role: str = "storefront", headers: Mapping[str, str] | None = None
) -> ApiResponse:
    """POST these bytes as they are."""
    usual = {"Authorization": f"Bearer {shop.keys[role]}", "Content-Type": "application/json"}
    url = URL(shop.deployment.addresses["api"] + path, encoded=True)
    async with shop.http.post(url, data=body, headers={**usual, **(headers or {})}) as answer:
        return ApiResponse(answer.status, json.loads(await answer.read()), dict(answer.headers))


def rows(deployment: Deployment, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Query the store directly, for what no HTTP answer shows."""
    return deployment.rows(query, *values)


async def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


def inbox(shop: Shop) -> list[tuple[str, str]]:
    """Status and reason of every stored delivery of the shop."""
    return rows(shop.deployment, "SELECT status, reason FROM inbox WHERE merchant = ? ORDER BY id", shop.name)


def row_counts(shop: Shop, *, but: tuple[str, ...] = ()) -> dict[str, int]:
    """How many rows each table has of the shop."""
    with shop.deployment.reader() as reader:
        names = [name for name in reader.tables(having="merchant") if name not in but]
        assert {"orders", "snapshots", "person_keys", "inbox", "outbox", "returns"} - {*but} <= {*names}
        count = "SELECT count(*) FROM {} WHERE merchant = ?"
        return {name: reader.rows(count.format(name), shop.name)[0][0] for name in names}


@asynccontextmanager
async def unchanged(shop: Shop, *orders: str) -> AsyncIterator[None]:
    """Inside, these orders keep their version, and the shop the rows it had.

    Stored answers, the audit of refused attempts and sums of earlier facts are no part of an order.
    Due notices have left or are held before.
    """
    queued = "SELECT count(*) FROM outbox WHERE merchant = ? AND status = 'queued'"
    await eventually(lambda: shop.deployment.rows(queued, shop.name)[0][0] == 0)
    unseen = ("idempotency", "audit", "letters", "figure_sums")
    before = [await shop.view(order) for order in orders], row_counts(shop, but=unseen)
    yield
    after = [await shop.view(order) for order in orders], row_counts(shop, but=unseen)
    assert after == before, f"{after} and before {before}"


async def assert_no_personal_data(deployment: Deployment) -> None:
    """Neither logs nor databases of the deployment contain the customer's name or address in clear."""
    files = [file for file in deployment.data.parent.rglob("*") if file.is_file() and file.name != "core"]
    assert {"worker.log", "temporal.db", "data.up.log"} <= {file.name for file in files}
    held = {"database": await raw(deployment.database), **{file.name: _content(file) for file in files}}
    assert held["database"]
    leaks = [(name, word) for name, text in held.items() for word in PERSONAL_DATA if word.encode() in text]
    assert not leaks, leaks


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # a journal of SQLite's that was just deleted
        return b""
