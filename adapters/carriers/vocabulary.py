"""The words of carriers and of those who track for them in ours, read from the YAML files beside this."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field, model_validator

from domain.base import Fact
from domain.parcels import Fault, ParcelStatus, ScanReason

NAMES = ("easypost", "aftership", "generic", "shippo", "karrio", "trackingmore", "easyship")
_REMEMBERED = 4096  # pairs of words whose meaning is kept; strangers may send any number of them


class Meaning(Fact):
    """What one scan says. `code`: the words as told. `listed`: False when one is not in the file; counted, never guessed."""

    status: ParcelStatus
    code: str
    reason: ScanReason | None = None
    action_required: bool = False
    listed: bool = True


class _Status(Fact):
    status: ParcelStatus
    fault: Fault | None = None
    action_required: bool = False


class _Detail(Fact):
    status: ParcelStatus | None = None
    over: frozenset[ParcelStatus] = frozenset({ParcelStatus.UNKNOWN})
    fault: Fault | None = None
    action_required: bool = False

    @model_validator(mode="after")
    def never_delivers(self) -> "_Detail":
        if self.status is ParcelStatus.DELIVERED:
            raise ValueError("only a status says delivered, never a detail")
        return self


class Table(Fact):
    """A vocabulary's file: statuses and the details that sharpen them; the head comment of easypost.yaml explains the columns."""

    statuses: dict[str, _Status]
    details: dict[str, _Detail] = Field(default_factory=dict)


class Vocabulary:
    """A table that is asked for every scan: what a pair of words means is worked out once."""

    def __init__(self, table: Table) -> None:
        self.statuses, self.details = table.statuses, table.details
        self._known: dict[tuple[str | None, str | None], Meaning] = {}

    def meaning(self, status: str | None, detail: str | None) -> Meaning:
        """Our reading of a status and its detail. An unlisted word adds nothing; with nothing it is `unknown`.

        A detail keeps the status it comes with unless its row lists it in `over`, so a firm status stays firm.
        """
        known = self._known.get((status, detail))
        if known is None:
            known = self._read(status, detail)
            if len(self._known) < _REMEMBERED:
                self._known[status, detail] = known
        return known

    def _read(self, status: str | None, detail: str | None) -> Meaning:
        parent = self.statuses.get(status or "")
        child = self.details.get(detail or "")
        ours = parent.status if parent else ParcelStatus.UNKNOWN
        if child and child.status and ours in child.over:
            ours = child.status
        return Meaning(
            status=ours,
            code="/".join(filter(None, (status, detail))),
            reason=self._reason(status, parent, detail, child),
            action_required=ours is not ParcelStatus.DELIVERED
            and any(row.action_required for row in (parent, child) if row),
            listed=(status is None or parent is not None) and (not detail or child is not None),
        )

    @staticmethod
    def _reason(
        status: str | None, parent: _Status | None, detail: str | None, child: _Detail | None
    ) -> ScanReason | None:
        """The detail's reason where it has one, for it is the closer word; else the status's."""
        if child and child.fault and detail:
            return ScanReason(code=detail, fault=child.fault)
        if parent and parent.fault and status:
            return ScanReason(code=status, fault=parent.fault)
        return None


@lru_cache(maxsize=len(NAMES))
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name; a wrong file stops the start, not the first scan."""
    text = Path(__file__).with_name(f"{name}.yaml").read_text("utf-8")
    return Vocabulary(Table.model_validate(yaml.safe_load(text)))
