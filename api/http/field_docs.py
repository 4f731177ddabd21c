"""What each field of a model means: the string that follows the field in the source, as editors show it.

Read when the API's documentation is first asked for. Pydantic's `use_attribute_docstrings` would parse the source of every
model in every process that starts, which took a sixth of the start.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any


def field_docs(model: type[Any]) -> dict[str, str]:
    """The text by the name of the field, those of base classes too."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        found |= _docs_in(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _docs_in(module: str) -> Mapping[str, Mapping[str, str]]:
    """By class and field. Empty for a module without a source."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return {}
    return dict(_classes(ast.parse(source).body))


def _classes(body: Sequence[ast.stmt], outer: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield f"{outer}{statement.name}", dict(_fields(statement.body))
            yield from _classes(statement.body, f"{outer}{statement.name}.")


def _fields(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, text in pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words)
