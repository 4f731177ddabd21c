"""Pages of a list, as use cases take and give them."""

from dataclasses import dataclass

from store.engine.paging import BadCursor, Page

__all__ = ["BadCursor", "Page", "PageRequest"]


@dataclass(frozen=True)
class PageRequest:
    """At most `limit` items. `cursor`: `next` of the page before; None for the first page."""

    limit: int = 50
    cursor: str | None = None
