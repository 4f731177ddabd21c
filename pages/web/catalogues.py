"""The sentences of all screens in all languages: a screen has its own and those of the design."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from adapters.messages.catalogues import SOURCE, Catalogue, read_catalogues

PAGES: Final = Path(__file__).parents[1]
FOLDER: Final = "words"  # of a screen; it has `de.po` and `zh_Hans.po`
# A language in its own name, as readers choose it.
NAMES: Final = {"en": "English", "de": "Deutsch", "zh-Hans": "简体中文"}


ScreenCatalogues = Mapping[str, Mapping[str, Catalogue]]
_DESIGN: Final = "design"  # whose sentences every screen has
_ENGLISH: Final = Catalogue(SOURCE, {}, {}, lambda count: int(count != 1), " ")


def read_screens(root: Path = PAGES) -> ScreenCatalogues:
    """For each language (`zh_Hans`) the catalogue of each screen, with the design's. Raises RenderError naming a wrong file."""
    found = {folder.parent.name: read_catalogues([folder]) for folder in sorted(root.glob(f"*/{FOLDER}"))}
    shared = found.get(_DESIGN, {})
    return {
        language: {screen: _joined(shared[language], own.get(language)) for screen, own in found.items()}
        for language in shared
    }


def catalogue_of(catalogues: ScreenCatalogues, language: str, screen: str) -> Catalogue:
    """The catalogue of that screen; the design's for a screen without sentences of its own."""
    screens = catalogues.get(language, {})
    return screens.get(screen) or screens.get(_DESIGN) or _ENGLISH


def _joined(shared: Catalogue, own: Catalogue | None) -> Catalogue:
    if own is None:
        return shared
    singles, plurals = {**shared.singles, **own.singles}, {**shared.plurals, **own.plurals}
    return replace(own, singles=singles, plurals=plurals)
