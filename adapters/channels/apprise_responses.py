"""HTTP responses to the message that apprise is sending.

Apprise itself only returns whether it succeeded, and its log lines name sometimes the status and sometimes the provider's own
code. So the statuses are taken from the log of the HTTP library, which writes them alike for all providers.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ports.channels import Bounced, ChannelUnavailable, DeliveryUnknown

# The statuses of the message that is being sent in this context, or why there is no status.
_RESPONSES: ContextVar[list[int] | None] = ContextVar("responses", default=None)
_NO_CONNECTION, _NO_RESPONSE = -1, 0
_PERMANENT = {400, 404, 410, 422}
_NOT_ACCEPTED = {_NO_CONNECTION, *range(400, 500), 503}  # other 5xx may come after the work was done
_STATUS = re.compile(r'" (\d{3}) \S+$')
_CONNECTION_FAILED = re.compile(r"\(Caused by (NewConnectionError|NameResolutionError|ConnectTimeoutError)\(")


@contextmanager
def captured() -> Iterator[list[int]]:
    """The statuses of all responses in this context. Needs `install`."""
    responses: list[int] = []
    token = _RESPONSES.set(responses)
    try:
        yield responses
    finally:
        _RESPONSES.reset(token)


def error_for(responses: set[int]) -> Exception:
    """The error of a message that apprise could not send. Certain only if every part was refused or had no connection."""
    if responses and responses <= _PERMANENT:
        return Bounced("refused")
    if responses and responses <= _NOT_ACCEPTED:
        return ChannelUnavailable("not taken")
    return DeliveryUnknown("no answer")


def install() -> None:
    """Capture responses from now on; calling it again changes nothing."""
    apprise_log = logging.getLogger("apprise")
    apprise_log.addFilter(_capture_failure)
    apprise_log.setLevel(logging.DEBUG)
    _CAPTURE.install()


def _capture_failure(record: logging.LogRecord) -> bool:
    """Record that there was no response. No line of apprise is logged: they contain numbers and URLs."""
    responses, text = _RESPONSES.get(), record.getMessage()
    if responses is not None and text.startswith("Socket Exception"):
        responses.append(_NO_CONNECTION if _CONNECTION_FAILED.search(text) else _NO_RESPONSE)
    return False


class _ResponseCapture(logging.Filter):
    """Records the HTTP status of each response from the log of urllib3.

    That log belongs to the whole process. Lines of messages are dropped, because they contain numbers; lines of other callers
    are logged at the level that was set before.
    """

    def __init__(self) -> None:
        super().__init__()
        self._log = logging.getLogger("urllib3.connectionpool")
        self._level = logging.NOTSET  # set by the application

    def install(self) -> None:
        """Get every line, also after the application has configured the log again."""
        if self not in self._log.filters or self._log.level != logging.DEBUG:
            self._level = self._log.level
            self._log.addFilter(self)
            self._log.setLevel(logging.DEBUG)

    def filter(self, record: logging.LogRecord) -> bool:
        responses = _RESPONSES.get()
        if responses is None:
            return record.levelno >= self._original_level()
        status = _STATUS.search(record.getMessage())
        if status is not None:
            responses.append(int(status[1]))
        return False

    def _original_level(self) -> int:
        parent = self._log.parent
        return self._level or (parent.getEffectiveLevel() if parent is not None else logging.NOTSET)


_CAPTURE = _ResponseCapture()
