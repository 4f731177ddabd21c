"""The English sentences of the templates and of the code around them: the entries every catalogue must have.

`python -m tests.messages_source` prints them as a `.pot`, from which a new language is begun.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

import adapters.messages

TEMPLATES_ROOT = Path(adapters.messages.__file__).parent
_ROOTS = (TEMPLATES_ROOT, TEMPLATES_ROOT.with_name("pages"))
_CODE = {"text": None, "counted": (1, 2)}


def source() -> Catalog:
    """Each sentence once, with its location."""
    catalog = Catalog(project="smot")
    for place, line, text in _sentences():
        catalog.add(text, locations=[(place, line)])
    return catalog


def _sentences() -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    for method, files in (("jinja2", "templates/**/*.*"), ("python", "*.py")):
        for root, file in ((one, file) for one in _ROOTS for file in sorted(one.glob(files))):
            words = _CODE if method == "python" else {"_": None, "ngettext": (1, 2)}
            call = "jinja2.ext:babel_extract" if method == "jinja2" else method
            for line, text, _, _ in extract_from_file(call, str(file), keywords=words):
                yield file.relative_to(root.parent).as_posix(), line, text


if __name__ == "__main__":
    write_po(sys.stdout.buffer, source(), width=110, omit_header=True)
