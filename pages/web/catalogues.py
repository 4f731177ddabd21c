"""The sentences of all screens in all languages: one catalogue for each language, joined from the folders of the screens."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from adapters.messages.catalogues import SOURCE, Catalogue, read_catalogues

PAGES: Final = Path(__file__).parents[1]
FOLDER: Final = "words"  # of a screen; it has `de.po` and `zh_Hans.po`
# A language in its own name, as readers choose it.
NAMES: Final = {"en": "English", "de": "Deutsch", "zh-Hans": "简体中文"}


def join_catalogues(root: Path = PAGES) -> dict[str, Catalogue]:
    """By name (`zh_Hans`). Raises RenderError naming a file that is wrong."""
    joined: dict[str, Catalogue] = {}
    for folder in sorted(root.glob(f"*/{FOLDER}")):
        for name, found in read_catalogues([folder]).items():
            known = joined.get(name, found)
            singles, plurals = {**known.singles, **found.singles}, {**known.plurals, **found.plurals}
            joined[name] = replace(found, singles=singles, plurals=plurals)
    joined.setdefault(SOURCE, Catalogue(SOURCE, {}, {}, lambda count: int(count != 1), " "))
    return joined
