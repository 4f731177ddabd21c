"""What a customer can be offered in a return form: lines, reasons and resolutions, with labels in their language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.base import Frozen
from domain.model.return_choices import Resolution
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.returns.returnable import Returnable, ReturnableLine, returnable
from ports.return_labels import ReturnLabels
from ports.stock import Stock
from services.order_reader import FoundOrder, OrderReader
from store.merchants.clock import Clocks


class ReasonChoice(Frozen):
    """A reason that a return may have."""

    code: str
    """What a quote or return sends as `reason`."""
    label: str
    """What a form shows."""


class ResolutionChoice(Frozen):
    """What a customer may get for the goods, and what that is for all units that are left."""

    code: Resolution
    """What a return sends as `resolution`."""
    label: str
    """What a form shows."""
    pays: Money
    """What it pays at most, with its bonus."""
    bonus: Money
    """The part of it that is added on top."""
    valid_days: int | None
    """How many days it can be spent; null for money."""


@dataclass(frozen=True)
class ReturnableOrder:
    """What of an order can be returned now. `language`: of the labels, as BCP 47. `as_of`: business time."""

    order_id: str
    language: str
    lines: tuple[ReturnableLine, ...]
    reasons: tuple[ReasonChoice, ...]
    resolutions: tuple[ResolutionChoice, ...]
    as_of: datetime


@dataclass(frozen=True)
class ReturnForms:
    """Reads what a return form needs."""

    orders: OrderReader
    clocks: Clocks
    labels: ReturnLabels
    stock: Stock

    async def returnable(self, order: FoundOrder, languages: Sequence[str]) -> ReturnableOrder:
        """What can be returned now. Without a language it is the customer's."""
        state = (await self.orders.state(order)).state
        now = await self.clocks.business_now(order.merchant)
        language = self.labels.language(languages or [state.order.customer.locale])
        found = returnable(state, now)
        return ReturnableOrder(
            order_id=state.order.order_id,
            language=language,
            lines=found.lines,
            reasons=tuple(
                ReasonChoice(code=code, label=self.labels.reason(code, language))
                for code in state.terms.policy.reasons
            ),
            resolutions=await self._resolutions(state, found, language),
            as_of=now,
        )

    async def _resolutions(
        self, state: JourneyState, found: Returnable, language: str
    ) -> tuple[ResolutionChoice, ...]:
        """An exchange pays with other goods, so it pays no money by itself; it needs the shop's stock system."""
        none = zero(state.order.currency)
        bonuses: dict[Resolution, Money] = {
            "refund": none, "store_credit": found.credit_bonus, "exchange": none,
        }  # fmt: skip
        exchanges = "exchange" in found.resolutions and await self.stock.connected(state.order.merchant)
        return tuple(
            ResolutionChoice(
                code=code,
                label=self.labels.resolution(code, language),
                pays=none if code == "exchange" else found.refund + bonuses[code],
                bonus=bonuses[code],
                valid_days=found.credit_days if code == "store_credit" else None,
            )
            for code in found.resolutions
            if code != "exchange" or exchanges
        )
