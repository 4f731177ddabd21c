"""The letters of this deployment: read, compiled and rehearsed once, so that what is broken is found at the start."""

from functools import cache
from pathlib import Path

from adapters.messages.preflight import preflight
from adapters.messages.renderer import TemplateRenderer
from ports.messages import RenderError
from runtime.errors import StartupError


@cache
def make_renderer(folder: Path | None) -> TemplateRenderer:
    """Raises StartupError, in one sentence, for a template or a catalogue that could fail when a notice is due."""
    try:
        if folder is not None and not folder.is_dir():
            raise RenderError(f"there is no folder {folder}")
        letters = TemplateRenderer(*([folder] if folder else []))
        preflight(letters)
    except RenderError as problem:
        raise StartupError(f"letters to customers cannot be written: {problem}") from problem
    return letters
