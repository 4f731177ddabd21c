"""A case of the fault programme: one order of one merchant whose payment is refunded while something goes wrong."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from domain import payment_keys
from domain.money import Money
from tests.chaos.payments.books import Account, Payment, StandIn
from tests.patience import PATIENCE
from tests.scenarios.helpers import ApiResponse, item
from tests.scenarios.shop import START, Shop

Form = Literal["full", "partial", "multi-tender"]
FORMS: tuple[Form, ...] = ("full", "partial", "multi-tender")
_MOVING = ("planned", "sent")
_POLL = (0.3, 2.0)  # seconds between two reads of an order, at first and at most


def tender_of(leg: dict[str, Any]) -> str:
    """The tender that the leg goes back to."""
    name = leg["leg"].split("/")[-2]
    return next(tender for tender in ("first", "second", "gift") if payment_keys.tender(tender) == name)


@dataclass
class Case:
    """One order.

    plan: what becomes of refunds of its first payment. unit: the price of one of its three units. due: what its tender says of
    the first payment where that is not what was paid.
    """

    fault: str
    form: Form
    seed: int
    stand_in: StandIn
    account: Account
    plan: str = ""
    currency: str = "GBP"
    unit: int = 1205
    payments: list[Payment] = field(default_factory=list)
    order: str = ""
    customer: str = ""
    return_code: str = ""
    view: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    broken: str = ""
    began: float = 0.0
    ended: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.fault}/{self.stand_in.name}/{self.form}/{self.seed}"

    @property
    def chance(self) -> random.Random:
        return random.Random(self.name)

    @property
    def shop(self) -> Shop:
        return self.account.shop

    @property
    def payment(self) -> Payment:
        """The payment that the fault is about."""
        return self.payments[0]

    @property
    def legs(self) -> list[dict[str, Any]]:
        """Its payments to the customer, as our API shows them."""
        settlements = [*self.view.get("settlements", ())]
        for one in self.view.get("returns", ()):
            settlements += one["settlements"]
        return [leg for settlement in settlements for leg in settlement["legs"]]

    @property
    def faulted_leg(self) -> dict[str, Any]:
        """The leg that goes back through the first payment."""
        return next(leg for leg in self.legs if tender_of(leg) == "first")

    def money(self, minor: int) -> dict[str, Any]:
        return {"minor": minor, "currency": self.currency}

    async def place(self, *, captured: int | None = None, free: bool = False) -> None:
        """A shopper pays and orders; for a return the goods arrive. captured: of the first payment, where the shop says more."""
        total, other, gift = 3 * self.unit, 0, 0
        if self.form == "multi-tender":
            other, gift = self.unit + self.unit // 5, self.unit // 4
        first = total - other - gift
        await self._pay(first if captured is None else captured, self.plan)
        tenders = [self._tender("first", first, self.payments[0])]
        if other:
            await self._pay(other, "")
            tenders.append(self._tender("second", other, self.payments[1]))
            tenders.append({"tender_id": "gift", "kind": "gift_card", "amount": self.money(gift)})
        line = {
            "line_id": "1",
            "sku": "MUG",
            "title": "Mug",
            "quantity": 3,
            "unit_price": self.money(self.unit),
        }
        given = {"line_id": "2", "sku": "GIFT", "title": "Gift", "quantity": 1, "unit_price": self.money(0)}
        body = await self.shop.order_body(
            lines=[line, *([given] if free else [])],
            currency=self.currency,
            shipping=self.money(0),
            tenders=tenders,
        )
        self.customer = body["customer"]["customer_id"]
        self.order = (await self._ok("POST", "/v1/orders", body))["order"]
        if self.form == "partial" or free:
            await self._deliver()

    async def _pay(self, minor: int, plan: str) -> None:
        currency = "EUR" if plan == "other_currency" else self.currency
        whole = -(-minor // 10) * 10 if self.currency == "KWD" else minor  # no provider takes fils one by one
        amount = Money(minor=whole, currency=currency)
        self.payments.append(await self.stand_in.take(self.account, amount, plan))

    def _tender(self, name: str, minor: int, payment: Payment) -> dict[str, Any]:
        return {
            "tender_id": name,
            "kind": "card",
            "amount": self.money(minor),
            "payment": payment.id,
            "provider": self.stand_in.name,
        }

    async def _deliver(self) -> None:
        number, key = f"TRK{secrets.token_hex(6).upper()}", f"parcel-{self.order}"
        parcel = {"carrier": "UPS", "tracking_number": number}
        await self._ok("POST", f"/v1/orders/{self.order}/parcels", parcel, key=key)
        scan = {"at": START.isoformat(), "status": "delivered"}
        await self.shop.post_webhook({**parcel, "scans": [scan]})
        await self.until(lambda view: view["stage"] == "delivered")

    async def request_refund(self, line: str = "1") -> None:
        """Ask for the money: the whole order is cancelled, or one unit comes back."""
        self.began = time.monotonic()
        if self.form != "partial" and line == "1":
            await self._ok("POST", f"/v1/orders/{self.order}/cancel", key=f"cancel-{self.order}")
            return
        opened = await self._repeated(
            lambda: self.shop.open(self.order, item(line), key=f"open-{self.order}")
        )
        nonce = f"n-{self.order}"[:32]
        await self._repeated(lambda: self.shop.drop_off(opened, nonce=nonce))

    async def quiet(self) -> None:
        """Wait until no leg of it is on its way to the provider."""
        await self.until(lambda _: self.is_quiet)

    @property
    def is_quiet(self) -> bool:
        """Whether each leg has an answer of its provider, or none within the time."""
        disputed = any(one["kind"] == "dispute" for one in self.view["attention"])
        held = ("planned",) if disputed else ()
        return bool(self.legs) and not any(
            leg["status"] in _MOVING and leg["awaits"] == "nothing" and leg["status"] not in held
            for leg in self.legs
        )

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> None:
        deadline, pause = time.monotonic() + seconds, _POLL[0]
        while True:
            self.view = (await self._ok("GET", f"/v1/orders/{self.order}")).body
            if wanted(self.view):
                return
            assert time.monotonic() < deadline, f"it did not happen in time: {self.legs}"
            await asyncio.sleep(pause)
            pause = min(_POLL[1], pause * 1.4)

    def open_questions(self, subject: str) -> list[str]:
        """The kinds of questions to people about that subject."""
        return [one["kind"] for one in self.view["attention"] if one["subject"] == subject]

    async def override(self, action: str, leg: str) -> None:
        """What a person of finance does about a leg."""
        body = {"override": action, "reason": "looked at the provider's account", "leg": leg}
        key = secrets.token_hex(8)
        path = f"/v1/orders/{self.order}/overrides"
        await self._repeated(
            lambda: self.shop.call("POST", path, body, role="finance", key=key),
            or_refused="nothing_to_override",  # the provider's answer may come first
        )

    async def choose_credit(self, leg: str) -> None:
        """The customer takes store credit instead."""
        body = {"leg": leg, "choice": "store_credit"}
        path = f"/v1/orders/{self.order}/refunds/choice"
        await self._ok("POST", path, body, key=f"choice-{self.order}")

    async def _ok(self, method: str, path: str, body: Any = None, key: str | None = None) -> ApiResponse:
        return await self._repeated(lambda: self.shop.call(method, path, body, key=key))

    async def _repeated(self, send: Callable[[], Any], or_refused: str = "") -> ApiResponse:
        """The answer of a client that repeats what was not answered, as while the worker is down."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer: ApiResponse = await send()
            except (aiohttp.ClientError, TimeoutError):  # the API died, or its worker
                assert time.monotonic() < deadline, "no answer in time"
                await asyncio.sleep(0.3)
                continue
            if answer.status < 300 or (answer.status == 422 and or_refused in answer.reasons):
                return answer
            again = answer.status in (429, 503) or answer.body.get("code") == "request_in_progress"
            assert again, (answer.status, answer.body)
            assert time.monotonic() < deadline, (answer.status, answer.body)
            await asyncio.sleep(0.3)


@contextmanager
def errors_as_verdict(case: Case) -> Iterator[None]:
    """Whatever goes wrong with a case inside is its verdict, and the others go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - any error is the verdict of this case
        case.broken = f"{type(error).__name__}: {error}"[:2000]
