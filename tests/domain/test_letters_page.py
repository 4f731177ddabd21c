"""docs/letters.md names every kind of notice and every reason for which one is dropped."""

import re
from pathlib import Path
from typing import get_args

from domain.model.notice import NoticeKind
from domain.notifications.current_notice import TRUTHS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/letters.md").read_text()


def test_the_page_has_every_kind_and_every_kind_is_judged() -> None:
    kinds = {kind for kind in get_args(NoticeKind) if kind != "digest"}  # a digest is made as it leaves
    assert kinds == set(TRUTHS)
    assert {kind for kind in kinds if f"`{kind}`" not in PAGE} == set()


def test_the_page_has_every_reason_for_which_a_letter_is_dropped() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "domain/notifications").glob("*_truth.py"))
    reasons = set(re.findall(r'Stale\(reason="(\w+)"', sources))
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()
