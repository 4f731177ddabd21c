"""Checks of the language that the product is written in: names, module names and docstrings (docs/glossary.md)."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = (
    "domain", "ports", "store", "adapters", "activities", "workflows", "services", "api", "pages", "runtime", "demo", "replay",
    "simulators", "failpoints",
)  # fmt: skip
# The first words that a public name must not have.
SPEECH = {
    "tell", "tells", "told", "telling", "ask", "asks", "asked", "asking", "hear", "hears", "heard", "hearing",
    "look", "looks", "looked", "looking", "say", "says", "said", "saying", "see", "sees", "seen", "seeing",
    "word", "words", "obey", "obeys", "obeyed",
}  # fmt: skip
# Words of the old dialect that a module name must not have.
SCENES = {
    "desk", "till", "tower", "errand", "errands", "lookout", "word", "words", "house", "post", "door", "doors", "hook",
    "hooks", "told", "lives", "living", "stage", "scene", "play", "played", "asking", "asked", "looking", "judging",
    "doing", "deeds", "beating", "paying", "elsewhere", "shim", "stamp", "trouble",
}  # fmt: skip
# Subjects and phrases that name no process, role or time.
NOBODY = re.compile(r"\b(whoever|nobody|somebody|anybody|anew|once more|for good)\b", re.IGNORECASE)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def sources() -> dict[str, str]:
    """Path (from the root of the checkout) -> text, of every module of the product."""
    files = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return {str(file.relative_to(ROOT)): file.read_text() for file in files}


@cache
def tree(text: str) -> ast.Module:
    """The parsed module. Every check reads all modules, so each is parsed once."""
    return ast.parse(text)


def repeated_classes(modules: Mapping[str, str]) -> dict[str, list[str]]:
    """Class name -> the modules that define it, for each name that more than one module defines."""
    places = defaultdict(list)
    for path, text in modules.items():
        for node in ast.walk(tree(text)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def names_of_speech(modules: Mapping[str, str]) -> list[str]:
    """Public functions, classes, methods and fields whose first word is a verb of speech or of the senses.

    `looks_like_…` is a usual name of a predicate and is left out.
    """
    return [
        f"{path}: {name}"
        for path, text in modules.items()
        for name in _public_names(tree(text).body)
        if _PARTS.findall(name.rpartition(".")[2])[0].lower() in SPEECH and "looks_like" not in name
    ]


def modules_named_by_a_scene(paths: Mapping[str, str]) -> list[str]:
    """Modules whose name is a scene or a metaphor instead of a subject."""
    return [path for path in paths if SCENES & set(Path(path).stem.split("_"))]


def sentences_about_nobody(modules: Mapping[str, str]) -> list[str]:
    """Lines of docstrings and comments that say whoever, nobody or somebody instead of a process or role."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in modules.items()
        for number, line in _prose(text)
        if NOBODY.search(line)
    ]


def modules_without_a_docstring(modules: Mapping[str, str]) -> list[str]:
    """Modules with code and no docstring."""
    return [path for path, text in modules.items() if text.strip() and not ast.get_docstring(tree(text))]


def _public_names(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
        else:
            continue
        if not name.startswith("_"):
            yield f"{owner}{name}"
        if isinstance(node, ast.ClassDef):
            yield from _public_names(node.body, f"{owner}{name}.")


@cache
def _prose(text: str) -> list[tuple[int, str]]:
    """Line number and text of each line of a docstring, and of each comment."""
    return [*_docstrings(text), *_comments(text)]


def _docstrings(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node, clean=False) is not None:
                lines = (ast.get_docstring(node, clean=False) or "").split("\n")
                yield from enumerate(lines, first.lineno)


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
