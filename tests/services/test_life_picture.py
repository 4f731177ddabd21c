"""The picture of an order's life: well-formed, safe whatever the texts hold, solid for the past and hollow for plans."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from services.orders.life_picture import LifeEvent, OrderLife, draw_life
from tests.life_picture import PICTURE, picture

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOW = START + timedelta(days=3)
SVG = "{http://www.w3.org/2000/svg}"


def life(*events: LifeEvent, title: str = "Order 1", due: datetime | None = None) -> OrderLife:
    return OrderLife(title, events, NOW, due)


def drawn(document: str) -> list[tuple[str, int, bool]]:
    """Label, height and whether its mark is hollow, of each event."""
    events = []
    for group in ElementTree.fromstring(document).iter(f"{SVG}g"):
        circle, text = group.find(f"{SVG}circle"), group.find(f"{SVG}text")
        assert circle is not None
        assert text is not None
        hollow = " o" in circle.attrib["class"]
        events.append((text.text or "", int(circle.attrib["cy"]), hollow))
    return events


def test_what_happened_is_solid_and_what_is_planned_is_hollow_and_below_now() -> None:
    shown = drawn(
        draw_life(
            life(
                LifeEvent(NOW + timedelta(days=9), "smot", "close", planned=True),
                LifeEvent(START, "shop", "order placed"),
                LifeEvent(START + timedelta(hours=1), "carrier", "in transit"),
            )
        )
    )
    assert [(label, hollow) for label, _, hollow in shown] == [
        ("order placed", False), ("in transit", False), ("close", True)
    ]  # fmt: skip
    assert [y for _, y, _ in shown] == sorted({y for _, y, _ in shown})


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a\x00b\x1b[31m\ud800", "]]>&\"'", "x" * 10_000, "訂單 ✓ \u202e"]
)
def test_any_text_is_escaped(text: str) -> None:
    document = draw_life(life(LifeEvent(START, "customer", text, text), title=text))
    document.encode()
    root = ElementTree.fromstring(document)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "title", "desc", "style", "text", "line", "g", "circle", "path"
    }  # fmt: skip
    for label in root.iter(f"{SVG}text"):
        assert len(label.text or "") <= 90


def test_a_reader_of_screens_gets_each_event_in_a_sentence() -> None:
    document = draw_life(
        life(LifeEvent(START, "smot", "delayed", "notice: delayed (p1)", reaches="customer"))
    )
    assert 'aria-label="02 March 2026 08:00 UTC, smot, notice: delayed (p1)"' in document
    assert '<title id="t">Order 1</title>' in document
    assert "1 events that happened, 0 that are planned" in document


def test_long_pauses_are_longer_and_named_and_still_fit() -> None:
    pauses = [timedelta(minutes=1), timedelta(hours=12), timedelta(days=3), timedelta(days=300)]
    lengths = []
    for pause in pauses:
        document = draw_life(life(LifeEvent(NOW - pause, "shop", "a"), LifeEvent(NOW, "shop", "b")))
        [(_, first, _), (_, second, _)] = drawn(document)
        lengths.append(second - first)
    assert lengths == sorted(lengths)
    assert lengths[-1] < 100
    assert "⋮ 300 days" in document


def test_a_picture_without_events_is_one() -> None:
    assert drawn(draw_life(life(due=START))) == []


def test_the_colours_follow_the_reader_and_nothing_comes_from_outside() -> None:
    document = picture()
    assert "prefers-color-scheme:dark" in document
    assert not re.search(r"(href|src|url\()", document)
    assert document.count("http") == 1, "the namespace only"


def test_the_picture_of_the_readme_is_fresh() -> None:
    assert PICTURE.read_text() == picture(), "run: python -m tests.life_picture"
