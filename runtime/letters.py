"""The letters of this deployment: read, compiled and rehearsed once, so that what is broken is found at the start."""

from functools import cache
from pathlib import Path

from adapters.letters.letters import Letters
from adapters.letters.rehearsal import rehearse
from ports.letters import BrokenLetter
from runtime.refusal import CannotRun


@cache
def make_letters(folder: Path | None) -> Letters:
    """Raises CannotRun, in one sentence, for a template or a catalogue that could fail when a notice is due."""
    try:
        if folder is not None and not folder.is_dir():
            raise BrokenLetter(f"there is no folder {folder}")
        letters = Letters(*([folder] if folder else []))
        rehearse(letters)
    except BrokenLetter as problem:
        raise CannotRun(f"letters to customers cannot be written: {problem}") from problem
    return letters
