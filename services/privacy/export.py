"""Everything that is kept of a person, page by page.

What they are found by, choices, credit, orders, statements of withdrawal, letters, messages.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import JsonValue

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.order_view import order_view
from domain.model.order import Order
from domain.model.search_terms import email_term
from domain.sealed import Sealed
from domain.spellings.search import TextSearch
from ports.web_push import PushDevice, PushDevices
from services.opened_texts import open_text
from services.orders.masked_links import with_masked_links
from services.paging import BadCursor
from services.privacy.persons import PersonFinder, PersonIdentity
from services.withdrawals.statement import WithdrawalStatement
from store.audit import AuditLog
from store.inbox.erasure import KeptBodies
from store.notifications.letters import Letter, Letters
from store.orders.snapshots import SnapshotStore
from store.orders.withdrawals import Withdrawals
from store.privacy.persons import Persons
from store.privacy.vault import ERASED, Vault
from store.tables.all import AuditRow, OrderRow

Section = Literal["person", "choices", "credit", "orders", "statements", "letters", "messages"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
_ORDERS: Final = 10  # of a page
_STATEMENTS: Final = 50  # of withdrawal, that are looked at for a page
_LETTERS: Final = 20
_MESSAGES: Final = 200  # deliveries that are searched for a page
_LINES: Final = 200  # of an order's audit
_MAX_MESSAGE: Final = 64 * 1024  # characters of one that are shown
_MAX_STREAM: Final = 4 * 1024 * 1024


class ExportItem(Frozen):
    """One thing that is kept of a person."""

    section: Section
    """What it is: by what the person is found, a choice, credit, an order, a statement of withdrawal, a letter, or a message of a
    storefront or carrier."""
    title: str
    """What it is called."""
    at: Instant | None
    """When it was, if that is known."""
    data: dict[str, Any]
    """All of it."""


class ExportPage(Frozen):
    """A page of what is kept of a person. A page may be empty and have a next one."""

    items: tuple[ExportItem, ...]
    """What is kept, by section."""
    next: str | None
    """The cursor of the next page; null on the last page."""


@dataclass(frozen=True)
class PersonExport:
    """Reads what is kept of one person, in pages of bounded size."""

    finder: PersonFinder
    persons: Persons
    snapshots: SnapshotStore
    withdrawals: Withdrawals
    audit: AuditLog
    letters: Letters
    devices: PushDevices
    bodies: KeptBodies
    vault: Vault

    async def page(self, merchant: str, identity: PersonIdentity, cursor: str | None) -> ExportPage:
        """Raises BadCursor."""
        section, position = _parsed(cursor)
        customers = await self.finder.customers(merchant, identity)
        person = _Exported(merchant, identity, customers)
        match section:
            case "person":
                items, rest = [_of_person(person)], ""
            case "choices":
                items, rest = await self._choices(person), ""
            case "credit":
                items, rest = await self._credit(person), ""
            case "orders":
                items, rest = await self._orders(person, position)
            case "statements":
                items, rest = await self._statements(person, position)
            case "letters":
                items, rest = await self._letters(person, position)
            case "messages":
                items, rest = await self._messages(person, position)
        return ExportPage(items=tuple(items), next=_next(section, rest))

    async def _choices(self, person: "_Exported") -> list[ExportItem]:
        rows = await self.persons.choices(person.merchant, person.customers)
        names = ("channel", "topic", "allowed", "source")
        languages = await self.persons.languages(person.merchant, person.customers)
        chosen = [
            ExportItem(section="choices", title="language", at=row.at, data={"language": row.language})
            for row in languages
        ]
        choices = [
            ExportItem(
                section="choices",
                title=row.topic,
                at=row.at,
                data={name: getattr(row, name) for name in names},
            )
            for row in rows
        ]
        return (
            chosen
            + choices
            + [
                _of_device(one)
                for name in person.customers
                for one in await self.devices.of(person.merchant, name)
            ]
        )

    async def _credit(self, person: "_Exported") -> list[ExportItem]:
        rows = await self.persons.credit(person.merchant, person.customers)
        names = ("order", "part", "currency", "granted", "remaining")
        return [
            ExportItem(
                section="credit",
                title=row.part,
                at=row.granted_at,
                data={name: getattr(row, name) for name in names},
            )
            for row in rows
        ]

    async def _orders(self, person: "_Exported", after: str) -> tuple[list[ExportItem], str]:
        rows = await self.persons.orders(person.merchant, person.customers, after, _ORDERS)
        items = []
        for row in rows:
            found = await self.snapshots.snapshot(row.merchant, row.id)
            assert found is not None, "an order is written together with its first snapshot"
            view: Any = order_view(found.state, found.as_of).model_dump(mode="json")
            lines = await self.audit.newest(row.merchant, row.id, _LINES)
            data = {
                "customer": await self._customer(row),
                "order": view,
                "audit": [await self._line(line) for line in lines],
            }
            items.append(ExportItem(section="orders", title=row.order_id, at=row.placed_at, data=data))
        return items, rows[-1].id if len(rows) == _ORDERS else ""

    async def _customer(self, row: OrderRow) -> JsonValue:
        sealed = Order.model_validate_json(row.body).customer
        found = {"name": sealed.name, "email": sealed.email, "phone": sealed.phone}
        return {name: await self.vault.open(text) for name, text in found.items() if text is not None}

    async def _line(self, row: AuditRow) -> JsonValue:
        details = {
            name: await open_text(self.vault, value) if isinstance(value, str) else value
            for name, value in json.loads(row.details).items()
        }
        return {"at": row.at.isoformat(), "role": row.role, "action": row.action, "details": details}

    async def _statements(self, person: "_Exported", after: str) -> tuple[list[ExportItem], str]:
        """Those about the person's orders, and those with their address whose order is not known."""
        orders = await self.persons.orders(person.merchant, person.customers, limit=1_000)
        theirs, email = {one.id for one in orders}, person.identity.email
        rows = await self.withdrawals.of_orders(person.merchant, theirs, after, _STATEMENTS)
        texts = await self.vault.open_all([Sealed.model_validate_json(row.sealed) for row in rows])
        items = []
        for row, text in zip(rows, texts, strict=True):
            if text != ERASED:
                stated = WithdrawalStatement.model_validate_json(text)
                if row.order in theirs or (email and email_term(stated.email) == email_term(email)):
                    data = {**stated.model_dump(mode="json"), "order": row.order, "outcome": row.outcome}
                    items.append(
                        ExportItem(section="statements", title=row.id, at=row.received_at, data=data)
                    )
        return items, rows[-1].id if len(rows) == _STATEMENTS else ""

    async def _letters(self, person: "_Exported", after: str) -> tuple[list[ExportItem], str]:
        page = await self.letters.page_of_customers(person.merchant, person.customers, after, _LETTERS)
        items = [
            ExportItem(section="letters", title=one.subject, at=one.at, data=_of_letter(one))
            for one in map(with_masked_links, page)
        ]
        return items, page[-1].message_id if len(page) == _LETTERS else ""

    async def _messages(self, person: "_Exported", after: str) -> tuple[list[ExportItem], str]:
        texts = await self.finder.texts(person.merchant, person.identity, person.customers)
        search = TextSearch(texts, _MAX_STREAM)
        page = await self.bodies.page((person.merchant,), int(after or 0), _MESSAGES)
        about = [one for one in page if await asyncio.to_thread(search.finds_any, one.body)]
        items = [
            ExportItem(
                section="messages", title=one.source, at=one.at,
                data={"body": one.body.decode(errors="replace")[:_MAX_MESSAGE]},
            )
            for one in about
        ]  # fmt: skip
        return items, str(page[-1].row) if len(page) == _MESSAGES else ""


@dataclass(frozen=True)
class _Exported:
    merchant: str
    identity: PersonIdentity
    customers: Sequence[str]


def _of_person(person: _Exported) -> ExportItem:
    data: dict[str, JsonValue] = {
        "found_by": person.identity.model_dump(mode="json"),
        "customers": [*person.customers],
    }
    return ExportItem(section="person", title="", at=None, data=data)


def _of_device(one: PushDevice) -> ExportItem:
    """Its keys read messages for everyone who has them, so they are left out."""
    data: dict[str, JsonValue] = {"channel": "push", "endpoint": one.endpoint}
    return ExportItem(section="choices", title="device", at=None, data=data)


def _of_letter(one: Letter) -> dict[str, JsonValue]:
    """Its links open the order for everyone who has them, so they are masked."""
    return {"to": one.to, "channel": one.channel, "subject": one.subject, "text": one.text}


def _parsed(cursor: str | None) -> tuple[Section, str]:
    """The section and where it goes on. Raises BadCursor."""
    if cursor is None:
        return SECTIONS[0], ""
    name, _, position = cursor.partition(":")
    for section in SECTIONS:
        if section == name and len(position) <= 200 and position.isprintable():
            if section == "messages" and not (position or "0").isdecimal():
                break
            return section, position
    raise BadCursor(cursor)


def _next(section: Section, rest: str) -> str | None:
    if rest:
        return f"{section}:{rest}"
    following = SECTIONS[SECTIONS.index(section) + 1 :]
    return f"{following[0]}:" if following else None
