"""Cached statuses: each only for its own version, and a bounded number of them."""

from datetime import timedelta

from api.http.encoded import EncodedJson
from api.status_cache import StatusCache
from domain.journey.order_view import OrderView
from store.orders.versions import SnapshotVersion
from tests.builders import PLACED

V1 = SnapshotVersion(1, "a", PLACED)


def encoded_view(text: str) -> EncodedJson[OrderView]:
    return EncodedJson(text.encode())


def test_a_status_is_good_for_its_version_only() -> None:
    held = StatusCache()
    held.put("ord_1", V1, encoded_view("first"))
    assert held.get("ord_1", V1) == encoded_view("first")
    for moved in (
        SnapshotVersion(2, "a", PLACED),
        SnapshotVersion(1, "b", PLACED),
        SnapshotVersion(1, "a", PLACED + timedelta(1)),
    ):
        assert held.get("ord_1", moved) is None
    assert held.get("ord_2", V1) is None
    held.put("ord_1", SnapshotVersion(2, "a", PLACED), encoded_view("second"))
    assert held.get("ord_1", V1) is None
    assert held.get("ord_1", SnapshotVersion(2, "a", PLACED)) == encoded_view("second")
    assert len(held) == 1


def test_the_least_recently_used_is_evicted_first() -> None:
    held = StatusCache(max_entries=2)
    held.put("ord_1", V1, encoded_view("1"))
    held.put("ord_2", V1, encoded_view("2"))
    assert held.get("ord_1", V1) == encoded_view("1")
    held.put("ord_3", V1, encoded_view("3"))
    assert [held.get(f"ord_{number}", V1) for number in (1, 2, 3)] == [
        encoded_view("1"),
        None,
        encoded_view("3"),
    ]
