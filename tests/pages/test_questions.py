"""Every kind of question and every default has its words on pages, in every language."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
from aiohttp.test_utils import make_mocked_request

from domain.model.attention import AttentionDefault, AttentionKind
from domain.money import Money
from pages.web.rendering import screen_renderer
from pages.web.visit import Visit

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de", "zh_Hans"])
def test_every_question_has_words(language: str) -> None:
    renderer = screen_renderer()
    request = make_mocked_request("GET", "/embed/order")
    visit = Visit(request, cast("Any", None), renderer, locale=language.replace("_", "-"), zone="UTC")
    defaults = get_args(AttentionDefault)
    questions = [
        SimpleNamespace(kind=kind, default=defaults[number % len(defaults)], due=AT)
        for number, kind in enumerate(get_args(AttentionKind))
    ]
    nothing = Money(minor=0, currency="GBP")
    order = SimpleNamespace(
        console="/agents/orders/o", number="1", customer_name="Ada", placed_at=AT, captured=nothing, refunded=nothing,
        parcels=(), returns=(), attention=questions,
    )  # fmt: skip
    html = renderer.html_in(language, visit, "embed/panel.html", {"orders": [order]})
    assert html.count('class="chip') == len(questions)
