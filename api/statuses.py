"""Statuses as they were sent, each good for as long as its order does not move: then they need not be worked out again."""

from api.drawn import Drawn
from domain.views import OrderView
from store.standings import Version

MOST = 1024  # statuses held, of some kilobytes each; the one that was asked for the longest ago goes first


class Statuses:
    """By our id of the order. A status says nothing but what is in the snapshot, so the snapshot's version tells all.

    Nobody is served from here whose right to see the order, and the order's version, were not looked up just now.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, tuple[Version, Drawn[OrderView]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def at(self, order: str, version: Version) -> Drawn[OrderView] | None:
        """What was sent of that version."""
        known = self._known.pop(order, None)
        if known is None:
            return None
        self._known[order] = known  # the youngest again
        return known[1] if known[0] == version else None

    def keep(self, order: str, version: Version, status: Drawn[OrderView]) -> None:
        self._known.pop(order, None)
        self._known[order] = (version, status)
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]
