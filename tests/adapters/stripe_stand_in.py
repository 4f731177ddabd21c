"""The stand-in for Stripe as a process, the official SDK on it, and the adapter on it, for tests."""

import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import stripe

from adapters.payments.stripe import StripePayments
from adapters.payments.stripe_amounts import from_stripe, to_stripe
from domain.money import Money
from ports.payments import PaymentAccount
from tests.adapters.payments_contract import MERCHANT, Captured
from tests.patience import PATIENCE

ACCOUNT, OTHER_ACCOUNT = "acct_one", "acct_two"
SECRET, PLATFORM_SECRET = "sk_test_one", "sk_test_platform"

FAULTS: dict[str, dict[str, object]] = {
    "cut before": {"kind": "cut", "when": "before"},
    "cut after": {"kind": "cut"},
    "cut in the body": {"kind": "cut_in_body"},
    "html before": {"kind": "html", "when": "before"},
    "html after": {"kind": "html"},
    "a charge": {"kind": "other", "shape": "charge"},
    "a list": {"kind": "other", "shape": "list"},
    "an empty object": {"kind": "other", "shape": "empty"},
    "another refund": {"kind": "other", "shape": "other_refund"},
    "500 before": {"kind": "error", "when": "before"},
    "500 after": {"kind": "error"},
    "503 before": {"kind": "unavailable", "when": "before"},
    "503 after": {"kind": "unavailable"},
    "424 before": {"kind": "external", "when": "before"},
    "424 after": {"kind": "external"},
    "429": {"kind": "rate_limit"},
    "lock timeout": {"kind": "lock_timeout"},
}
"""Each way in which a refund's request or answer goes wrong, but for late answers."""


class StandIn:
    """The process and its control requests."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.http = aiohttp.ClientSession()
        self.base = ""
        self.ahead = timedelta()  # of its clock
        self._sessions: list[aiohttp.ClientSession] = []
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        module = "simulators.payments.stripe.server"
        argv = [sys.executable, "-m", module, "--port", "0", "--file", str(self.file)]
        self._process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)).decode()
        assert line.startswith("stripe stand-in ready on http://")
        self.base = line.split()[-1]
        await self.control("keys", secret=SECRET, account=ACCOUNT)
        await self.control("keys", secret="sk_test_two", account=OTHER_ACCOUNT)
        await self.control(
            "keys", secret=PLATFORM_SECRET, account="acct_platform", connected=[ACCOUNT, OTHER_ACCOUNT]
        )

    async def end(self) -> None:
        for session in (self.http, *self._sessions):
            await session.close()
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), PATIENCE) == 0

    async def control(self, name: str, **body: object) -> Any:
        async with self.http.post(f"{self.base}/_control/{name}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def pass_time(self, span: timedelta) -> None:
        """Move its clock."""
        await self.control("clock", seconds=span.total_seconds())
        self.ahead += span

    async def pay(self, amount: int, currency: str = "EUR", **more: object) -> tuple[str, str]:
        """A shopper's payment: the ids of its payment intent and its charge."""
        body = {"account": ACCOUNT, "amount": amount, "currency": currency} | more
        paid = await self.control("payments", **body)
        return paid["payment_intent"], paid["charge"]

    async def raw(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, Any]:
        """A request without the SDK: status, JSON, headers."""
        sent = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-www-form-urlencoded"}
        async with self.http.request(
            method, self.base + path, data=body, headers={**sent, **headers}
        ) as response:
            return response.status, await response.json(), response.headers

    def sdk(self, secret: str = SECRET, **more: Any) -> stripe.StripeClient:
        """The official SDK as its documents set it up, with another address."""
        session = aiohttp.ClientSession()
        self._sessions.append(session)
        client = stripe.AIOHTTPClient(session=session, timeout=more.pop("timeout", PATIENCE))
        return stripe.StripeClient(secret, base_addresses={"api": self.base}, http_client=client, **more)


class FixedAccounts:
    """The port `PaymentAccounts` with accounts that a test sets."""

    def __init__(self, accounts: dict[str, PaymentAccount]) -> None:
        self.accounts = accounts

    async def account(self, merchant: str, provider: str) -> PaymentAccount | None:
        return self.accounts.get(merchant)


class StripeUnderTest:
    """The adapter on the stand-in. See `ProviderUnderTest`."""

    faults = tuple(FAULTS)

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.accounts = FixedAccounts(
            {MERCHANT: self.account(SECRET), "m-refused": self.account("sk_test_revoked")}
        )
        self.payments = self.adapter()

    def account(self, secret: str, connected: str = "") -> PaymentAccount:
        return PaymentAccount(
            provider="stripe", base=self.stand_in.base, account=connected, keys={"secret_key": secret}
        )

    def adapter(self, timeout: float = PATIENCE) -> StripePayments:
        now: Callable[[], datetime] = lambda: datetime.now(UTC) + self.stand_in.ahead  # noqa: E731
        return StripePayments(self.accounts, timeout=timeout, now=now)

    async def capture(self, amount: Money, **more: object) -> Captured:
        intent, _ = await self.stand_in.pay(to_stripe(amount), amount.currency, **more)
        return Captured(order="o-1", payment=intent)

    async def arm(self, fault: str) -> None:
        await self.stand_in.control("faults", **FAULTS[fault])

    async def paid_back(self, captured: Captured) -> list[Money]:
        _, page, _ = await self.stand_in.raw(
            "GET", f"/v1/refunds?payment_intent={captured.payment}&limit=100"
        )
        alive = [one for one in page["data"] if one["status"] not in ("failed", "canceled")]
        return [from_stripe(one["amount"], one["currency"]) for one in alive]

    async def refund_by_staff(self, captured: Captured, amount: Money) -> None:
        body = f"payment_intent={captured.payment}&amount={to_stripe(amount)}"
        status, _, _ = await self.stand_in.raw("POST", "/v1/refunds", body)
        assert status == 200

    async def pass_time(self, span: timedelta) -> None:
        await self.stand_in.control("idle")
        await self.stand_in.pass_time(span)
