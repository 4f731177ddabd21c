"""Customers' pages: every page in every language of ours. A start checks only those of an operator's own folder."""

from adapters.pages.renderer import TemplatePages
from adapters.pages.samples import preflight_pages, sample_answer_pages, sample_code_pages


def test_every_page_of_ours_can_be_rendered_in_every_language() -> None:
    pages = TemplatePages()
    each = len(list(sample_answer_pages())) + len(list(sample_code_pages())) + 2
    assert preflight_pages(pages) == each * len(pages.locales)
