"""The log of webhook deliveries that merchants see."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from domain.webhooks.events import EventType
from store.engine.database import Database
from store.engine.paging import Page, number_cursor, page_of, parse_number_cursor
from store.tables.all import WebhookDeliveryRow, WebhookEventRow
from store.webhooks.deliveries import ClaimedDelivery, Status


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries to list: those that fulfil all that is given. `order`: our id; `type`: of the event."""

    status: Status | None = None
    order: str | None = None
    type: EventType | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = {
            col(WebhookDeliveryRow.status): self.status,
            col(WebhookDeliveryRow.order): self.order,
            col(WebhookEventRow.type): self.type,
        }
        return [column == wanted for column, wanted in columns.items() if wanted is not None]


class DeliveryLog:
    """Deliveries of one endpoint. The caller has checked whose endpoint it is."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self, endpoint: str, wanted: DeliveryFilter, *, limit: int, cursor: str | None = None
    ) -> Page[ClaimedDelivery]:
        """Newest events first. Raises BadCursor."""
        found = select(WebhookDeliveryRow, WebhookEventRow).join(
            WebhookEventRow, col(WebhookEventRow.id) == col(WebhookDeliveryRow.event)
        )
        found = found.where(WebhookDeliveryRow.endpoint == endpoint, *wanted.conditions())
        if cursor is not None:
            found = found.where(col(WebhookDeliveryRow.event) < parse_number_cursor(cursor))
        found = found.order_by(col(WebhookDeliveryRow.event).desc()).limit(limit + 1)
        async with self._db.read_one() as session:
            rows = [ClaimedDelivery(row, event) for row, event in (await session.exec(found)).all()]
        return page_of(rows, limit, lambda one: number_cursor(one.row.event))
