"""Order statuses as they were sent, each valid as long as its order has not changed."""

from api.http.encoded import EncodedJson
from domain.journey.order_view import OrderView
from services.order_reader import SnapshotVersion

MAX_STATUSES = 1024  # of some kilobytes each; the least recently used one is dropped first


class StatusCache:
    """By our id of the order. A status holds only what is in the snapshot, so the snapshot's version decides.

    The caller checks before, for every request, the right to see the order and the order's version.
    """

    def __init__(self, max_entries: int = MAX_STATUSES) -> None:
        self._max_entries = max_entries
        self._entries: dict[str, tuple[SnapshotVersion, EncodedJson[OrderView]]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, order: str, version: SnapshotVersion) -> EncodedJson[OrderView] | None:
        """What was sent for that version; None for any other version."""
        entry = self._entries.pop(order, None)
        if entry is None:
            return None
        self._entries[order] = entry  # now the most recently used one
        return entry[1] if entry[0] == version else None

    def put(self, order: str, version: SnapshotVersion, status: EncodedJson[OrderView]) -> None:
        self._entries.pop(order, None)
        self._entries[order] = (version, status)
        if len(self._entries) > self._max_entries:
            del self._entries[next(iter(self._entries))]
