"""Catalogues: one `.po` file per language, read and compiled in memory. English is the source and needs none."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from gettext import c2py
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from ports.messages import RenderError

SOURCE = "en"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TRADITIONAL = {"TW", "HK", "MO"}
_UNSPACED = {"zh", "ja", "th", "lo", "km", "my"}  # sentences follow each other without a space


@dataclass(frozen=True)
class Catalogue:
    """The words of one language. `singles` and `plurals` by English text; `form`: which plural form a number takes."""

    name: str
    singles: dict[str, str]
    plurals: dict[str, tuple[str, ...]]
    plural_form: Callable[[int], int]
    sentence_separator: str

    def text(self, english: str) -> str:
        """Raises LookupError for what is not translated: a letter is never half in English."""
        return english if self.name == SOURCE else self.singles[english]

    def plural(self, one: str, many: str, count: int) -> str:
        """The form for that number. Raises LookupError likewise."""
        if self.name == SOURCE:
            return one if count == 1 else many
        return self.plurals[one][self.plural_form(count)]


def read_catalogues(folders: Iterable[Path]) -> dict[str, Catalogue]:
    """All languages in those folders, by name (`zh_Hans`); the first folder wins. Raises RenderError, naming the file."""
    files = {file.stem: file for folder in reversed([*folders]) for file in sorted(folder.glob("*.po"))}
    english = Catalogue(SOURCE, {}, {}, lambda count: int(count != 1), " ")
    return {**{name: _catalogue(name, file) for name, file in sorted(files.items())}, SOURCE: english}


def read_catalogue(file: Path) -> Catalog:
    """The file as babel reads it. Raises RenderError."""
    try:
        Locale.parse(file.stem)
        with file.open("rb") as po:
            return read_po(po, locale=file.stem, abort_invalid=True)
    except (UnknownLocaleError, PoFileError, ValueError, OSError) as problem:
        raise RenderError(f"{file} is no catalogue: {problem}") from problem


def _catalogue(name: str, file: Path) -> Catalogue:
    """An entry that is empty, or marked as a guess ("fuzzy"), counts as missing. Raises RenderError for a broken one."""
    singles: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    po = read_catalogue(file)
    for message in po:
        english = (message.id,) if isinstance(message.id, str) else message.id
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if not english[0] or message.fuzzy or not forms or not all(forms):
            continue
        _check_placeholders(file, english[-1], forms)
        if len(english) == 1:
            singles[english[0]] = forms[0]
        elif len(forms) == po.num_plurals:
            plurals[english[0]] = forms
    try:
        rule: Callable[[int], int] = c2py(po.plural_expr)
    except ValueError as problem:
        raise RenderError(f"{file}: its plural rule is broken: {problem}") from problem
    return Catalogue(name, singles, plurals, rule, "" if name[:2] in _UNSPACED else " ")


def _check_placeholders(file: Path, english: str, forms: Iterable[str]) -> None:
    """A translation says what the English says, not less: only a number may be in its words ("once")."""
    wanted = set(_PLACEHOLDER.findall(english))
    for form in forms:
        has = set(_PLACEHOLDER.findall(form))
        try:
            form % dict.fromkeys(has, "")
        except (ValueError, TypeError, KeyError) as problem:
            raise RenderError(f'{file}: "{form}" is broken: {problem}') from problem
        if wanted - has - {"count"} or has - wanted:
            raise RenderError(f'{file}: "{form}" must have {", ".join(sorted(wanted)) or "no variable"}')


def choose_catalogue(wanted: str, known: Collection[str]) -> str:
    """The catalogue for a BCP 47 tag: de-AT → de, zh-CN → zh_Hans, unknown → en.

    Traditional Chinese (zh-TW, zh-HK, zh-Hant) has no catalogue here and gets English, not the simplified script: so
    does CLDR, and `zh_Hant.po` is all it takes.
    """
    return next((name for name in _fallback_chain(wanted) if name in known), SOURCE)


@lru_cache(maxsize=256)
def format_locale(wanted: str, chosen: str) -> Locale:
    """How dates and amounts are written: by the reader's region where it goes with the language of the text.

    Plain "en" writes the world's way (6 March 2026, US$5.00); "en-US" its own.
    """
    for name in _fallback_chain(wanted):
        if (
            name != SOURCE
            and choose_catalogue(name, (chosen,)) == chosen
            and name.split("_")[0] == chosen.split("_")[0]
        ):
            try:
                return Locale.parse(name)
            except (UnknownLocaleError, ValueError):
                continue
    return Locale.parse("en_001" if chosen == SOURCE else chosen)


def _fallback_chain(wanted: str) -> list[str]:
    """The names to look for, the closest first."""
    parts = wanted.replace("_", "-").split("-")
    language = parts[0].lower()
    language = str(get_global("language_aliases").get(language, language))
    script = next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")
    if language == "zh" and not script:
        script = "Hant" if region in _TRADITIONAL else "Hans"
    found = ["_".join(filter(None, tried)) for tried in ((language, script, region), (language, script))]
    return found if language == "zh" else [*found, "_".join(filter(None, (language, region))), language]
