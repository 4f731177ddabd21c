"""Statuses that are held: each only for its own version, and not too many of them."""

from datetime import timedelta

from api.drawn import Drawn
from api.statuses import Statuses
from domain.views import OrderView
from store.standings import Version
from tests.builders import PLACED

V1 = Version(1, "a", PLACED)


def drawn(text: str) -> Drawn[OrderView]:
    return Drawn(text.encode())


def test_a_status_is_good_for_its_version_only() -> None:
    held = Statuses()
    held.keep("ord_1", V1, drawn("first"))
    assert held.at("ord_1", V1) == drawn("first")
    for moved in (Version(2, "a", PLACED), Version(1, "b", PLACED), Version(1, "a", PLACED + timedelta(1))):
        assert held.at("ord_1", moved) is None
    assert held.at("ord_2", V1) is None
    held.keep("ord_1", Version(2, "a", PLACED), drawn("second"))
    assert held.at("ord_1", V1) is None
    assert held.at("ord_1", Version(2, "a", PLACED)) == drawn("second")
    assert len(held) == 1


def test_the_one_that_was_asked_for_the_longest_ago_goes_first() -> None:
    held = Statuses(most=2)
    held.keep("ord_1", V1, drawn("1"))
    held.keep("ord_2", V1, drawn("2"))
    assert held.at("ord_1", V1) == drawn("1")
    held.keep("ord_3", V1, drawn("3"))
    assert [held.at(f"ord_{number}", V1) for number in (1, 2, 3)] == [drawn("1"), None, drawn("3")]
