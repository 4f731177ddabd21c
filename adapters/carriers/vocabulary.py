"""Vocabularies: what the status codes of carriers and tracking services mean, read from the YAML files beside this module."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field, model_validator

from adapters.untrusted_json import Text, sanitize, text
from domain.base import Frozen
from domain.model.scan import Fault, ParcelStatus, ScanReason

NAMES = ("easypost", "aftership", "generic", "shippo", "karrio", "trackingmore", "easyship")
MAX_CODE = 120  # characters of a code that are looked up; no listed code is as long


class StatusMapping(Frozen):
    """The meaning of a status and its detail.

    code: both as the source wrote them, as one line without control characters.
    listed: False when one of them is not in the file. Such codes are counted and never guessed.
    """

    status: ParcelStatus
    code: str
    reason: ScanReason | None = None
    action_required: bool = False
    listed: bool = True


class _StatusRow(Frozen):
    status: ParcelStatus
    fault: Fault | None = None
    action_required: bool = False


class _DetailRow(Frozen):
    status: ParcelStatus | None = None
    overrides: frozenset[ParcelStatus] = frozenset({ParcelStatus.UNKNOWN})
    fault: Fault | None = None
    action_required: bool = False

    @model_validator(mode="after")
    def never_delivers(self) -> "_DetailRow":
        if self.status is ParcelStatus.DELIVERED:
            raise ValueError("only a status may mean delivered, never a detail")
        return self


class VocabularyFile(Frozen):
    """A vocabulary's file: statuses, and details that refine them. The head of easypost.yaml explains the columns."""

    statuses: dict[str, _StatusRow]
    details: dict[str, _DetailRow] = Field(default_factory=dict)


class Vocabulary:
    """A table that is read for every scan. Each listed pair of status and detail is mapped once and kept.

    Senders may invent any number of codes of any length: those are cut, mapped each time and never kept.
    """

    def __init__(self, table: VocabularyFile) -> None:
        self.statuses, self.details = table.statuses, table.details
        self._cache: dict[tuple[Text, Text], StatusMapping] = {}

    def map_status(self, status: Text, detail: Text) -> StatusMapping:
        """The meaning of a status and its detail. An unlisted code adds nothing; without any listed code it is `unknown`.

        A detail keeps the status it comes with unless its row lists it in `overrides`, so a firm status stays firm.
        """
        known = self._cache.get((status, detail))
        if known is not None:
            return known
        codes = _code(status), _code(detail)
        mapping = self._map(*codes)
        if mapping.listed:
            self._cache[codes] = mapping
        return mapping

    def _map(self, status: str | None, detail: str | None) -> StatusMapping:
        parent = self.statuses.get(status or "")
        child = self.details.get(detail or "")
        ours = parent.status if parent else ParcelStatus.UNKNOWN
        if child and child.status and ours in child.overrides:
            ours = child.status
        return StatusMapping(
            status=ours,
            code=sanitize("/".join(filter(None, (status, detail))), MAX_CODE),
            reason=self._reason(status, parent, detail, child),
            action_required=ours is not ParcelStatus.DELIVERED
            and any(row.action_required for row in (parent, child) if row),
            listed=(status is None or parent is not None) and (not detail or child is not None),
        )

    @staticmethod
    def _reason(
        status: str | None, parent: _StatusRow | None, detail: str | None, child: _DetailRow | None
    ) -> ScanReason | None:
        """The detail's reason where it has one, because it is more precise; else that of the status."""
        if child and child.fault and detail:
            return ScanReason(code=detail, fault=child.fault)
        if parent and parent.fault and status:
            return ScanReason(code=status, fault=parent.fault)
        return None


def _code(stated: Text) -> str | None:
    return None if stated is None else text(stated)[:MAX_CODE]


@lru_cache(maxsize=len(NAMES))
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name. Adapters read theirs on import, so a wrong file stops the start and not the first scan."""
    file = Path(__file__).with_name(f"{name}.yaml").read_text("utf-8")
    return Vocabulary(VocabularyFile.model_validate(yaml.safe_load(file)))
