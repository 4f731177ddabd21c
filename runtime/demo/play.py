"""The play: the clock goes from instant to instant, and everybody does their part over HTTP."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Protocol

from runtime.demo.actions import (
    Action,
    AskReturn,
    CallOffOrder,
    CallOffReturn,
    DropOff,
    Json,
    OrderPlan,
    OverruleOrder,
    OverruleReturn,
    PlaceOrder,
    Receive,
    ShipParcel,
    Tell,
)
from runtime.demo.calendar import text
from runtime.demo.client import Http, Refusal, Shop, of_order

_AT_ONCE = 6  # orders that are acted on in parallel
_BY_CUSTOMERS = (AskReturn, CallOffReturn, CallOffOrder)


class Script(Protocol):
    """What is played on one shop. `ends`: by then every order is at rest."""

    @property
    def orders(self) -> tuple[OrderPlan, ...]: ...

    @property
    def ends(self) -> datetime: ...


class Audience(Protocol):
    """Somebody who looks on while it is played."""

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """At `now` something was done to those orders."""


class Surprise(Exception):
    """The API answered, but not what the story says."""


@dataclass
class Role:
    """One order while it is played. `returns`: our id of each return by the plan's name for it."""

    plan: OrderPlan
    number: int
    customer: str = ""
    returns: dict[str, str] = field(default_factory=dict)
    derailed: bool = False


@dataclass
class Noted:
    """What the players saw happen and no list of the API tells: refusals at the door, repeated calls, surprises."""

    refused: Counter[str] = field(default_factory=Counter)
    webhooks: Counter[str] = field(default_factory=Counter)
    surprises: list[Json] = field(default_factory=list)


class Play:
    """Carries out a plan. `psp`: where the storefront captures payments."""

    def __init__(self, shop: Shop, psp: Http, audience: Audience) -> None:
        self._shop = shop
        self._psp = psp
        self._audience = audience
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.noted = Noted()

    async def perform(self, plan: Script) -> None:
        """From the first instant to the last, then on until every order should be at rest."""
        roles = [Role(order, number) for number, order in enumerate(plan.orders, 1)]
        for at, parts in _instants(roles):
            await self._shop.move_clock(text(at))
            await asyncio.gather(*(self._act(role, steps) for role, steps in parts))
            await self._audience.refresh(at, [role.plan.order_id for role, _ in parts])
        await self._shop.move_clock(text(plan.ends))
        await self._audience.refresh(plan.ends, [order.order_id for order in plan.orders])

    async def _act(self, role: Role, steps: list[tuple[int, Action]]) -> None:
        """What happens to one order now, in turn. A surprise ends its story; the others go on."""
        async with self._gate:
            for index, action in steps:
                if role.derailed:
                    return
                try:
                    await self._do(role, action, f"{self._shop.name}/{role.number}/{index}")
                except (Refusal, Surprise) as problem:
                    role.derailed = True
                    what = type(action).__name__
                    code = problem.code if isinstance(problem, Refusal) else "surprise"
                    seen: Json = {"order": role.plan.order_id, "at": what, "code": code, "says": str(problem)}
                    self.noted.surprises.append({**seen, "story": f"{role.plan.story}/{role.plan.returns}"})

    async def _do(self, role: Role, action: Action, key: str) -> None:
        order = role.plan.order_id
        match action:
            case PlaceOrder():
                await self._place(role, action, key)
            case ShipParcel():
                await self._shop.post("storefront", of_order(order, "/parcels"), action.body, key)
            case Tell():
                for _ in range(action.copies):
                    known = await self._shop.tell(action)
                    self.noted.webhooks["known_already" if known else "new"] += 1
            case AskReturn():
                await self._ask(role, action, key)
            case DropOff():
                await self._drop_off(role, action)
            case Receive():
                await self._of_return(role, action.ref, "warehouse", "receipts", action.body, key)
            case CallOffReturn():
                await self._of_return(role, action.ref, role.customer, "cancel", {}, key)
            case OverruleReturn():
                await self._of_return(role, action.ref, action.by, "overrides", action.body, key)
            case OverruleOrder():
                await self._shop.post(action.by, of_order(order, "/overrides"), action.body, key)
            case CallOffOrder():
                await self._shop.post(role.customer, of_order(order, "/cancel"), None, key)

    async def _place(self, role: Role, action: PlaceOrder, key: str) -> None:
        """Capture, place, and give a customer who will act a link of their own."""
        for payment in action.payments:
            await self._psp.send("POST", "/payments", body={**payment, "account": self._shop.name})
        await self._shop.post("storefront", "/v1/orders", action.body, key)
        if any(isinstance(step.do, _BY_CUSTOMERS) for step in role.plan.steps):
            path = of_order(role.plan.order_id, "/customer-links")
            role.customer = (await self._shop.post("storefront", path))["token"]

    async def _ask(self, role: Role, action: AskReturn, key: str) -> None:
        """Customers look at the quote and are held to it; agents overrule without one."""
        bearer = role.customer if action.by == "customer" else action.by
        returns, body = of_order(role.plan.order_id, "/returns"), dict(action.body)
        if action.by == "customer":
            shown = await self._shop.post(bearer, f"{returns}/quote", {"items": body["items"]})
            if shown["verdict"] != action.expect:
                raise Surprise(f"quoted {shown['verdict']}, expected {action.expect}: {shown['reasons']}")
            if shown["token"] is not None:
                body["quote"] = shown["token"]
        try:
            answer = await self._shop.post(bearer, returns, body, key)
        except Refusal as refusal:
            if action.expect != "refused" or action.refused_for not in refusal.reasons:
                raise
            self.noted.refused.update(set(refusal.reasons))
            return
        if answer["verdict"] != action.expect:
            raise Surprise(f"answered {answer['verdict']}, expected {action.expect}: {answer['reasons']}")
        role.returns[action.ref] = answer["return"]["return_id"]

    async def _drop_off(self, role: Role, action: DropOff) -> None:
        """The customer shows the code, the partner scans it; the same scan again brings the same receipt."""
        return_id = role.returns[action.ref]
        code = (await self._shop.get("storefront", f"/v1/returns/{return_id}"))["code"]
        if code is None:
            raise Surprise(f"{return_id} has no code that can be used")
        scan: Json = {"code": code["text"], "point": action.point, "nonce": action.nonce}
        receipts = [
            await self._shop.post("partner", "/v1/drop-offs/scans", scan) for _ in range(1 + action.twice)
        ]
        if {receipt["dropped_off_at"] for receipt in receipts} != {receipts[0]["dropped_off_at"]}:
            raise Surprise(f"{return_id}: the same scan brought two receipts")

    async def _of_return(self, role: Role, ref: str, by: str, verb: str, body: Json, key: str) -> None:
        await self._shop.post(by, f"/v1/returns/{role.returns[ref]}/{verb}", body, key)


def _instants(roles: list[Role]) -> Iterator[tuple[datetime, list[tuple[Role, list[tuple[int, Action]]]]]]:
    """Every instant at which somebody acts, with the orders concerned and their actions in turn."""
    timed = [
        (step.at, role.number, index, role, step.do)
        for role in roles
        for index, step in enumerate(role.plan.steps)
    ]
    timed.sort(key=lambda one: one[:3])
    for at, now in groupby(timed, key=lambda one: one[0]):
        parts = [(list(same), number) for number, same in groupby(now, key=lambda one: one[1])]
        yield at, [(same[0][3], [(index, action) for _, _, index, _, action in same]) for same, _ in parts]
