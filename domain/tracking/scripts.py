"""Scripted parcels of sandbox merchants: what a carrier would report, step by step."""

from datetime import timedelta
from typing import Final, Literal, NamedTuple

from domain.model.scan import ParcelStatus

ScriptName = Literal["on_time", "late", "silent", "returned"]


class ScriptStep(NamedTuple):
    """One scan, that long after the step before."""

    wait: timedelta
    status: ParcelStatus
    place: str


_DAY: Final = timedelta(days=1)
_LEFT: Final = (
    ScriptStep(timedelta(hours=2), ParcelStatus.PRE_TRANSIT, "Leeds, GB"),
    ScriptStep(timedelta(hours=6), ParcelStatus.PICKED_UP, "Leeds, GB"),
    ScriptStep(timedelta(hours=12), ParcelStatus.IN_TRANSIT, "Birmingham, GB"),
)
_ARRIVES: Final = (
    ScriptStep(timedelta(hours=16), ParcelStatus.OUT_FOR_DELIVERY, "London, GB"),
    ScriptStep(timedelta(hours=4), ParcelStatus.DELIVERED, "London, GB"),
)
SCRIPTS: Final[dict[ScriptName, tuple[ScriptStep, ...]]] = {
    "on_time": (*_LEFT, *_ARRIVES),
    "late": (*_LEFT, ScriptStep(9 * _DAY, ParcelStatus.EXCEPTION, "Birmingham, GB"), *_ARRIVES),
    "silent": _LEFT,
    "returned": (
        *_LEFT,
        ScriptStep(_DAY, ParcelStatus.ATTEMPT_FAILED, "London, GB"),
        ScriptStep(_DAY, ParcelStatus.RETURN_TO_SENDER, "London, GB"),
    ),
}
AFTER_THE_LAST: Final = 3 * _DAY  # what a step is where the carrier has nothing more to report
