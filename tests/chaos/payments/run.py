"""Runs cases of the fault programme: many orders at once in one deployment, whose worker is killed while they are in flight."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp

from failpoints.catalogue import CALL_SITES
from tests.chaos.payments.books import Account, Provider, StandIn
from tests.chaos.payments.cases import FORMS, Case, Form, errors_as_verdict
from tests.chaos.payments.faults import BY_NAME, CURRENCIES, Fault
from tests.chaos.payments.shopify_stand_in import ShopifyInProgramme
from tests.chaos.payments.stripe_stand_in import StripeInProgramme
from tests.chaos.payments.verdict import judge
from tests.chaos.payments.woocommerce_stand_in import WooCommerceInProgramme
from tests.chaos.stack import Stack
from tests.scenarios.shop import Shop

STAND_INS: dict[Provider, type[StandIn]] = {
    "stripe": StripeInProgramme,
    "shopify": ShopifyInProgramme,
    "woocommerce": WooCommerceInProgramme,
}
KILLED_AT = (
    "order.loaded", "commit.before", "commit.persisted", "pay.reserved", "pay.sent", "pay.called", "pay.written", "pay.posted",
)  # fmt: skip
AT_ONCE = 24  # orders in flight
Report = Callable[[Sequence[Case], bool, float], None]
_PAUSE_BETWEEN_KILLS = (1.0, 4.0)  # seconds
_DEADLINE = 40.0  # seconds after which finance is asked about a payment, instead of a day


@dataclass
class Programme:
    """The deployment, the stand-ins, and the merchants of the cases."""

    stack: Stack
    http: aiohttp.ClientSession
    stand_ins: dict[Provider, StandIn]
    accounts: dict[tuple[str, str, str], Account] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    done: list[Case] = field(default_factory=list)

    async def run(self, cases: Sequence[Case], passes: timedelta, *, kills: bool) -> None:
        """All of them; they wait for one another before the providers' clocks go ahead so far."""
        door = asyncio.Semaphore(AT_ONCE)
        async with self._killing(kills, len(cases)):
            await _each(door, cases, _requested)
            if passes:
                for stand_in in self.stand_ins.values():
                    await stand_in.pass_time(passes)
            await _each(door, cases, lambda fault, case: fault.after(case))
        await _each(door, cases, _judged)
        self.done += cases

    @asynccontextmanager
    async def _killing(self, kills: bool, count: int) -> AsyncIterator[None]:
        killer = asyncio.create_task(self._kill(random.Random(count), 2 + count // 8)) if kills else None
        try:
            yield
        finally:
            if killer is not None:
                killer.cancel()
                with suppress(asyncio.CancelledError):
                    await killer
                for point in KILLED_AT:
                    self.stack.disarm(point)

    async def _kill(self, chance: random.Random, most: int) -> None:
        """Kill the worker at one random point after the other; the supervisor starts it again."""
        before = self.kills.total()
        while self.kills.total() - before < most:
            point = chance.choice(KILLED_AT)
            self.stack.arm(point)
            deadline = time.monotonic() + 5.0
            while not self.stack.reached(point) and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            if self.stack.reached(point):
                self.kills[point] += 1
            else:
                self.stack.disarm(point)
            await asyncio.sleep(chance.uniform(*_PAUSE_BETWEEN_KILLS))

    async def make_cases(
        self, fault: Fault, provider: Provider, forms: Sequence[Form], seeds: Sequence[int]
    ) -> list[Case]:
        """The cases of a fault at a provider; those of one currency share a merchant."""
        cases = []
        for seed in seeds:
            currency, plan, unit = _terms(fault, provider, seed)
            account = await self.account(fault, provider, currency)
            for form in forms:
                case = Case(fault.name, form, seed, self.stand_ins[provider], account)
                case.plan, case.currency, case.unit = plan, currency, unit
                cases.append(case)
        return cases

    async def account(self, fault: Fault, provider: Provider, currency: str) -> Account:
        """The account of a new merchant, whose events go to the deployment's receiver."""
        name = (fault.name, provider, currency)
        if name not in self.accounts:
            # A stack has of a deployment what a shop needs: addresses and the key of its administrator.
            shop = await Shop.create(self.stack, self.http)  # type: ignore[arg-type]
            url = {"url": self.stack.receiver.url(shop.name)}
            created = await shop.call("POST", "/v1/webhook-endpoints", url)
            self.stack.receiver.secrets[shop.name] = created.ok()["secret"]
            self.accounts[name] = await self.stand_ins[provider].connect(shop, currency, fault.events)
        return self.accounts[name]


def _terms(fault: Fault, provider: Provider, seed: int) -> tuple[str, str, int]:
    """Currency, plan and price of a unit."""
    if fault.plan != "currencies":
        return "GBP", fault.plan, 1205
    kind = seed // 2 % len(CURRENCIES)
    if kind == 3:
        return "GBP", "other_currency", 1205
    if kind == 2 and provider == "shopify":
        return "USD", "exchanged", 1205
    return CURRENCIES[kind], "", 5124 if kind == 2 else 5120 if kind == 1 else 1205


async def _requested(fault: Fault, case: Case) -> None:
    """The order is placed and its money asked for, until it has an answer."""
    await (fault.place(case) if fault.place else case.place())
    await fault.before(case)
    wire = fault.plan_by_wire if case.stand_in.name == "woocommerce" and fault.plan_by_wire else fault.wire
    if wire:
        await case.stand_in.arm(case.payment, wire, case.seed)
    if fault.name == "account disconnected":
        await case.stand_in.set_keys(case.account, works=False)
    request = fault.request_refund(case) if fault.request_refund else case.request_refund()
    await asyncio.gather(request, fault.together(case))
    await (fault.quiet(case) if fault.quiet else case.quiet())


async def _judged(fault: Fault, case: Case) -> None:
    await case.until(lambda _: True)
    case.outcome, wrong = await judge(case)
    if case.outcome not in fault.outcomes:
        wrong.append(f"the outcome is {case.outcome}")
    if wrong:
        shown = [(leg["leg"], leg["to"], leg["status"], leg["decline"]) for leg in case.legs]
        case.broken = "; ".join(wrong) + f" {shown}"


async def _each(
    door: asyncio.Semaphore, cases: Sequence[Case], step: Callable[[Fault, Case], Awaitable[None]]
) -> None:
    """Do it for each case, some at once; what goes wrong is the case's own, and ends it."""

    async def one(case: Case) -> None:
        async with door:
            with errors_as_verdict(case):
                await step(BY_NAME[case.fault], case)

    await asyncio.gather(*(one(case) for case in cases if not case.broken))


@asynccontextmanager
async def programme(folder: Path, providers: Sequence[Provider]) -> AsyncIterator[Programme]:
    """A deployment whose worker dies at failpoints, with the stand-ins of these providers."""
    armed = ",".join(f"{point}=kill" for point in CALL_SITES)
    env = {"SMOT_FAILPOINTS": armed, "CHAOS_PAYMENT_DEADLINE": str(_DEADLINE)}
    stack = Stack(folder / "stack", env)
    stand_ins = {name: STAND_INS[name]() for name in providers}
    timeout = aiohttp.ClientTimeout(total=15)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        try:
            await stack.open()
            for stand_in in stand_ins.values():
                await stand_in.open(folder)
            yield Programme(stack, http, stand_ins)
        finally:
            await stack.close()
            for stand_in in stand_ins.values():
                await stand_in.close()


async def run_faults(
    there: Programme,
    faults: Sequence[str],
    seeds: Sequence[int],
    report: Report,
    forms: Sequence[Form] = FORMS,
) -> None:
    """All these faults at all providers that are there, in the calm and while the worker is killed.

    Those for which no time passes run at once, and after them those for which it does.
    """
    chosen = [BY_NAME[name] for name in faults]
    for kills in (False, True):
        for passes in (timedelta(0), max(one.passes for one in chosen)):
            group = [one for one in chosen if bool(one.passes) == bool(passes)]
            own = [seed for seed in seeds if seed % 2 == kills]
            cases = [
                case
                for fault in group
                for provider in there.stand_ins
                for case in await there.make_cases(fault, provider, forms, own)
            ]
            random.Random(0).shuffle(cases)
            began = time.monotonic()
            if cases and not (passes and not group):
                await there.run(cases, passes, kills=kills)
                report(cases, kills, time.monotonic() - began)
            if not passes and not any(one.passes for one in chosen):
                break
