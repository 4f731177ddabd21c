"""What a customer and the people of the shop write to each other about one order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.attention import Owner
from domain.orders.commands.write_to_shop import WriteToShop
from domain.reasons import CommandResult
from services.commands import CommandContext, CommandExecutor
from services.key_names import KeyNames, doer_of
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader
from services.orders.timeline import MAX_AUDIT_LINES
from services.sealed_text import seal_text
from store.audit import AuditLog
from store.privacy.vault import Vault
from store.tables.all import AuditRow

_WRITTEN: Final = {"message_received": "customer", "reply_sent": "shop"}  # audit actions, and who wrote


class ConversationLine(Frozen):
    """One message of a conversation."""

    at: Instant
    """When it was written, business time."""
    by: Literal["customer", "shop"]
    """Who wrote it: the customer, or a person of the shop."""
    name: str | None = None
    """The user of the shop who wrote it; null for the customer, and for a program of the shop."""
    text: str
    """What it says; "erased person" once the customer was erased."""


class Conversation(Frozen):
    """What a customer and the shop wrote to each other about one order."""

    order: str
    """Our id of the order."""
    order_id: str
    """The shop's own order id."""
    lines: tuple[ConversationLine, ...]
    """The messages, oldest first."""
    answer_by: Instant | None
    """By when the customer was promised an answer; null where no message waits for one."""
    waits_for: Owner | None
    """Who has to answer; null where no message waits."""
    overdue: bool
    """Whether the promised time has passed without an answer."""

    def unanswered(self) -> tuple[ConversationLine, ...]:
        """What the customer wrote since the last answer, while it waits for one; the newest three."""
        if self.answer_by is None:
            return ()
        answered = [number for number, line in enumerate(self.lines, start=1) if line.by == "shop"]
        return self.lines[max(answered, default=0) :][-3:]


@dataclass(frozen=True)
class Conversations:
    """The use cases. A refusal is a result with every reason."""

    orders: OrderReader
    commands: CommandExecutor
    audit: AuditLog
    vault: Vault
    names: KeyNames

    async def write(self, context: CommandContext, order: FoundOrder, text: str) -> CommandResult:
        """The customer writes to the shop; the text is sealed before it is stored.

        Raises OrderBusy and JourneyUnavailable.
        """
        command = WriteToShop(**context.envelope(), text=await seal_text(self.vault, order, text))
        return await self.commands.execute(context, order, command)

    async def read(self, order: FoundOrder) -> Conversation:
        """The conversation of that order, empty where none was begun."""
        state = (await self.orders.state(order)).state
        item = state.open_item("customer_message", order.id)
        rows = await self.audit.newest(order.merchant, order.id, MAX_AUDIT_LINES)
        written = [row for row in rows if row.action in _WRITTEN]
        names = await self.names.of(order.merchant, (row.name for row in written))
        return Conversation(
            order=order.id,
            order_id=order.order_id,
            lines=tuple([await self._line(row, names) for row in written]),
            answer_by=item.due if item else None,
            waits_for=item.owner if item else None,
            overdue=item is not None and item.overdue_since is not None,
        )

    async def _line(self, row: AuditRow, names: Mapping[str, str]) -> ConversationLine:
        text = await open_text(self.vault, str(json.loads(row.details)["text"]))
        doer = doer_of(row.role, row.name, names)
        return ConversationLine.model_validate(
            {
                "at": row.at,
                "by": _WRITTEN[row.action],
                "name": doer.name if doer.user else None,
                "text": text,
            }
        )
