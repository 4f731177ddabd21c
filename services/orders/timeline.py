"""One order's timeline: scans, notices, decisions, money, returns, notes and replies, in one shape, by the time of each fact."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain import keys
from domain.base import Frozen
from domain.clock import Instant
from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.scan import Scan
from domain.model.state import JourneyState
from services.key_names import KeyNames
from services.opened_texts import open_text
from services.order_reader import FoundOrder, OrderReader
from services.orders.payment_facts import PaymentFact, PaymentFacts
from services.paging import Page, PageRequest
from store.audit import AuditLog
from store.engine.paging import cursor_of, page_of, parse_cursor
from store.notifications.outbox import Outbox
from store.privacy.vault import Vault
from store.tables.all import AuditRow, OutboxRow

TimelineKind = Literal["scan", "notice", "decision", "money", "return", "note", "reply", "message"]
MAX_AUDIT_LINES = 5000  # of one order, the newest: an order has some hundreds
_SCANNED = "parcel_scanned"
_PERSONAL: frozenset[TimelineKind] = frozenset({"message", "reply", "note", "notice"})
_TEXTS = ("text", "override_reason", "reason")  # details that people wrote
_KINDS: Mapping[str, TimelineKind] = {
    "note": "note", "reply_sent": "reply", "message_received": "message", _SCANNED: "scan",
    "external_refund": "money", "goodwill_issued": "money",
    "claw_back_opened": "money", "claw_back_collected": "money", "claw_back_paid": "money", "claw_back_closed": "money",
    "goods_received": "return", "goods_disposed": "return", "goods_arrived": "return",
    "goods_unscanned": "return", "goods_dropped_off": "return", "goods_sent": "return", "goods_written_off": "return",
    "unexpected_goods": "return",
}  # fmt: skip


class TimelineEntry(Frozen):
    """One fact about an order."""

    at: Instant
    """When it happened: of a scan the carrier's own time, of a letter when it left, else the business time."""
    recorded_at: Instant | None
    """When it became known here, in business time; null where that was not kept."""
    kind: TimelineKind
    """What kind of fact it is."""
    action: str
    """What happened: the code of the action, the status of the scan, or the kind of the notice."""
    subject: str
    """The parcel, return, payment or question that it is about, or the order."""
    status: str | None
    """Of a notice, how far it is: `queued`, `held`, `sent`, `dropped` or `dead`."""
    role: str | None
    """The role of who did it; null where nobody of the shop or its customers did."""
    name: str | None
    """Who did it: the name of their key, or its id where it has none."""
    text: str | None
    """What a person wrote: a note, a reply, the reason of an override, or what a letter told the customer of a refusal."""
    details: dict[str, str | int]
    """The facts of it, by name."""
    payment: PaymentFact | None = None
    """Of a payment to the customer: its sum, where it goes, who decided it, and its reference at the provider."""
    notice: int | None = None
    """Of a notice, its number for `GET /v1/notices/{notice}`, which has the letter as it was sent."""


@dataclass(frozen=True)
class TimelineMark:
    """How far a timeline was read: the numbers of the last audit line and of the last letter that it held."""

    line: int = 0
    letter: int = 0


def without_personal_texts(entry: TimelineEntry) -> TimelineEntry:
    """For readers who do not see the customer: what customer and staff wrote to each other, and notes, are left out."""
    return entry.model_copy(update={"text": None}) if entry.kind in _PERSONAL else entry


@dataclass(frozen=True)
class OrderTimeline:
    """Reads everything that is known of one order, opened for staff."""

    orders: OrderReader
    audit: AuditLog
    outbox: Outbox
    vault: Vault
    names: KeyNames

    async def page(self, order: FoundOrder, page: PageRequest) -> Page[TimelineEntry]:
        """By the time of the fact, the newest last. Raises BadCursor."""
        after = parse_cursor(page.cursor) if page.cursor else None
        known = await self._read(order)
        entries = known.placed()
        later = [one for one in entries if after is None or one[0] > after]
        found = page_of(later[: page.limit + 1], page.limit, lambda one: cursor_of(*one[0]))
        return Page(await self._opened_all(order, known, [entry for _, entry in found.items]), found.next)

    async def newest(self, order: FoundOrder, limit: int) -> tuple[list[TimelineEntry], int]:
        """The newest entries, newest first, opened; and how many there are in all."""
        known = await self._read(order)
        entries = [entry for _, entry in reversed(known.placed())]
        return await self._opened_all(order, known, entries[:limit]), len(entries)

    async def mark(self, order: FoundOrder) -> TimelineMark:
        """How far the timeline goes now."""
        lines = await self.audit.newest(order.merchant, order.id, 1)
        letters = await self.outbox.of_order(order.merchant, order.id)
        return TimelineMark(
            line=max((row.id or 0 for row in lines), default=0),
            letter=max((row.id or 0 for row in letters), default=0),
        )

    async def since(self, order: FoundOrder, mark: TimelineMark) -> list[TimelineEntry]:
        """What became known after that mark, whenever it happened; the newest first, opened."""
        known = await self._read(order)
        return await self._opened_all(
            order, known, [entry for _, entry in reversed(known.after(mark).placed())]
        )

    async def facts(self, order: FoundOrder) -> list[TimelineEntry]:
        """All of them, the newest last; what people wrote stays sealed."""
        return [entry for _, entry in (await self._read(order)).placed()]

    async def _read(self, order: FoundOrder) -> "_KnownFacts":
        return _KnownFacts(
            state=(await self.orders.state(order)).state,
            lines=await self.audit.newest(order.merchant, order.id, MAX_AUDIT_LINES),
            letters=await self.outbox.of_order(order.merchant, order.id),
        )

    async def _opened_all(
        self, order: FoundOrder, known: "_KnownFacts", entries: Sequence[TimelineEntry]
    ) -> list[TimelineEntry]:
        """With what people wrote in clear, with the names of keys, and with what is known of payments."""
        payments = PaymentFacts(known.state, known.lines)
        paid = any(_is_payment(entry) for entry in entries)
        used = {entry.name or "" for entry in entries} | (payments.people() if paid else set())
        names = await self.names.of(order.merchant, used)
        return [
            entry.model_copy(
                update={
                    "text": await open_text(self.vault, entry.text) if entry.text else None,
                    "name": names.get(entry.name, entry.name) if entry.name else None,
                    "payment": payments.of(entry.subject, names) if _is_payment(entry) else None,
                }
            )
            for entry in entries
        ]


_Place = tuple[datetime, str]
_Placed = tuple[_Place, TimelineEntry]


@dataclass(frozen=True)
class _KnownFacts:
    """What was read of one order. known_scans: keys of scans that are left out."""

    state: JourneyState
    lines: Sequence[AuditRow]
    letters: Sequence[OutboxRow]
    known_scans: frozenset[str] = frozenset()

    def after(self, mark: TimelineMark) -> "_KnownFacts":
        """What of it was written after the mark. Of scans that is what a line reports for the first time."""
        before = [row for row in self.lines if (row.id or 0) <= mark.line]
        later = [row for row in self.lines if (row.id or 0) > mark.line]
        letters = [row for row in self.letters if (row.id or 0) > mark.letter]
        every = frozenset(scan.key for parcel in self.state.parcels for scan in parcel.scans)
        reported = _times_of_scans(later).keys() - _times_of_scans(before).keys()
        return replace(self, lines=later, letters=letters, known_scans=every - reported)

    def placed(self) -> list[_Placed]:
        """The entries with their places, the oldest first; what people wrote stays sealed."""
        recorded = _times_of_scans(self.lines)
        entries = [
            *(
                _scan(parcel, scan, recorded.get(scan.key))
                for parcel in self.state.parcels
                for scan in parcel.scans
                if scan.key not in self.known_scans
            ),
            *(_notice(row) for row in self.letters),
            *(_line(row) for row in self.lines if not (row.action == _SCANNED and _scan_keys(row))),
        ]
        return sorted(entries, key=lambda one: one[0])


def _is_payment(entry: TimelineEntry) -> bool:
    return entry.kind == "money" and entry.action.startswith("payment_")


def _scan(parcel: Parcel, scan: Scan, recorded_at: datetime | None) -> _Placed:
    details: dict[str, str | int] = {
        "precision": scan.precision,
        "code": scan.code,
        "location": scan.location,
    }
    if scan.local:
        details["local"] = scan.local
    entry = TimelineEntry(
        at=scan.at,
        recorded_at=recorded_at,
        kind="scan",
        action=scan.status,
        subject=parcel.parcel_id,
        status=None,
        role=None,
        name=None,
        text=None,
        details={name: detail for name, detail in details.items() if detail != ""},
    )
    return (scan.at, keys.timeline_place("scan", parcel.parcel_id, scan.key)), entry


def _notice(row: OutboxRow) -> _Placed:
    notice = Notice.model_validate_json(row.notice)
    at = row.sent_at or notice.at
    details = {name: value for name, value in notice.details.items() if name not in _TEXTS}
    details |= {name: value for name, value in (("why", row.reason), ("channel", row.channel)) if value}
    written = "" if row.kind == "reply" else str(notice.details.get("text", ""))
    entry = TimelineEntry(
        at=at,
        recorded_at=notice.at,
        kind="notice",
        action=row.kind,
        subject=notice.subject,
        status=row.status,
        role=None,
        name=None,
        text=written or None,
        details=details,
        notice=row.id,
    )
    return (at, keys.timeline_place("notice", f"{row.id or 0:012}")), entry


def _line(row: AuditRow) -> _Placed:
    details = json.loads(row.details)
    text = next((str(details[name]) for name in _TEXTS if details.get(name)), None)
    entry = TimelineEntry(
        at=row.at,
        recorded_at=row.at,
        kind=_kind(row.action),
        action=row.action,
        subject=row.subject,
        status=None,
        role=row.role,
        name=row.name or None,
        text=text,
        details={name: detail for name, detail in details.items() if name not in _TEXTS},
    )
    return (row.at, keys.timeline_place("audit", f"{row.id or 0:012}")), entry


def _kind(action: str) -> TimelineKind:
    if action.startswith("payment_"):
        return "money"
    return _KINDS.get(action) or ("return" if action.startswith("return_") else "decision")


def _times_of_scans(lines: Iterable[AuditRow]) -> dict[str, datetime]:
    """By the key of a scan, when it was first reported to us, in business time."""
    times: dict[str, datetime] = {}
    for row in lines:
        if row.action == _SCANNED:
            for key in _scan_keys(row):
                times.setdefault(key, row.at)
    return times


def _scan_keys(row: AuditRow) -> Iterator[str]:
    return filter(None, str(json.loads(row.details).get("scans", "")).split())
