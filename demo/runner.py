"""The play: the clock goes from instant to instant, and everybody does their part over HTTP."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Protocol

from demo.actions import (
    DemoAction,
    Json,
    OrderPlan,
    PostCarrierWebhook,
    PostDropOffScan,
    PostOrder,
    PostOrderCancellation,
    PostOrderOverride,
    PostParcel,
    PostReceipt,
    PostReturn,
    PostReturnCancellation,
    PostReturnOverride,
)
from demo.calendar import iso_utc
from demo.client import ApiClient, ApiProblem, SandboxMerchant, order_path

_MAX_CONCURRENT = 6  # orders that are acted on in parallel
_CUSTOMER_ACTIONS = (PostReturn, PostReturnCancellation, PostOrderCancellation)


class MerchantScript(Protocol):
    """What is played on one shop. `ends`: by then every order is at rest."""

    @property
    def orders(self) -> tuple[OrderPlan, ...]: ...

    @property
    def ends(self) -> datetime: ...


class ProgressObserver(Protocol):
    """Somebody who looks on while it is played."""

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """At `now` something was done to those orders."""


class UnexpectedAnswer(Exception):
    """The API answered, but not what the story says."""


@dataclass
class OrderRun:
    """One order while it is played. `returns`: our id of each return by the plan's name for it."""

    plan: OrderPlan
    number: int
    customer_token: str = ""
    returns: dict[str, str] = field(default_factory=dict)
    failed: bool = False


@dataclass
class RunObservations:
    """What the players saw happen and no list of the API tells: refusals at the door, repeated calls, surprises."""

    refused: Counter[str] = field(default_factory=Counter)
    webhooks: Counter[str] = field(default_factory=Counter)
    unexpected: list[Json] = field(default_factory=list)


class ScenarioRunner:
    """Carries out a plan. `psp`: where the storefront captures payments."""

    def __init__(self, shop: SandboxMerchant, psp: ApiClient, observer: ProgressObserver) -> None:
        self._shop = shop
        self._psp = psp
        self._audience = observer
        self._gate = asyncio.Semaphore(_MAX_CONCURRENT)
        self.observations = RunObservations()

    async def run(self, plan: MerchantScript) -> None:
        """From the first instant to the last, then on until every order should be at rest."""
        roles = [OrderRun(order, number) for number, order in enumerate(plan.orders, 1)]
        for at, parts in _instants(roles):
            await self._shop.advance_clock(iso_utc(at))
            await asyncio.gather(*(self._run_order(role, steps) for role, steps in parts))
            await self._audience.refresh(at, [role.plan.order_id for role, _ in parts])
        await self._shop.advance_clock(iso_utc(plan.ends))
        await self._audience.refresh(plan.ends, [order.order_id for order in plan.orders])

    async def _run_order(self, run: OrderRun, steps: list[tuple[int, DemoAction]]) -> None:
        """What happens to one order now, in turn. A surprise ends its story; the others go on."""
        async with self._gate:
            for index, action in steps:
                if run.failed:
                    return
                try:
                    await self._execute(run, action, f"{self._shop.name}/{run.number}/{index}")
                except (ApiProblem, UnexpectedAnswer) as problem:
                    run.failed = True
                    what = type(action).__name__
                    code = problem.code if isinstance(problem, ApiProblem) else "surprise"
                    seen: Json = {
                        "order": run.plan.order_id,
                        "at": what,
                        "code": code,
                        "message": str(problem),
                    }
                    self.observations.unexpected.append(
                        {**seen, "scenario": f"{run.plan.scenario}/{run.plan.returns}"}
                    )

    async def _execute(self, run: OrderRun, action: DemoAction, key: str) -> None:
        order = run.plan.order_id
        match action:
            case PostOrder():
                await self._place_order(run, action, key)
            case PostParcel():
                await self._shop.post("storefront", order_path(order, "/parcels"), action.body, key)
            case PostCarrierWebhook():
                for _ in range(action.copies):
                    known = await self._shop.send_webhook(action)
                    self.observations.webhooks["known_already" if known else "new"] += 1
            case PostReturn():
                await self._request_return(run, action, key)
            case PostDropOffScan():
                await self._drop_off(run, action)
            case PostReceipt():
                await self._post_to_return(run, action.ref, "warehouse", "receipts", action.body, key)
            case PostReturnCancellation():
                await self._post_to_return(run, action.ref, run.customer_token, "cancel", {}, key)
            case PostReturnOverride():
                await self._post_to_return(run, action.ref, action.by, "overrides", action.body, key)
            case PostOrderOverride():
                await self._shop.post(action.by, order_path(order, "/overrides"), action.body, key)
            case PostOrderCancellation():
                await self._shop.post(run.customer_token, order_path(order, "/cancel"), None, key)

    async def _place_order(self, run: OrderRun, action: PostOrder, key: str) -> None:
        """Capture, place, and give a customer who will act a link of their own."""
        for payment in action.payments:
            await self._psp.send("POST", "/payments", body={**payment, "account": self._shop.name})
        await self._shop.post("storefront", "/v1/orders", action.body, key)
        if any(isinstance(step.action, _CUSTOMER_ACTIONS) for step in run.plan.steps):
            path = order_path(run.plan.order_id, "/customer-links")
            run.customer_token = (await self._shop.post("storefront", path))["token"]

    async def _request_return(self, run: OrderRun, action: PostReturn, key: str) -> None:
        """Customers look at the quote and are held to it; agents overrule without one."""
        bearer = run.customer_token if action.by == "customer" else action.by
        returns, body = order_path(run.plan.order_id, "/returns"), dict(action.body)
        if action.by == "customer":
            shown = await self._shop.post(bearer, f"{returns}/quote", {"items": body["items"]})
            if shown["verdict"] != action.expect:
                raise UnexpectedAnswer(
                    f"quoted {shown['verdict']}, expected {action.expect}: {shown['reasons']}"
                )
            if shown["token"] is not None:
                body["quote"] = shown["token"]
        try:
            answer = await self._shop.post(bearer, returns, body, key)
        except ApiProblem as refusal:
            if action.expect != "refused" or action.refusal_code not in refusal.reasons:
                raise
            self.observations.refused.update(set(refusal.reasons))
            return
        if answer["verdict"] != action.expect:
            raise UnexpectedAnswer(
                f"answered {answer['verdict']}, expected {action.expect}: {answer['reasons']}"
            )
        run.returns[action.ref] = answer["return"]["return_id"]

    async def _drop_off(self, run: OrderRun, action: PostDropOffScan) -> None:
        """The customer shows the code, the partner scans it; the same scan again brings the same receipt."""
        return_id = run.returns[action.ref]
        code = (await self._shop.get("storefront", f"/v1/returns/{return_id}"))["code"]
        if code is None:
            raise UnexpectedAnswer(f"{return_id} has no code that can be used")
        scan: Json = {"code": code["text"], "location_id": action.location_id, "nonce": action.nonce}
        receipts = [
            await self._shop.post("partner", "/v1/drop-offs/scans", scan) for _ in range(1 + action.twice)
        ]
        if {receipt["dropped_off_at"] for receipt in receipts} != {receipts[0]["dropped_off_at"]}:
            raise UnexpectedAnswer(f"{return_id}: the same scan brought two receipts")

    async def _post_to_return(
        self, run: OrderRun, ref: str, by: str, path: str, body: Json, key: str
    ) -> None:
        await self._shop.post(by, f"/v1/returns/{run.returns[ref]}/{path}", body, key)


def _instants(
    runs: list[OrderRun],
) -> Iterator[tuple[datetime, list[tuple[OrderRun, list[tuple[int, DemoAction]]]]]]:
    """Every instant at which somebody acts, with the orders concerned and their actions in turn."""
    timed = [
        (step.at, role.number, index, role, step.action)
        for role in runs
        for index, step in enumerate(role.plan.steps)
    ]
    timed.sort(key=lambda one: one[:3])
    for at, now in groupby(timed, key=lambda one: one[0]):
        parts = [(list(same), number) for number, same in groupby(now, key=lambda one: one[1])]
        yield at, [(same[0][3], [(index, action) for _, _, index, _, action in same]) for same, _ in parts]
