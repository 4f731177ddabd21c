"""The message templates of the deployment, loaded and checked once, so that a broken one is reported at the start.

Every letter and page is rendered once for the check where a folder adds to ours. Ours alone are checked by the tests, and by
`smot doctor`.
"""

from functools import cache
from pathlib import Path

from adapters.messages.preflight import preflight
from adapters.messages.renderer import TemplateRenderer
from adapters.pages.renderer import TemplatePages
from adapters.pages.samples import preflight_pages
from ports.messages import RenderError
from runtime.errors import StartupError


@cache
def make_renderer(folder: Path | None) -> TemplateRenderer:
    """The renderer of the templates in the folder, or of our own. Raises StartupError for a template or catalogue that fails."""
    try:
        if folder is not None and not folder.is_dir():
            raise RenderError(f"there is no folder {folder}")
        renderer = TemplateRenderer(*([folder] if folder else []))
        if folder is not None:
            preflight(renderer)
    except RenderError as problem:
        raise StartupError(f"messages to customers cannot be rendered: {problem}") from problem
    return renderer


@cache
def make_pages(folder: Path | None) -> TemplatePages:
    """The customers' pages in the same languages. Raises StartupError for a catalogue that lacks one of their sentences."""
    make_renderer(folder)  # whose check of the folder and of the catalogues comes first
    try:
        pages = TemplatePages(*([folder] if folder else []))
        if folder is not None:
            preflight_pages(pages)
    except RenderError as problem:
        raise StartupError(f"customers' pages cannot be rendered: {problem}") from problem
    return pages
