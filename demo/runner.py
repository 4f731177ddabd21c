"""Runs a plan: moves the sandbox clock from instant to instant and sends each party's requests over HTTP."""

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
    """A plan for one merchant. `ends`: by then every order is at rest."""

    @property
    def orders(self) -> tuple[OrderPlan, ...]: ...

    @property
    def ends(self) -> datetime: ...


class ProgressObserver(Protocol):
    """Is called while a plan is run."""

    async def refresh(self, now: datetime, touched: Iterable[str]) -> None:
        """Actions of those orders were carried out at `now`."""


class UnexpectedAnswer(Exception):
    """The API gave another result than the plan expects."""


@dataclass
class OrderRun:
    """One order while its plan is run. `returns`: return id by the plan's name for the return."""

    plan: OrderPlan
    number: int
    customer_token: str = ""
    returns: dict[str, str] = field(default_factory=dict)
    failed: bool = False


@dataclass
class RunObservations:
    """Results that no list of the API shows.

    - `refused`: refused returns by reason code.
    - `webhooks`: responses to webhooks, `new` or `duplicate`.
    - `unexpected`: problems and results that the plan does not expect.
    """

    refused: Counter[str] = field(default_factory=Counter)
    webhooks: Counter[str] = field(default_factory=Counter)
    unexpected: list[Json] = field(default_factory=list)


class ScenarioRunner:
    """Runs a plan on one merchant. `psp`: the provider at which the storefront captures payments."""

    def __init__(self, shop: SandboxMerchant, psp: ApiClient, observer: ProgressObserver) -> None:
        self._shop = shop
        self._psp = psp
        self._observer = observer
        self._gate = asyncio.Semaphore(_MAX_CONCURRENT)
        self.observations = RunObservations()

    async def run(self, plan: MerchantScript) -> None:
        """Run all steps, then advance the clock to the instant at which every order should be at rest."""
        runs = [OrderRun(order, number) for number, order in enumerate(plan.orders, 1)]
        for at, due in _instants(runs):
            await self._shop.advance_clock(iso_utc(at))
            await asyncio.gather(*(self._run_order(run, actions) for run, actions in due))
            await self._observer.refresh(at, [run.plan.order_id for run, _ in due])
        await self._shop.advance_clock(iso_utc(plan.ends))
        await self._observer.refresh(plan.ends, [order.order_id for order in plan.orders])

    async def _run_order(self, run: OrderRun, actions: list[tuple[int, DemoAction]]) -> None:
        """Carry out the due actions of one order in turn. After an unexpected result the rest of its plan is skipped."""
        async with self._gate:
            for index, action in actions:
                if run.failed:
                    return
                try:
                    await self._execute(run, action, f"{self._shop.name}/{run.number}/{index}")
                except (ApiProblem, UnexpectedAnswer) as problem:
                    run.failed = True
                    self.observations.unexpected.append(_unexpected(run.plan, action, problem))

    async def _execute(self, run: OrderRun, action: DemoAction, key: str) -> None:
        """`key`: the Idempotency-Key of the action."""
        order = run.plan.order_id
        match action:
            case PostOrder():
                await self._place_order(run, action, key)
            case PostParcel():
                await self._shop.post("storefront", order_path(order, "/parcels"), action.body, key)
            case PostCarrierWebhook():
                for _ in range(action.copies):
                    duplicate = await self._shop.send_webhook(action)
                    self.observations.webhooks["duplicate" if duplicate else "new"] += 1
            case PostReturn():
                await self._request_return(run, action, key)
            case PostDropOffScan():
                await self._drop_off(run, action)
            case PostReceipt():
                path = _return_path(run, action.ref, "receipts")
                await self._shop.post("warehouse", path, action.body, key)
            case PostReturnCancellation():
                path = _return_path(run, action.ref, "cancel")
                await self._shop.post(run.customer_token, path, {}, key)
            case PostReturnOverride():
                path = _return_path(run, action.ref, "overrides")
                await self._shop.post(action.by, path, action.body, key)
            case PostOrderOverride():
                await self._shop.post(action.by, order_path(order, "/overrides"), action.body, key)
            case PostOrderCancellation():
                await self._shop.post(run.customer_token, order_path(order, "/cancel"), None, key)

    async def _place_order(self, run: OrderRun, action: PostOrder, key: str) -> None:
        """Capture the payments, place the order, and get a link for a customer who will act."""
        for payment in action.payments:
            await self._psp.send("POST", "/payments", body={**payment, "account": self._shop.name})
        await self._shop.post("storefront", "/v1/orders", action.body, key)
        if any(isinstance(step.action, _CUSTOMER_ACTIONS) for step in run.plan.steps):
            path = order_path(run.plan.order_id, "/customer-links")
            run.customer_token = (await self._shop.post("storefront", path))["token"]

    async def _request_return(self, run: OrderRun, action: PostReturn, key: str) -> None:
        """A customer gets a quote and opens the return with it; an agent opens it without one."""
        bearer = run.customer_token if action.by == "customer" else action.by
        path, body = order_path(run.plan.order_id, "/returns"), dict(action.body)
        if action.by == "customer":
            quote = await self._shop.post(bearer, f"{path}/quote", {"items": body["items"]})
            _expect_verdict("quote", quote, action)
            if quote["token"] is not None:
                body["quote"] = quote["token"]
        try:
            opened = await self._shop.post(bearer, path, body, key)
        except ApiProblem as refusal:
            if action.expect != "refused" or action.refusal_code not in refusal.reasons:
                raise
            self.observations.refused.update(set(refusal.reasons))
            return
        _expect_verdict("return", opened, action)
        run.returns[action.ref] = opened["return"]["return_id"]

    async def _drop_off(self, run: OrderRun, action: PostDropOffScan) -> None:
        """The partner scans the customer's code. The same scan sent again must give the same receipt."""
        return_id = run.returns[action.ref]
        code = (await self._shop.get("storefront", f"/v1/returns/{return_id}"))["code"]
        if code is None:
            raise UnexpectedAnswer(f"{return_id} has no code that can be used")
        scan: Json = {"code": code["text"], "location_id": action.location_id, "nonce": action.nonce}
        receipts = [
            await self._shop.post("partner", "/v1/drop-offs/scans", scan) for _ in range(1 + action.twice)
        ]
        if {receipt["dropped_off_at"] for receipt in receipts} != {receipts[0]["dropped_off_at"]}:
            raise UnexpectedAnswer(f"{return_id}: the same scan gave two receipts")


def _return_path(run: OrderRun, ref: str, rest: str) -> str:
    return f"/v1/returns/{run.returns[ref]}/{rest}"


def _expect_verdict(what: str, result: Json, action: PostReturn) -> None:
    if result["verdict"] != action.expect:
        raise UnexpectedAnswer(
            f"{what}: verdict {result['verdict']}, expected {action.expect}: {result['reasons']}"
        )


def _unexpected(plan: OrderPlan, action: DemoAction, problem: ApiProblem | UnexpectedAnswer) -> Json:
    return {
        "order": plan.order_id,
        "action": type(action).__name__,
        "code": problem.code if isinstance(problem, ApiProblem) else "unexpected_answer",
        "message": str(problem),
        "scenario": f"{plan.scenario}/{plan.returns}",
    }


def _instants(
    runs: list[OrderRun],
) -> Iterator[tuple[datetime, list[tuple[OrderRun, list[tuple[int, DemoAction]]]]]]:
    """Every instant with an action: the orders concerned, and for each its actions with their index in the plan."""
    timed = [
        (step.at, run.number, index, run, step.action)
        for run in runs
        for index, step in enumerate(run.plan.steps)
    ]
    timed.sort(key=lambda entry: entry[:3])
    for at, entries in groupby(timed, key=lambda entry: entry[0]):
        by_order = [list(same) for _, same in groupby(entries, key=lambda entry: entry[1])]
        yield at, [(same[0][3], [(index, action) for _, _, index, _, action in same]) for same in by_order]
