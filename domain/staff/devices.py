"""Which device a session belongs to, as its user recognises it: the kind of browser and system, and nothing more."""

from typing import Final

_BROWSERS: Final = (  # the first that fits: most browsers also name others
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("Python/", "Python"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iOS"), ("iPad", "iOS"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> str:
    """As `Firefox, Linux`; empty for one that names neither. Of the header itself nothing is kept."""
    found = (
        next((name for mark, name in kinds if mark in user_agent), "") for kinds in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in found if name)
