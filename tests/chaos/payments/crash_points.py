"""Twelve named crash points around one refund: a process dies exactly there, and the provider has one effect."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from failpoints.catalogue import CALL_SITES
from tests.chaos.payments.cases import FORMS, Case, errors_as_verdict
from tests.chaos.payments.faults import Fault, finance_retries
from tests.chaos.payments.run import Programme
from tests.chaos.payments.verdict import judge
from tests.patience import PATIENCE

POINTS: Final = (
    "command.sent", "commit.before", "commit.persisted", "journey.continuing_as_new", "pay.reserved", "pay.sent", "pay.called",
    "pay.written", "pay.posted", "notice.claimed", "mail.accepted", "webhook.delivered",
)  # fmt: skip
"""In the order in which one refund comes to them."""
_ANY: Final = Fault("crash points")


async def run_points(
    there: Programme, points: Sequence[str], seeds: Sequence[int], report: Callable[[Case], None]
) -> list[Case]:
    """One refund after the other, so that the process dies at that refund and no other."""
    done = []
    for point in points:
        for seed in seeds:
            for name, stand_in in there.stand_ins.items():
                account = await there.account(_ANY, name, "GBP")
                case = Case(point, FORMS[seed % len(FORMS)], seed, stand_in, account)
                try:
                    with errors_as_verdict(case):
                        await _crash(there, case)
                finally:
                    there.stack.disarm(point)
                report(case)
                done.append(case)
    there.done += done
    return done


async def _crash(there: Programme, case: Case) -> None:
    await case.place()
    there.stack.arm(case.fault)
    if case.fault == "journey.continuing_as_new":
        await there.stack.journeys.request_continue_as_new(case.shop.name, case.order)
    await case.request_refund()
    deadline = time.monotonic() + PATIENCE
    while not there.stack.reached(case.fault):
        assert time.monotonic() < deadline, f"no process reached {case.fault}"
        await asyncio.sleep(0.02)
    there.kills[case.fault] += 1
    await case.quiet()
    await finance_retries(case)
    await case.until(lambda _: all(leg["status"] == "settled" for leg in case.legs))
    case.outcome, wrong = await judge(case)
    for payment in case.payments:
        effects = [one for one in await case.stand_in.refunds(payment) if one.alive]
        if len(effects) != 1:
            wrong.append(f"{len(effects)} effects on {payment.id}")
    case.broken = "; ".join(wrong)


assert len(POINTS) == 12
assert {*POINTS} <= {*CALL_SITES}
