"""Statements of withdrawal are worked off: the order is found, its return opened, the confirmation sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain import keys
from domain.actors import Actor, Role
from domain.model.return_choices import ReturnMethod
from domain.model.withdrawal import Withdrawal
from domain.reasons import CommandResult, Reason, Violation, refused
from domain.returns import quotes
from domain.returns.commands.open_return import OpenReturn
from domain.returns.withdrawal_rules import WithdrawnGoods, withdrawal_violations, withdrawn_goods
from domain.sealed import Sealed
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
_STALE: Final = (Violation(code=Reason.QUOTE_STALE),)


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
        try:
            defect = await isolated(f"withdrawal {row.id}", self._step(row))
        except (JourneyUnavailable, OrderBusy) as problem:
            defect = type(problem).__name__
        if defect is not None:
            await self.withdrawals.go_on(row, backoff(row.attempts, _LONGEST), defect)
        return 1

    async def _step(self, row: WithdrawalRow) -> None:
        opened = await self.vault.open(Sealed.model_validate_json(row.sealed))
        if opened == ERASED:
            await self.withdrawals.finish(row)
            return
        statement = WithdrawalStatement.model_validate_json(opened)
        if row.outcome == "received" and not await self._carry_out(row, statement):
            await self.withdrawals.go_on(row, timedelta(seconds=1), "the order changed meanwhile")
            return
        if row.confirmed_at is None:
            sent = await self.letters.send(row, statement)
            if sent is None:
                await self.withdrawals.go_on(row, backoff(row.attempts, _LONGEST), "no mail server took it")
                return
            await self.withdrawals.keep(row, confirmed_at=sent)
        await self.withdrawals.finish(row)

    async def _carry_out(self, row: WithdrawalRow, statement: WithdrawalStatement) -> bool:
        """Open the return, or leave it to a person; False where the order changed in between."""
        order = await self._order(row, statement)
        if order is None or statement.partly:
            await self._leave(row, UNKNOWN_ORDER if order is None else PARTLY)
            return True
        state = (await self.orders.state(order)).state
        goods = withdrawn_goods(state, json.loads(row.wanted), await self.clocks.business_now(row.merchant))
        result = await self._opened(row, order, goods)
        if result.reasons == _STALE:
            return False
        if result.verdict == "refused":
            await self._leave(row, *dict.fromkeys(one.code for one in result.reasons))
        elif goods.complete:
            await self.withdrawals.opened(row, result.subject)
        else:
            await self._leave(row, INCOMPLETE, return_id=result.subject)
        return True

    async def _order(self, row: WithdrawalRow, statement: WithdrawalStatement) -> FoundOrder | None:
        """The order that is meant. Once it is known, what was stated lies under its customer's key and is erased with them."""
        if row.order:
            return await self.orders.find_by_id(row.merchant, row.order)
        found = await self.lookup.match(WantedOrder(row.merchant, statement.number, statement.email))
        if found is not None:
            zone = (await self.orders.state(found)).state.order.destination.zone
            known = statement.model_copy(update={"zone": zone})
            sealed = await self.vault.seal_of_known(row.merchant, found.customer, known.model_dump_json())
            if sealed is not None:
                await self.withdrawals.keep(row, order=found.id, sealed=sealed.model_dump_json())
                await self.vault.erase(row.merchant, row.id)
        return found

    async def _opened(self, row: WithdrawalRow, order: FoundOrder, goods: WithdrawnGoods) -> CommandResult:
        actor = Actor(role=Role(row.role), name=row.name)
        form = keys.opened_by_withdrawal(row.id, order.id)
        context = await self.commands.context(row.merchant, actor, form)
        return await self._send(row, context, order, goods, "")

    async def open_for_person(
        self, row: WithdrawalRow, order: FoundOrder, actor: Actor, wanted: Mapping[str, int], reason: str
    ) -> CommandResult:
        """Open a return of that order as a person decides, with their reason."""
        form = keys.opened_by_withdrawal(row.id, order.id, actor.name)
        context = await self.commands.context(row.merchant, actor, form)
        state = (await self.orders.state(order)).state
        goods = withdrawn_goods(state, wanted, context.business_now)
        return await self._send(row, context, order, goods, reason)

    async def _send(
        self,
        row: WithdrawalRow,
        context: CommandContext,
        order: FoundOrder,
        goods: WithdrawnGoods,
        reason: str,
    ) -> CommandResult:
        state = (await self.orders.state(order)).state
        earlier = state.command_results.get(context.command_id)
        if earlier is not None:
            return earlier
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

    async def _leave(self, row: WithdrawalRow, *reasons: str, return_id: str = "") -> None:
        """A person decides."""
        now = await self.clocks.business_now(row.merchant)
        days = (await self.policies.in_force(row.merchant)).policy.attention_days
        values = {"reasons": ",".join(reasons), "return_id": return_id}
        await self.withdrawals.leave_to_person(row, (now, now + timedelta(days=days)), **values)
