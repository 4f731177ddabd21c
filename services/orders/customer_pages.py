"""The page of an order for its customer: the order as it stands, and the letters that were sent about it."""

from dataclasses import dataclass

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.customer_page.page import CustomerPage, customer_page
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader
from services.orders.masked_links import with_masked_links
from store.merchants.clock import Clocks
from store.notifications.brands import Brands
from store.notifications.languages import CustomerLanguages
from store.notifications.letters import Letter, Letters
from store.notifications.outbox import Outbox
from store.privacy.vault import ERASED
from store.tables.all import OutboxRow

MAX_LETTERS = 100  # of one order, the newest
_WAITING = ("queued", "held")
_PRIVATE = ("order_link",)  # it opens the order: who reads it later needs none


class PageLetter(Frozen):
    """A letter that was sent about the order."""

    letter: int
    """Its number, for `GET /v1/orders/{order}/letters/{letter}`."""
    kind: str
    """What it reports."""
    sent_at: Instant
    """When it left."""
    channel: str
    """By which channel."""


class OrderPage(CustomerPage):
    """The page of an order."""

    shop: str
    """The shop's name, as its customers know it."""
    letters: tuple[PageLetter, ...]
    """The letters that were sent about it, the newest first."""


class SentLetter(Frozen):
    """A letter as it was sent, or one that waits. Its links end in `…` and do not work."""

    letter: int
    """Its number."""
    subject: str
    """The subject line; empty while it waits, as it is written when it leaves."""
    text: str
    """The text; empty while it waits."""
    sent_at: Instant | None
    """When it left; null while it waits. One that is no longer true by then never leaves."""


@dataclass(frozen=True)
class CustomerPages:
    """Reads for the page. Nothing of it changes anything."""

    orders: OrderReader
    outbox: Outbox
    letters: Letters
    brands: Brands
    clocks: Clocks
    languages: CustomerLanguages

    async def page(self, order: FoundOrder, parcel: str = "") -> OrderPage:
        """parcel: the package that it is about; by default the one that comes next."""
        state = (await self.orders.state(order)).state
        now = await self.clocks.business_now(order.merchant)
        page = await self._opened(customer_page(state, now, parcel))
        rows = [row for row in await self.outbox.of_order(order.merchant, order.id) if _is_shown(row)]
        chosen = await self.languages.of(order.merchant, order.customer)
        return OrderPage(
            **{**dict(page), "locale": chosen or page.locale},
            shop=await self.brands.of(order.merchant),
            letters=tuple(map(_letter, reversed(rows[-MAX_LETTERS:]))),
        )

    async def _opened(self, page: CustomerPage) -> CustomerPage:
        """With what people of the shop wrote to the customer in clear."""
        details = await self.orders.opened(page.details)
        timeline = [
            one.model_copy(update={"text": await open_text(self.orders.vault, one.text)}) if one.text else one
            for one in page.timeline
        ]
        return page.model_copy(update={"details": details, "timeline": tuple(timeline)})

    async def sent_letters(self, order: FoundOrder) -> list[SentLetter]:
        """All letters that were sent about it, the newest first; none of an erased customer."""
        rows = [row for row in await self.outbox.of_order(order.merchant, order.id) if _is_shown(row)]
        rows = rows[-MAX_LETTERS:]
        kept = await self.letters.of_notices(order.merchant, rows)
        found = (_sent(row, kept[row.key]) for row in reversed(rows))
        return [letter for letter in found if letter is not None]

    async def letter(self, order: FoundOrder, number: int) -> SentLetter | None:
        """One of the letters, also one that waits; None where the order has no such, or its customer was erased."""
        row = await self.outbox.find(order.merchant, number)
        if row is None or row.order != order.id or row.kind in _PRIVATE:
            return None
        if row.status in _WAITING:
            return SentLetter(letter=number, subject="", text="", sent_at=None)
        if not _is_shown(row):
            return None
        kept = (await self.letters.of_notices(order.merchant, [row]))[row.key]
        return _sent(row, kept)


def _is_shown(row: OutboxRow) -> bool:
    return row.status == "sent" and row.sent_at is not None and row.kind not in _PRIVATE


def _letter(row: OutboxRow) -> PageLetter:
    assert row.id is not None
    assert row.sent_at is not None
    return PageLetter(letter=row.id, kind=row.kind, sent_at=row.sent_at, channel=row.channel)


def _that_left(row: OutboxRow, kept: list[Letter]) -> Letter | None:
    """The last one that a channel took."""
    taken = [one for one in kept if one.accepted_at is not None]
    return next((one for one in reversed(taken) if one.channel == row.channel), None)


def _sent(row: OutboxRow, kept: list[Letter]) -> SentLetter | None:
    found = _that_left(row, kept)
    if found is None or found.text == ERASED or row.sent_at is None or row.id is None:
        return None
    masked = with_masked_links(found)
    return SentLetter(letter=row.id, subject=masked.subject, text=masked.text, sent_at=row.sent_at)
