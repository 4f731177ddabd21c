"""Opening a return: the quote of its items, and the command that opens it at exactly that quote."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.exchange_quote import ExchangeFallback, ExchangeWish
from domain.model.quote import Quote, ReturnItem
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.state import JourneyState
from domain.reasons import WAIVABLE, CommandResult, Reason, Violation, refused
from domain.returns import eligibility
from domain.returns.commands.open_return import OpenReturn
from failpoints.points import hit
from services.commands import CommandContext, CommandExecutor
from services.drop_off_codes import DropOffCodes
from services.ids import new_return_id, new_return_number
from services.order_reader import FoundOrder, OrderReader
from services.returns.quoting import ReturnQuote, ReturnQuoting
from services.sealed_text import seal_text
from services.tokens import QuoteClaims
from store.merchants.clock import Clocks
from store.privacy.vault import Vault

_REQUOTE_TIMEOUT = 5.0  # seconds to quote again while other returns take units of the same order


@dataclass(frozen=True)
class NewReturn:
    """A return to open.

    quote: the token of a quote that was shown. The return then pays exactly that quote. None: a quote is made now.
    reason: staff only; waives the rules that staff may waive.
    wishes, fallback: of an exchange: the new goods, and what the customer gets without them.
    """

    items: Sequence[ReturnItem]
    resolution: Resolution
    method: ReturnMethod = "drop_off"
    quote: str | None = None
    reason: str = ""
    wishes: Sequence[ExchangeWish] = ()
    fallback: ExchangeFallback = "refund"


@dataclass(frozen=True)
class ReturnOpening:
    """Quotes and opens returns. A refusal is a result with every reason.

    `open` raises OrderBusy and JourneyUnavailable.
    """

    quoting: ReturnQuoting
    orders: OrderReader
    commands: CommandExecutor
    clocks: Clocks
    codes: DropOffCodes
    vault: Vault

    async def quote(
        self,
        order: FoundOrder,
        items: Sequence[ReturnItem],
        method: ReturnMethod = "drop_off",
        wishes: Sequence[ExchangeWish] = (),
    ) -> ReturnQuote:
        """What these items pay as refund, as store credit and as the exchange wished for, or why they cannot come back."""
        now = await self.clocks.business_now(order.merchant)
        return await self.quoting.quote(order, items, method, wishes, now)

    async def open(self, context: CommandContext, order: FoundOrder, new: NewReturn) -> CommandResult:
        """Authorize a return; `subject` of the result is its id. `needs_agent`: it waits for an agent's decision."""
        state = (await self.orders.state(order)).state
        return state.command_results.get(context.command_id) or await self._open(context, order, new, state)

    async def _open(
        self, context: CommandContext, order: FoundOrder, new: NewReturn, state: JourneyState
    ) -> CommandResult:
        """Quote and send. When our own quote goes stale in between, because another return took units, quote again."""
        until = asyncio.get_running_loop().time() + _REQUOTE_TIMEOUT
        for attempt in itertools.count():
            hit("return.validating")
            quote = await self._binding_quote(context, state, new)
            if not isinstance(quote, QuoteClaims):
                # An earlier attempt of this command may have been executed meanwhile. Then it holds the units that are missing.
                return await self.commands.previous_result(context, order) or refused(*quote)
            command = await self._open_command(context, order, new, quote)
            result = await self.commands.send(context, order, command, attempt)
            stale = new.quote is None and [one.code for one in result.reasons] == [Reason.QUOTE_STALE]
            newer = await self.orders.wait_for_newer(order, state.seq, until) if stale else None
            if newer is None:
                break
            state = newer
        await self.commands.audit_refusal(context, order, command, result)
        return result

    async def _open_command(
        self, context: CommandContext, order: FoundOrder, new: NewReturn, signed: QuoteClaims
    ) -> OpenReturn:
        return_id = new_return_id()
        return OpenReturn(
            **context.envelope(),
            return_id=return_id,
            number=new_return_number(),
            code_hash=self.codes.hash(self.codes.code(return_id)),
            quote=signed.quote,
            risk=signed.risk,
            resolution=new.resolution,
            method=new.method,
            fallback=new.fallback,
            reason=await seal_text(self.vault, order, new.reason),
        )

    async def _binding_quote(
        self, context: CommandContext, state: JourneyState, new: NewReturn
    ) -> QuoteClaims | list[Violation]:
        """The quote that was shown before, else one made now; or every reason why there is none."""
        if new.quote is not None:
            shown = self.quoting.tokens.verify_quote(new.quote)
            if (
                shown is None
                or shown.quote.order != state.order.order
                or not _quotes_items(shown.quote, new.items)
            ):
                return [Violation(code=Reason.QUOTE_STALE)]
            return shown
        now = context.business_now
        found = eligibility.violations(state, [*new.items], now)
        # The journey decides whether a violation may be waived; here it must only not prevent the quote.
        remaining = [one for one in found if not (new.reason and one.code in WAIVABLE)]
        if remaining:
            return remaining
        made = await self.quoting.claims(state, new.items, now, new.method)
        wishes = new.wishes if new.resolution == "exchange" else ()
        exchanged, why_not = await self.quoting.with_exchange(state, made.quote, wishes)
        return why_not or made.model_copy(update={"quote": exchanged})


def _quotes_items(quote: Quote, items: Sequence[ReturnItem]) -> bool:
    """Whether the quote is for exactly these items."""
    wanted = {item.line_id: item.quantity for item in eligibility.merge_lines(items)}
    return wanted == {item.line_id: len(item.units) for item in quote.items}
