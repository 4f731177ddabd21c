"""How many files and connections this process may have open."""

import logging
import resource

log = logging.getLogger(__name__)
_WANTED = 65_536
_OTHERS = 256  # the database, Temporal, logs, and connections to carriers and receivers of webhooks


def raise_open_files() -> int:
    """Raise the soft limit as far as the hard one lets us; the limit that holds then. Many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _WANTED if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as refused:
        log.warning("the limit of open files stays at %s: %s", soft, refused)
        return soft
    return wanted


def max_connections(wanted: int, open_files: int) -> int:
    """How many connections the API may hold open: as many as wanted, or as the files that nothing else needs."""
    return min(wanted, max(open_files - _OTHERS, open_files // 2))
