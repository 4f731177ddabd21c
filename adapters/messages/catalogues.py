"""Catalogues: one `.po` file for each language, compiled in memory. English is the source and has no file."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from ports.messages import RenderError

SOURCE = "en"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_UNSPACED = {"zh", "ja", "th", "lo", "km", "my"}  # sentences follow each other without a space


@dataclass(frozen=True)
class Catalogue:
    """The translations of one language.

    singles, plurals: by English text.
    plural_form: the index of the plural form for a number.
    """

    name: str
    singles: dict[str, str]
    plurals: dict[str, tuple[str, ...]]
    plural_form: Callable[[int], int]
    sentence_separator: str

    def text(self, english: str) -> str:
        """The translation. Raises LookupError where there is none: a message is never half in English."""
        return english if self.name == SOURCE else self.singles[english]

    def plural(self, one: str, many: str, count: int) -> str:
        """The form for that number. Raises LookupError where there is no translation."""
        if self.name == SOURCE:
            return one if count == 1 else many
        return self.plurals[one][self.plural_form(count)]


def read_catalogues(folders: Iterable[Path]) -> dict[str, Catalogue]:
    """All languages in those folders, by name (`zh_Hans`); the first folder wins. Raises RenderError naming the file."""
    files = {file.stem: file for folder in reversed([*folders]) for file in sorted(folder.glob("*.po"))}
    english = Catalogue(SOURCE, {}, {}, lambda count: int(count != 1), " ")
    return {**{name: _catalogue(name, file) for name, file in sorted(files.items())}, SOURCE: english}


def read_catalogue(file: Path) -> Catalog:
    """The file as babel parses it. Raises RenderError."""
    try:
        Locale.parse(file.stem)
        with file.open("rb") as po:
            return read_po(po, locale=file.stem, abort_invalid=True)
    except (UnknownLocaleError, PoFileError, ValueError, OSError) as problem:
        raise RenderError(f"{file} is not a catalogue: {problem}") from problem


def _catalogue(name: str, file: Path) -> Catalogue:
    """An entry that is empty, or marked as uncertain ("fuzzy"), counts as missing. Raises RenderError for a wrong one."""
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
        raise RenderError(f"{file}: its plural rule is wrong: {problem}") from problem
    return Catalogue(name, singles, plurals, rule, "" if name[:2] in _UNSPACED else " ")


def _check_placeholders(file: Path, english: str, forms: Iterable[str]) -> None:
    """A translation has the variables of the English text; only a number may be part of its words ("once")."""
    wanted = set(_PLACEHOLDER.findall(english))
    for form in forms:
        has = set(_PLACEHOLDER.findall(form))
        try:
            form % dict.fromkeys(has, "")
        except (ValueError, TypeError, KeyError) as problem:
            raise RenderError(f'{file}: "{form}" is wrong: {problem}') from problem
        if wanted - has - {"count"} or has - wanted:
            raise RenderError(f'{file}: "{form}" must have {", ".join(sorted(wanted)) or "no variable"}')
