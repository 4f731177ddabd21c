"""What is odd about one message of a carrier: counted, and written as one line of the log, whatever the message's size."""

import logging

log = logging.getLogger(__name__)


class Tally:
    """Counts while one message is read. `source`: who sent it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._unlisted, self._first = 0, ""

    def unlisted(self, code: str) -> None:
        """A scan's code is not in the vocabulary."""
        self._first = self._first or code
        self._unlisted += 1

    def write(self, unread: int = 0) -> None:
        """Write the line, if there is something to say. `unread`: parts that could not be read."""
        if self._unlisted or unread:
            log.info(
                "%s: codes not in the vocabulary: count=%d first=%s; unread parts: count=%d",
                *(self._source, self._unlisted, self._first, unread),
            )
