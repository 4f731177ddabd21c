"""Macros: texts of the merchant with places for the customer, the order and the agent, filled for one order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.actors import Actor
from domain.base import Frozen
from domain.clock import Instant
from domain.text import single_line
from services.console.people import People
from services.order_reader import FoundOrder, OrderReader
from store.audit import AuditLine, AuditLog
from store.merchants.clock import Clocks
from store.merchants.reply_macros import ReplyMacros
from store.tables.all import ReplyMacroRow

PLACES: Final = ("customer", "order", "agent")
MAX_MACROS: Final = 200
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class ReplyMacro(Frozen):
    """A text that agents answer with often."""

    macro: str
    """Its id, chosen by the merchant."""
    name: str
    """What agents choose it by."""
    text: str
    """With `{customer}`, `{order}` and `{agent}` where their names go."""
    changed_at: Instant
    """When it was written last, in real time."""


class UnknownPlaces(ValueError):
    """The text names places that nothing fills."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class TooManyMacros(Exception):
    """The merchant has the greatest number of macros."""


@dataclass(frozen=True)
class MacroService:
    """Reads, writes and fills the macros of a merchant."""

    macros: ReplyMacros
    orders: OrderReader
    people: People
    audit: AuditLog
    clocks: Clocks

    async def of(self, merchant: str) -> list[ReplyMacro]:
        """All of them, by name."""
        return [_view(row) for row in await self.macros.of(merchant)]

    async def put(self, merchant: str, actor: Actor, macro: str, written: tuple[str, str]) -> ReplyMacro:
        """Write name and text of a macro. Raises UnknownPlaces and TooManyMacros."""
        name, text = written
        unknown = sorted({place for place in _PLACE.findall(text) if place not in PLACES})
        if unknown:
            raise UnknownPlaces(unknown)
        known = {row.id for row in await self.macros.of(merchant)}
        if macro not in known and len(known) >= MAX_MACROS:
            raise TooManyMacros
        await self.macros.put(merchant, macro, name, text)
        await self._record(merchant, actor, "macro_written", macro)
        row = await self.macros.find(merchant, macro)
        assert row is not None
        return _view(row)

    async def delete(self, merchant: str, actor: Actor, macro: str) -> bool:
        """Whether there was one of that id."""
        gone = await self.macros.delete(merchant, macro)
        if gone:
            await self._record(merchant, actor, "macro_deleted", macro)
        return gone

    async def filled(self, order: FoundOrder, actor: Actor, macro: str) -> str | None:
        """The text for that order; None without such a macro. What fills a place is never read as a place."""
        row = await self.macros.find(order.merchant, macro)
        if row is None:
            return None
        view = await self.orders.view_with_customer(order)
        agents = await self.people.holders(order.merchant, (actor.name,))
        values = {
            "customer": view.customer.name if view.customer else "",
            "order": view.number,
            "agent": agents[actor.name].name if actor.name in agents else "",
        }
        return fill(row.text, values)

    async def _record(self, merchant: str, actor: Actor, action: str, macro: str) -> None:
        at = await self.clocks.business_now(merchant)
        await self.audit.write(merchant, AuditLine(actor, action, at, subject=f"macro {macro}"))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled in one pass, each by one line."""
    return _PLACE.sub(lambda found: single_line(values.get(found.group(1), found.group(0)), 200), text)


def _view(row: ReplyMacroRow) -> ReplyMacro:
    return ReplyMacro(macro=row.id, name=row.name, text=row.text, changed_at=row.changed_at)
