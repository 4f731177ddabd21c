"""Lines of the audit as people read them: names in place of ids, moments in place of their text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.line_amounts import AMOUNTS
from services.orders.history import AuditListEntry

_REFUSED: Final = "refused:"
_ID: Final = re.compile(r"^[a-z]{2,5}_[A-Za-z0-9_-]{6,}$")
_MOMENT: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
_KINDS_OF_NAMED: Final = ("user ", "key ")  # before an id, in what a line is about
_OF_MACHINES: Final = frozenset({"hash", "item", "survey", "same_as"})
FactValue = str | int | datetime


@dataclass(frozen=True)
class ReadLine:
    """A line with its words still to be chosen.

    action: `refused` for a command that was refused, which `command` names then. subject: a name, or empty. reference: the id of
    what it is about, where that has no name.
    """

    line: AuditListEntry
    action: str
    command: str
    subject: str
    reference: str
    facts: tuple[tuple[str, FactValue], ...]


def ids_in(lines: Iterable[AuditListEntry]) -> set[str]:
    """What may be the id of a user or of a key, in what the lines are about and in their facts."""
    found = {str(value) for line in lines for value in line.details.values()}
    return {one for one in found | {_id_of(line.subject) for line in lines} if _ID.match(one)}


def read_line(line: AuditListEntry, names: Mapping[str, str]) -> ReadLine:
    """names: of users and keys, by id."""
    refused = line.action.startswith(_REFUSED)
    of_class = re.sub(r"(?<!^)(?=[A-Z])", "_", line.action.removeprefix(_REFUSED)).lower()
    about = _id_of(line.subject) if line.subject != line.order else ""
    return ReadLine(
        line=line,
        action="refused" if refused else line.action,
        command=of_class if refused else "",
        subject=names.get(about) or ("" if _ID.match(about) else about),
        reference=about if _ID.match(about) and about not in names else "",
        facts=tuple(
            (name, _value(value, names)) for name, value in line.details.items() if _counts(line, name)
        ),
    )


def _id_of(subject: str) -> str:
    for kind in _KINDS_OF_NAMED:
        subject = subject.removeprefix(kind)
    return subject


def _counts(line: AuditListEntry, name: str) -> bool:
    """Sums stand before the facts, with their currency; what only machines read is left out."""
    return name not in _OF_MACHINES and name not in AMOUNTS and not (line.amount and name == "currency")


def _value(value: str | int, names: Mapping[str, str]) -> FactValue:
    if isinstance(value, str) and _MOMENT.match(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return names.get(value, value) if isinstance(value, str) else value
