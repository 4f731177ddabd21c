"""A WooCommerce shop as a process of its own, with the adapter on it, for the tests of both."""

import asyncio
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from adapters.payments.woocommerce import WooCommercePayments
from adapters.woocommerce.client import Egress
from domain.money import Money
from ports.payments import PaymentAccount, Payments
from tests.adapters.payments_contract import MERCHANT, Captured

KEY, SECRET = "ck_live", "cs_live"
ROOT = "/wp-json/wc/v3"
DISTURBING = (
    "stop_after_mark", "stop_after_meta", "not_created_400", "too_many_429",
    "second_row", "html_before_json", "html_and_500", "byte_order_mark", "blank_lines", "gzip_unmarked",
    "html_504_after", "cut_body", "other_object", "empty_answer", "hang",
)  # fmt: skip
"""The faults after which the shop, in the end, says what happened."""
FINAL = (
    "stop_before_check", "stop_after_save", "stop_after_gateway", "gateway_timeout", "gateway_refuses", "html_504_before",
)  # fmt: skip
"""Those after which it never does."""


class Reply(NamedTuple):
    """What the shop answered."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Accounts:
    """The merchants' accounts: one with good keys, one whose secret is wrong; others have none."""

    def __init__(self, base: str) -> None:
        self._base = base

    async def account(self, merchant: str, provider: str) -> PaymentAccount | None:
        """See the port."""
        given = {MERCHANT: SECRET, "m-refused": "cs_wrong"}.get(merchant)
        if given is None or provider != "woocommerce":
            return None
        keys = {"consumer_key": KEY, "consumer_secret": given}
        return PaymentAccount(provider=provider, base=self._base, keys=keys)


class WooShop:
    """The shop's process, and the port on it. `ProviderUnderTest` of the contract."""

    faults: Sequence[str] = DISTURBING

    def __init__(self, file: Path) -> None:
        self._file = file
        self.base = ""
        self._shift = timedelta()
        self._adapters: list[WooCommercePayments] = []

    async def start(self) -> None:
        """Start it on a free port, with one key."""
        argv = [sys.executable, "-m", "simulators.payments.woocommerce.server", "--port", "0", "--file"]
        self._process = await asyncio.create_subprocess_exec(
            *argv, str(self._file), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode()
        assert line.startswith("woocommerce shop ready on http://")
        self.base = line.split()[-1]
        self.http = aiohttp.ClientSession()
        self.payments: Payments = self.adapter()
        await self.control("POST", "keys", {"consumer_key": KEY, "consumer_secret": SECRET})

    def adapter(self) -> WooCommercePayments:
        """Another process' adapter: it knows nothing of what the first one has sent."""
        egress = Egress(rejection=lambda address: None)
        adapter = WooCommercePayments(
            Accounts(self.base), egress, timeout=1.5, gateway_timeout=1.5, now=self.now
        )
        self._adapters.append(adapter)
        return adapter

    def now(self) -> datetime:
        """The adapter's clock."""
        return datetime.now(UTC) + self._shift

    async def end(self) -> int:
        """End the process; its exit code."""
        for adapter in self._adapters:
            await adapter.close()
        await self.http.close()
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 60)

    # The shop's interface, and its controls

    async def rest(self, method: str, path: str, json: Any = None, **query: str) -> Reply:
        """A call with the good key."""
        auth = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
        return await self.call(method, ROOT + path, json=json, headers=auth, params=query)

    async def call(self, method: str, path: str, **more: Any) -> Reply:
        """A call as it is."""
        async with self.http.request(method, self.base + path, **more) as answer:
            return Reply(answer.status, await answer.json(content_type=None), answer.headers)

    async def control(self, method: str, path: str, json: Any = None) -> Any:
        """A call of the controls, which must succeed."""
        answer = await self.call(method, f"/control/{path}", json=json or {})
        assert answer.status in (200, 201), answer
        return answer.body

    async def settings(self, **settings: Any) -> None:
        """Replace the settings."""
        await self.control("PUT", "settings", settings)

    async def order(self, total: str = "50.00", **fields: Any) -> Any:
        """A new order, paid."""
        return await self.control("POST", "orders", {"order": {"total": total, **fields}})

    async def paid(self, order: int | str) -> list[str]:
        """The amounts that the gateway paid back."""
        return [one["amount"] for one in (await self.control("GET", f"orders/{order}/paid"))["paid"]]

    async def rows(self, order: int | str) -> list[Any]:
        """The refunds that the shop lists, newest first."""
        listed: list[Any] = (await self.rest("GET", f"/orders/{order}/refunds")).body
        return listed

    # ProviderUnderTest

    async def capture(self, amount: Money) -> Captured:
        """See the contract."""
        order = await self.order(f"{amount.minor / 100:.2f}", currency=amount.currency)
        return Captured(str(order["id"]), str(order["id"]))

    async def arm(self, fault: str, **more: Any) -> None:
        """See the contract."""
        await self.control("POST", "faults", {"kind": fault, "seconds": 3.0, **more})

    async def paid_back(self, captured: Captured) -> list[Money]:
        """See the contract."""
        amounts = await self.paid(captured.payment)
        return [Money(minor=round(float(amount) * 100), currency="EUR") for amount in amounts]

    async def refund_by_staff(self, captured: Captured, amount: Money) -> None:
        """See the contract."""
        body = {"amount": f"{amount.minor / 100:.2f}", "api_refund": True}
        assert (await self.rest("POST", f"/orders/{captured.payment}/refunds", body)).status == 201

    async def pass_time(self, span: timedelta) -> None:
        """See the contract."""
        self._shift += span
        await self.settings(clock_shift_seconds=self._shift.total_seconds())


def new_url() -> str:
    """The path of a receiver that nobody else uses."""
    return f"/{secrets.token_hex(6)}"
