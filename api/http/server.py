"""How aiohttp is run: its defaults would wait an hour for a request and decompress bodies by themselves."""

import logging
from typing import Any, Final

from aiohttp import web


class _WithoutRequestText(logging.Filter):
    """aiohttp logs malformed requests with a traceback that quotes them; the type is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        record.msg = f"request not served: {type(error).__name__}" if error else "request not served"
        record.args, record.exc_info, record.exc_text = None, None, None
        return True


_log = logging.getLogger(__name__)
_log.addFilter(_WithoutRequestText())

OPTIONS: Final[dict[str, Any]] = {
    "keepalive_timeout": 15.0,  # also the only limit for half-sent headers; the default is 3,630 s
    "lingering_time": 2.0,  # reading on after an early response; the default of 10 s helps only slow attackers
    "auto_decompress": False,  # signatures cover the bytes that were sent
    "access_log": None,  # it would write whole paths
    "logger": _log,
}


def runner(app: web.Application) -> web.AppRunner:
    """The app, ready to be set up and bound to a site. Requests that run at shutdown have 10 seconds to end."""
    return web.AppRunner(app, handle_signals=False, shutdown_timeout=10.0, **OPTIONS)
