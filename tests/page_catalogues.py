"""The English sentences of each screen, and its catalogues: `python -m tests.page_catalogues` adds what is missing.

A new entry is empty. Fill it in `pages/<screen>/words/de.po` and `zh_Hans.po`; a test fails until all are filled.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from adapters.messages.catalogues import read_catalogue
from pages.web.catalogues import FOLDER, PAGES

LANGUAGES = ("de", "zh_Hans")
Sentence = str | tuple[str, ...]


def screens() -> list[Path]:
    """The folders of all screens, the design among them."""
    return sorted(one for one in PAGES.iterdir() if one.name != "web" and [*one.rglob("*.html")])


def sentences(screen: Path) -> Iterator[tuple[str, Sentence]]:
    """Place and sentence: of templates `_()` and `ngettext()`, of code `sentence()`."""
    for file in sorted(screen.rglob("*.html")):
        words = {"_": None, "ngettext": (1, 2)}
        for line, text, _, _ in extract_from_file("jinja2.ext:babel_extract", str(file), keywords=words):
            yield f"{file.relative_to(PAGES)}:{line}", text
    for file in sorted(screen.rglob("*.py")):
        for line, text, _, _ in extract_from_file("python", str(file), keywords={"sentence": None}):
            yield f"{file.relative_to(PAGES)}:{line}", text


def complete(screen: Path, language: str) -> int:
    """Write the catalogue of that language with exactly the screen's sentences; how many have no translation."""
    file = screen / FOLDER / f"{language}.po"
    known = read_catalogue(file) if file.exists() else Catalog(locale=language)
    wanted = Catalog(locale=language, project="smot", fuzzy=False)
    for _, text in sentences(screen):
        key = text if isinstance(text, str) else text[0]
        found = known.get(key)
        wanted.add(text, string=found.string if found else "")
    file.parent.mkdir(exist_ok=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: {wanted.plural_forms}\\n"\n'
    with file.open("wb") as out:
        out.write((header + '"Content-Type: text/plain; charset=utf-8\\n"\n\n').encode())
        write_po(out, wanted, width=110, omit_header=True, no_location=True)
    return sum(
        not (one.string if isinstance(one.string, str) else all(one.string)) for one in wanted if one.id
    )


if __name__ == "__main__":
    for one in screens():
        for tag in LANGUAGES:
            sys.stdout.write(f"{one.name} {tag}: {complete(one, tag)} without a translation\n")
