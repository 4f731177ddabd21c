"""Races about one payment: our refund against cancellations, staff in the shop's admin and a chargeback, all at one moment."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from tests.chaos.payments.cases import Case, errors_as_verdict
from tests.chaos.payments.faults import Fault
from tests.chaos.payments.run import Programme
from tests.chaos.payments.verdict import judge
from tests.scenarios.helpers import ApiResponse

_RACE = Fault("race")


async def race(case: Case, clients: int) -> Counter[str]:
    """So many at once, each with its own request; the answers to the cancellations. What is right afterwards is in the case."""
    await case.place()
    barrier = asyncio.Barrier(clients)
    answers: Counter[str] = Counter()

    async def cancel(number: int) -> None:
        answer: ApiResponse = await case.shop.call(
            "POST", f"/v1/orders/{case.order}/cancel", key=f"{case.order}-{number}"
        )
        answers[",".join(answer.reasons) if answer.status == 422 else str(answer.status)] += 1

    async def staff(_: int) -> None:
        await case.stand_in.refund_by_staff(case.payment, case.unit // 2)

    async def bank(number: int) -> None:
        await (case.stand_in.dispute(case.payment) if number == 2 else cancel(number))

    moves: Sequence[Callable[[int], Awaitable[None]]] = (cancel, staff, bank, cancel, staff)

    async def start(number: int) -> None:
        await barrier.wait()
        await moves[number % len(moves)](number)

    await asyncio.gather(*(start(number) for number in range(clients)))
    await case.quiet()
    case.outcome, wrong = await judge(case)
    if answers["200"] > 1 or case.view["refunded"]["minor"] > case.view["captured"]["minor"]:
        wrong.append(f"cancelled {answers['200']} times, {case.view['refunded']} back")
    case.broken = "; ".join(wrong)
    return answers


async def run_races(
    there: Programme, clients: int, seeds: Sequence[int], report: Callable[[Case], None]
) -> None:
    """A race of so many clients per provider and seed."""
    for name, stand_in in there.stand_ins.items():
        for seed in seeds:
            case = Case(f"race of {clients}", "full", seed, stand_in, await there.account(_RACE, name, "GBP"))
            with errors_as_verdict(case):
                await race(case, clients)
            report(case)
            there.done.append(case)
