"""What happened to an order: its audit lines, its notices and what they said, and what it waits for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.base import Frozen
from domain.clock import Instant
from domain.journey import agenda
from domain.journey.order_view import NextAction
from domain.model.notice import AuditEntry, Notice
from domain.model.terms import Terms
from domain.money import Money
from domain.notifications.letter_reports import LetterStatus, letter_status
from domain.returns.returnable import ReturnableLine, returnable
from services.key_names import KeyNames
from services.letter_logo import logo_address
from services.line_amounts import amount_in
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader
from services.orders.masked_links import with_masked_links
from services.paging import Page, PageRequest
from store.audit import AuditFilter, AuditLog
from store.merchants.brandings import Brandings
from store.merchants.clock import Clocks
from store.notifications.delivery_attempts import channel_message_id
from store.notifications.letters import Letter, Letters
from store.notifications.outbox import Outbox
from store.privacy.vault import Vault
from store.tables.all import AuditRow, OutboxRow

__all__ = ["AuditFilter", "AuditListEntry", "LetterView", "NoticeDetail", "NoticeView", "OrderHistory"]
_TEXTS = {"override_reason", "reason", "text"}  # details that people wrote


class NoticeView(Frozen):
    """A notice and its outcome."""

    id: int
    """Its number, for `GET /v1/notices/{notice}`, which has the letter as it was sent."""
    key: str
    """What makes it unique in the order."""
    kind: str
    """What it reports."""
    subject: str
    """The parcel, return or order that it is about."""
    status: str
    """What became of it."""
    reason: str
    """Why it was held, dropped or not sent."""
    sent_at: Instant | None
    """When it left, business time."""
    held_until: Instant | None
    """Until when it is held back, business time."""
    channel: str | None
    """The channel by which it left."""
    message: str | None
    """The id of the message that it was part of."""
    details: dict[str, str | int]
    """The facts that it reports, by name."""
    subject_line: str | None
    """The subject of the letter; shown to agents only."""
    text: str | None
    """The text of the letter; shown to agents only."""


class LetterView(Frozen):
    """A letter as one channel sent it. Times are business time."""

    message: str
    """The id under which it left: the same in all attempts."""
    channel: str
    """By which channel it went."""
    to: str
    """The address or number it went to."""
    sender: str
    """The merchant's own sender address; empty for the deployment's."""
    reply_to: str
    """Where answers go; empty for the sender's address."""
    subject: str
    """The subject line."""
    text: str
    """The plain text, as it was sent; its links end in `…` and do not work, but for a sandbox merchant's."""
    html: str
    """The HTML, likewise, with the shop's logo as it is now; empty where the channel has none."""
    at: Instant
    """When it was handed to the channel."""
    accepted_at: Instant | None
    """When the channel took it; null while that is not known."""
    answer: str
    """What the channel's server answered, without addresses and numbers."""
    status: LetterStatus
    """What became of it, as far as a server reported it."""
    status_reason: str
    """What was reported, without addresses and numbers."""
    status_at: Instant | None
    """When that happened."""


class NoticeDetail(NoticeView):
    """A notice with its letters: one for each channel that was tried, oldest first."""

    order: str
    """Our id of the order."""
    letters: tuple[LetterView, ...]
    """The letters as they were sent."""


class Explanation(Frozen):
    """Why the order stands as it does: its frozen terms, what it waits for, and everything decided so far."""

    terms: Terms
    """The order's frozen terms; of a what-if, those that it would have."""
    rules_version: int
    """The version of the rules by which the order is run."""
    waits: tuple[NextAction, ...]
    """What the order waits for, soonest first."""
    decisions: tuple[AuditEntry, ...]
    """What was decided so far, oldest first."""
    returnable: tuple[ReturnableLine, ...] = ()
    """Per line, what could come back now, or every reason why nothing can: what a customer's quote is refused for."""


class AuditListEntry(AuditEntry):
    """A line of the merchant's audit."""

    order: str
    """Our id of the order; empty where the line is about none."""
    amount: Money | None = None
    """The sum that the line is about, with its currency; null where it is about none."""


@dataclass(frozen=True)
class OrderHistory:
    """Reads of the audit and of the outbox, opened for the reader."""

    orders: OrderReader
    audit: AuditLog
    outbox: Outbox
    letters: Letters
    vault: Vault
    names: KeyNames
    clocks: Clocks
    brandings: Brandings

    async def audit_lines(
        self,
        merchant: str,
        page: PageRequest,
        order: FoundOrder | None = None,
        wanted: AuditFilter | None = None,
    ) -> Page[AuditListEntry]:
        """Audit lines, the oldest first unless wanted otherwise, of one order or of the whole merchant. Raises BadCursor."""
        of = order.id if order else None
        found = await self.audit.page(merchant, limit=page.limit, cursor=page.cursor, order=of, wanted=wanted)
        names = await self.names.of(merchant, {row.name for row in found.items})
        of_orders = await self.orders.orders.currencies(merchant, {row.order for row in found.items})
        lines = []
        for row in found.items:
            fields = await self._fields(row, names)
            amount = amount_in(fields["details"], of_orders.get(row.order, ""))
            lines.append(AuditListEntry(order=row.order, amount=amount, **fields))
        return Page(lines, found.next)

    async def _fields(self, row: AuditRow, names: Mapping[str, str]) -> dict[str, Any]:
        """The line with its details; free text that people wrote is opened, and a key has its name."""
        details = json.loads(row.details)
        for name in _TEXTS & details.keys():
            details[name] = await open_text(self.vault, details[name])
        fields = row.model_dump(include=set(AuditEntry.model_fields))
        return {**fields, "name": names.get(row.name, row.name), "details": details}

    async def explain(self, order: FoundOrder, terms: Terms | None = None) -> Explanation:
        """Why the order stands as it does, and what happens next by itself. `terms`: what could come back by others."""
        state = (await self.orders.state(order)).state
        waits = sorted(agenda.scheduled_actions(state), key=lambda wait: wait.at)
        decisions = await self.audit_lines(order.merchant, PageRequest(limit=100), order)
        return Explanation(
            terms=terms or state.terms,
            rules_version=state.rules_version,
            waits=tuple(
                NextAction(action=w.action.kind, reason=w.reason, owner=w.owner, at=w.at) for w in waits
            ),
            decisions=tuple(decisions.items),
            returnable=returnable(
                state.model_copy(update={"terms": terms or state.terms}),
                await self.clocks.business_now(order.merchant),
            ).lines,
        )

    async def notices(self, order: FoundOrder, *, with_text: bool) -> list[NoticeView]:
        """The order's notices in the order in which they were written. `with_text`: also what the messages said."""
        rows = await self.outbox.of_order(order.merchant, order.id)
        kept = await self._letters(order.merchant, rows)
        return [_notice(row, kept[row.key], with_text=with_text) for row in rows]

    async def notice(self, merchant: str, number: int) -> NoticeDetail | None:
        """One notice with its letters as they were sent; None when the merchant has no such."""
        row = await self.outbox.find(merchant, number)
        if row is None:
            return None
        letters = (await self._letters(merchant, [row]))[row.key]
        view = _notice(row, letters, with_text=True)
        found = await self.brandings.of(merchant)
        logo = logo_address(found[1]) if found else ""
        return NoticeDetail(
            **view.model_dump(), order=row.order, letters=tuple(_letter(letter, logo) for letter in letters)
        )

    async def _letters(self, merchant: str, rows: Sequence[OutboxRow]) -> dict[str, list[Letter]]:
        """The letters of each notice by its key. Their links do not work, but for a sandbox merchant's, who has no customers."""
        kept = await self.letters.of_notices(merchant, rows)
        if await self.clocks.get(merchant) is not None:
            return kept
        return {key: [*map(with_masked_links, letters)] for key, letters in kept.items()}


def _letter(letter: Letter, logo: str) -> LetterView:
    return LetterView.model_validate(
        {name: getattr(letter, name) for name in LetterView.model_fields if hasattr(letter, name)}
        | {
            "message": letter.message_id,
            "html": letter.whole_html(logo),
            "status": letter_status(letter.status, letter.accepted_at),
        }
    )


def _notice(row: OutboxRow, letters: Sequence[Letter], *, with_text: bool) -> NoticeView:
    notice = Notice.model_validate_json(row.notice)
    assert row.id is not None
    left = [one for one in letters if row.sent_at and one.message_id == channel_message_id(row)]
    message = left[0] if left and with_text else None
    reported = left[0] if left and left[0].status in ("bounced", "complained") else None
    return NoticeView(
        id=row.id,
        key=row.key,
        kind=row.kind,
        subject=notice.subject,
        status=reported.status if reported else row.status,
        reason=reported.status_reason if reported else row.reason,
        sent_at=row.sent_at,
        held_until=row.held_until if row.status == "held" else None,
        channel=row.channel or None,
        message=channel_message_id(row) if row.sent_at else None,
        details={name: value for name, value in notice.details.items() if name != "text"},
        subject_line=message.subject if message else None,
        text=message.text if message else None,
    )
