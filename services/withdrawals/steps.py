"""Statements of withdrawal are worked off: the order is found, its return opened, the confirmation sent."""

import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from domain import keys
from domain.actors import Actor, Role
from domain.model.return_choices import ReturnMethod
from domain.model.withdrawal import Withdrawal
from domain.reasons import CommandResult, Reason, Violation, accepted, refused
from domain.returns import quotes
from domain.returns.commands.open_return import OpenReturn
from domain.returns.withdrawal_rules import WithdrawnGoods, withdrawal_violations
from domain.returns.withdrawn_before import rest_of_withdrawal
from domain.sealed import Sealed
from ports.channels import Bounced, ChannelUnavailable
from services.commands import CommandContext, CommandExecutor
from services.drop_off_codes import DropOffCodes
from services.ids import new_return_id, new_return_number
from services.isolation import isolated
from services.journeys import JourneyUnavailable
from services.order_reader import FoundOrder, OrderReader
from services.orders.lookup import OrderLookup, WantedOrder
from services.per_order_limiter import OrderBusy
from services.sealed_text import seal_text
from services.withdrawals.confirmations import WithdrawalLetters
from services.withdrawals.statement import WithdrawalStatement
from store.engine.queue import backoff
from store.merchants.clock import Clocks
from store.merchants.policies import Policies
from store.orders.withdrawals import Withdrawals
from store.privacy.vault import ERASED, Vault
from store.tables.all import WithdrawalRow

_LONGEST: Final = timedelta(minutes=10)  # between two attempts
UNKNOWN_ORDER: Final = "order_unknown"
PARTLY: Final = "goods_in_words"
INCOMPLETE: Final = "not_all_goods"
UNDELIVERED: Final = "confirmation_undelivered"
_STALE: Final = (Violation(code=Reason.QUOTE_STALE),)


class Opener(NamedTuple):
    """Who opens what. wanted: units by line; empty for the whole order. reason: a person's, which overrules."""

    actor: Actor
    wanted: Mapping[str, int]
    reason: str = ""


class OpenedReturns(NamedTuple):
    """returns: all that the statement opened, separated by commas. why: why a person has to decide; empty where all is opened."""

    result: CommandResult
    returns: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class WithdrawalSteps:
    """Works off what was stated. Every effect has a key, so that a statement may be worked on twice."""

    withdrawals: Withdrawals
    lookup: OrderLookup
    orders: OrderReader
    commands: CommandExecutor
    codes: DropOffCodes
    letters: WithdrawalLetters
    policies: Policies
    clocks: Clocks
    vault: Vault

    async def step(self, statement: str = "") -> int:
        """One step of that statement, or of the oldest that is due; 0 when there is none. What fails is tried again later."""
        row = await self.withdrawals.claim(statement)
        if row is None:
            return 0
        problems = [await _problem_of(row, self._carry_out(row)), await _problem_of(row, self._confirm(row))]
        problem = next(filter(None, problems), None)
        if problem is None:
            await self.withdrawals.finish(row)
        else:
            await self.withdrawals.go_on(row, backoff(row.attempts, _LONGEST), problem)
        return 1

    async def statement_of(self, row: WithdrawalRow) -> WithdrawalStatement | None:
        """What was stated; None once its person is erased."""
        opened = await self.vault.open(Sealed.model_validate_json(row.sealed))
        return None if opened == ERASED else WithdrawalStatement.model_validate_json(opened)

    async def _confirm(self, row: WithdrawalRow) -> str | None:
        """Send the confirmation, whatever becomes of the return. Where its address takes no letter, a person is asked."""
        statement = await self.statement_of(row)
        if row.confirmed_at is not None or UNDELIVERED in row.reasons.split(",") or statement is None:
            return None
        try:
            sent = await self.letters.send(row, statement)
        except ChannelUnavailable:
            return "no mail server took it"
        except Bounced:
            await self._ask_about_address(row)
            return None
        await self.withdrawals.keep(row, confirmed_at=sent)
        return None

    async def _ask_about_address(self, row: WithdrawalRow) -> None:
        reasons = [*filter(None, row.reasons.split(",")), UNDELIVERED]
        if row.outcome == "closed" or row.ended_role:  # a person has the statement in hand
            await self.withdrawals.keep(row, reasons=",".join(reasons))
        elif row.outcome != "received":
            await self._leave(row, *reasons, returns=row.returns)

    async def _carry_out(self, row: WithdrawalRow) -> str | None:
        """Open the return, or leave it to a person; what is to be tried again."""
        statement = await self.statement_of(row)
        if statement is None:
            await self.withdrawals.forget(row)
            return None
        if row.outcome != "received":
            return None
        order = await self._order(row, statement)
        if order is None or statement.partly:
            await self._leave(row, UNKNOWN_ORDER if order is None else PARTLY)
            return None
        opened = await self.open(
            row, order, Opener(Actor(role=Role(row.role), name=row.name), json.loads(row.wanted))
        )
        if opened.result.reasons == _STALE:
            return "the order changed meanwhile"
        if opened.why:
            await self._leave(row, *opened.why, returns=opened.returns)
        else:
            await self.withdrawals.opened(row, opened.returns)
            row.outcome, row.returns = "opened", opened.returns
        return None

    async def _order(self, row: WithdrawalRow, statement: WithdrawalStatement) -> FoundOrder | None:
        """The order that is meant."""
        if row.order:
            return await self.orders.find_by_id(row.merchant, row.order)
        found = await self.lookup.match(WantedOrder(row.merchant, statement.number, statement.email))
        if found is not None:
            await self.give_to(row, found)
        return found

    async def give_to(self, row: WithdrawalRow, order: FoundOrder) -> None:
        """Once its order is known, what was stated lies under its customer's key, and is erased with them.

        The other key goes only after it was written so: else a process that lost its lease would destroy what was stated.
        """
        statement = await self.statement_of(row)
        if statement is None:
            return
        zone = (await self.orders.state(order)).state.order.destination.zone
        known = statement.model_copy(update={"zone": zone}).model_dump_json()
        sealed = await self.vault.seal_of_known(row.merchant, order.customer, known)
        if sealed is None:  # erased before: with its own key the statement can still be erased by itself
            return
        text = sealed.model_dump_json()
        if await self.withdrawals.keep(row, order=order.id, sealed=text):
            row.order, row.sealed = order.id, text
            await self.vault.erase(row.merchant, row.id)

    async def open(self, row: WithdrawalRow, order: FoundOrder, opener: Opener) -> OpenedReturns:
        """Open a return of that order for what is still to come back by the statement. A lost answer opens no second one."""
        state, before = (await self.orders.state(order)).state, [*filter(None, row.returns.split(","))]
        now = await self.clocks.business_now(row.merchant)
        rest = rest_of_withdrawal(state, row.id, before, opener.wanted, now)
        before += rest.opened
        if rest.opened and not rest.goods.items:
            result = accepted(rest.opened[-1])
        else:
            form = keys.opened_by_withdrawal(row.id, order.id, before)
            context = await self.commands.context(row.merchant, opener.actor, form)
            result = await self._send(row, context, order, rest.goods, opener.reason)
        if result.verdict == "refused":
            return OpenedReturns(
                result, ",".join(before), tuple(dict.fromkeys(one.code for one in result.reasons))
            )
        returns = ",".join(dict.fromkeys([*before, result.subject]))
        return OpenedReturns(result, returns, () if rest.goods.complete else (INCOMPLETE,))

    async def _send(
        self,
        row: WithdrawalRow,
        context: CommandContext,
        order: FoundOrder,
        goods: WithdrawnGoods,
        reason: str,
    ) -> CommandResult:
        state = (await self.orders.state(order)).state
        if not goods.items:
            return refused(*withdrawal_violations(state, goods.items, row.received_at))
        method: ReturnMethod = "mail" if row.method == "mail" else "drop_off"
        return_id, quote = new_return_id(), quotes.quote(state, goods.items, context.business_now, method)
        command = OpenReturn(
            **context.envelope(),
            return_id=return_id,
            number=new_return_number(),
            code_hash=self.codes.hash(self.codes.code(return_id)),
            quote=quote,
            resolution="refund",
            method=method,
            reason=await seal_text(self.vault, order, reason),
            withdrawal=Withdrawal(statement=row.id, received_at=row.received_at),
        )
        return await self.commands.send(context, order, command, row.attempts)

    async def _leave(self, row: WithdrawalRow, *reasons: str, returns: str = "") -> None:
        """A person decides."""
        now = await self.clocks.business_now(row.merchant)
        days = (await self.policies.in_force(row.merchant)).policy.attention_days
        values = {"reasons": ",".join(reasons), "returns": returns}
        await self.withdrawals.leave_to_person(row, (now, now + timedelta(days=days)), **values)
        row.outcome, row.reasons, row.returns = "case", values["reasons"], returns


async def _problem_of(row: WithdrawalRow, work: Awaitable[str | None]) -> str | None:
    """What is to be tried again of this work, which stops nothing else; None where it is done."""
    found: list[str | None] = []

    async def done() -> None:
        found.append(await work)

    try:
        defect = await isolated(f"withdrawal {row.id}", done())
    except (JourneyUnavailable, OrderBusy) as problem:
        return type(problem).__name__
    return defect or found[0]
