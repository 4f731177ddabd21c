"""Statuses as they were sent, each good for as long as its order does not move: then they need not be worked out again."""

from api.encoded import EncodedJson
from domain.journey.order_view import OrderView
from services.order_reader import SnapshotVersion

MAX_STATUSES = (
    1024  # statuses held, of some kilobytes each; the one that was asked for the longest ago goes first
)


class StatusCache:
    """By our id of the order. A status says nothing but what is in the snapshot, so the snapshot's version tells all.

    Nobody is served from here whose right to see the order, and the order's version, were not looked up just now.
    """

    def __init__(self, max_entries: int = MAX_STATUSES) -> None:
        self._max_entries = max_entries
        self._entries: dict[str, tuple[SnapshotVersion, EncodedJson[OrderView]]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, order: str, version: SnapshotVersion) -> EncodedJson[OrderView] | None:
        """What was sent of that version."""
        known = self._entries.pop(order, None)
        if known is None:
            return None
        self._entries[order] = known  # the youngest again
        return known[1] if known[0] == version else None

    def put(self, order: str, version: SnapshotVersion, status: EncodedJson[OrderView]) -> None:
        self._entries.pop(order, None)
        self._entries[order] = (version, status)
        if len(self._entries) > self._max_entries:
            del self._entries[next(iter(self._entries))]
