"""Races about one order's money: our refund against cancellations, staff in the shop's admin, a chargeback and redemptions.

All at one moment. The customer has store credit, to which the refund of a gift card is added while it is spent.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tests.chaos.payments.books import Account, StandIn
from tests.chaos.payments.cases import FORMS, Case, errors_as_verdict
from tests.chaos.payments.faults import Fault
from tests.chaos.payments.run import Programme
from tests.chaos.payments.verdict import judge
from tests.scenarios.helpers import ApiResponse

_RACE: Final = Fault("race")
_GIVEN: Final = 1000  # credit before the race, in minor units
_SPENT: Final = 400  # of it, by each who redeems: two can, and more once the gift card's refund has come


async def race(case: Case, clients: int) -> Counter[str]:
    """So many at once, each with its own request; the answers to the cancellations. What is right afterwards is in the case."""
    await case.place()
    await _give_credit(case)
    barrier = asyncio.Barrier(clients)
    answers: Counter[str] = Counter()

    async def cancel(number: int) -> None:
        path, key = f"/v1/orders/{case.order}/cancel", f"{case.order}-{number}"
        answer = await case.shop.call("POST", path, key=key)
        answers[_said(answer)] += 1

    async def redeem(number: int) -> None:
        body = {"reference": f"cart-{case.order}-{number}"[:64], "amount": case.money(_SPENT)}
        path, key = f"/v1/customers/{case.customer}/credit/redemptions", f"redeem-{case.order}-{number}"
        answers[f"redeemed {_said(await case.shop.call('POST', path, body, key=key))}"] += 1

    async def staff(_: int) -> None:
        await case.stand_in.refund_by_staff(case.payment, case.unit // 2)

    async def bank(number: int) -> None:
        await (case.stand_in.dispute(case.payment) if number == 2 else cancel(number))

    moves: Sequence[Callable[[int], Awaitable[None]]] = (cancel, staff, bank, redeem, cancel, redeem, staff)

    async def start(number: int) -> None:
        await barrier.wait()
        await moves[number % len(moves)](number)

    await asyncio.gather(*(start(number) for number in range(clients)))
    await case.quiet()
    case.outcome, wrong = await judge(case)
    wrong += [*_of_cancellations(case, answers), *await _of_credit(case, answers)]
    case.broken = "; ".join(wrong)
    return answers


def _said(answer: ApiResponse) -> str:
    return ",".join(answer.reasons) if answer.status == 422 else str(answer.status)


async def _give_credit(case: Case) -> None:
    body = {
        "reference": f"gift-{case.order}"[:64],
        "direction": "increase",
        "amount": case.money(_GIVEN),
        "reason": "a race",
    }
    path = f"/v1/customers/{case.customer}/credit/adjustments"
    (await case.shop.call("POST", path, body, key=f"give-{case.order}", role="senior_agent")).ok()


def _of_cancellations(case: Case, answers: Counter[str]) -> list[str]:
    if answers["200"] > 1 or case.view["refunded"]["minor"] > case.view["captured"]["minor"]:
        return [f"cancelled {answers['200']} times, {case.view['refunded']} back"]
    return []


async def _of_credit(case: Case, answers: Counter[str]) -> list[str]:
    """What was given and came back, less what was spent, is there; nobody was refused for another reason than too little."""
    unknown = {text for text in answers if text.startswith("redeemed")} - _ANSWERS_TO_REDEEM
    back = sum(
        leg["principal"]["minor"] for leg in case.legs if leg["to"] == "credit" and leg["status"] == "settled"
    )
    wanted = _GIVEN + back - _SPENT * answers["redeemed 201"]
    found = (await case.shop.call("GET", f"/v1/customers/{case.customer}/credit")).ok()["items"]
    there = sum(one["balance"]["minor"] for one in found)
    wrong = [f"a redemption was answered with {text}" for text in sorted(unknown)]
    return wrong if there == wanted >= 0 else [*wrong, f"credit {there} instead of {wanted}"]


_ANSWERS_TO_REDEEM: Final = {"redeemed 201", "redeemed insufficient_credit"}


async def run_races(
    there: Programme, clients: int, seeds: Sequence[int], report: Callable[[Case], None]
) -> None:
    """A race of so many clients per provider and seed: one order with a card, the next with two payments and a gift card."""
    for name, stand_in in there.stand_ins.items():
        for seed in seeds:
            account = await there.account(_RACE, name, "GBP")
            case = race_of(clients, seed, stand_in, account)
            with errors_as_verdict(case):
                await race(case, clients)
            report(case)
            there.done.append(case)


def race_of(clients: int, seed: int, stand_in: StandIn, account: Account) -> Case:
    """The case of that seed."""
    form = FORMS[0] if seed % 2 == 0 else FORMS[2]
    return Case(f"race of {clients}", form, seed, stand_in, account)
