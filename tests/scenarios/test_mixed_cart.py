"""A mixed cart over a simulated month: a parcel, a voucher, a pick-up, a pre-order and an untracked letter (FAULTS kind 1)."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.mixed_cart import lines, on, play_a_month, read_aloud
from tests.scenarios.shop import Shop

UNTRUE = (
    "knows of it", "lost", "no news of your parcel", "pay back", "could not be handed over",
)  # fmt: skip

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


async def test_every_letter_of_a_mixed_cart_is_true(shop: Shop) -> None:
    order = await shop.place(lines=lines())
    view = await shop.view(order)
    assert (view["stage"], view["delivered"]) == ("placed", "some"), "the voucher is there at once"
    await play_a_month(shop, order)
    sent = sorted(
        (one for one in await shop.notices(order) if one["sent_at"]), key=lambda one: str(one["sent_at"])
    )
    if folder := os.environ.get("SMOT_TEST_LETTERS"):
        (Path(folder) / "mixed-cart.txt").write_text("\n---\n\n".join(map(read_aloud, sent)), "utf-8")
    assert [(one["sent_at"], one["kind"], _about(one)) for one in sent] == [
        ("2026-03-05T12:00:00Z", "pickup_ready", "h1"),
        ("2026-03-07T08:00:00Z", "delayed", "p1"),
        ("2026-03-10T12:00:00Z", "pickup_ready", "h1"),
        ("2026-03-28T08:00:00Z", "delayed", "unshipped-2026-03-28"),
    ]
    texts = [f"{one['subject_line']} {one['text']}" for one in sent]
    for text, says in zip(texts, SENTENCES, strict=True):
        assert [sentence for sentence in says if sentence not in text] == [], text
        assert [word for word in UNTRUE if word in text] == [], text


SENTENCES = (
    ("You can collect your order", "What you collect in the shop is ready."),
    ("Your parcel may be late", "We promised a part of your order by 7 March 2026."),
    ("Your order waits for you in the shop", "Please come and collect it."),
    (
        "Your order may be late",
        "We promised a part of your order by 28 March 2026.",
        "It has not left the warehouse yet.",
    ),
)


async def test_after_the_month_nothing_was_paid_and_the_order_ends(shop: Shop) -> None:
    order = await shop.place(lines=lines())
    await play_a_month(shop, order)
    view = await shop.view(order)
    arrived = {line["line_id"]: (line["fulfilment"], line["arrived"]) for line in view["lines"]}
    assert arrived == {
        "mug": ("ship", 1), "voucher": ("digital", 1), "lamp": ("pickup", 1), "book": ("later", 1), "card": ("ship", 1),
    }  # fmt: skip
    assert (view["refunded"]["minor"], view["attention"], view["delivered"]) == (0, [], "some")
    assert [parcel["tracking_number"] is None for parcel in view["parcels"]] == [False, True, False]
    await shop.set_clock(on(5, month=5))
    view = await shop.until(order, lambda view: view["stage"] == "closed")
    assert (view["refunded"]["minor"], view["attention"]) == (0, [])


def _about(notice: dict[str, Any]) -> str:
    return str(notice["subject"])
