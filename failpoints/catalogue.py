"""The moments at which a crash hurts most: where each is in the code, in whose process, and what is half done there.

The crash matrix walks this table; a test holds it against the `hit(...)` calls in the code.
"""

from typing import Literal

from domain.base import Frozen

Process = Literal["api", "worker", "dispatcher"]


class CallSite(Frozen):
    """One line of code that is such a moment: the name of its failpoint and the process that comes there."""

    failpoint: str
    process: Process
    description: str


class CrashPoint(Frozen):
    """A named moment, and the places where our code is in it."""

    name: str
    call_sites: tuple[CallSite, ...]


def _call_site(failpoint: str, process: Process, description: str) -> CallSite:
    return CallSite(failpoint=failpoint, process=process, description=description)


CRASH_POINTS: tuple[CrashPoint, ...] = (
    CrashPoint(
        name="before-persist",
        call_sites=(
            _call_site(
                "commit.before", "worker", "a journey's state is ready, its transaction has not begun"
            ),
            _call_site("inbox.before", "api", "a delivery is verified, nothing of it is kept"),
        ),
    ),
    CrashPoint(
        name="persisted-not-acked",
        call_sites=(
            _call_site("inbox.persisted", "api", "a delivery is kept, the carrier has no answer"),
            _call_site(
                "order.persisted",
                "api",
                "an order is written, its journey is not started, the shop has no answer",
            ),
            _call_site(
                "commit.persisted", "worker", "a state is written, the journey does not know that it is"
            ),
        ),
    ),
    CrashPoint(
        name="acked-not-started",
        call_sites=(
            _call_site(
                "inbox.claimed",
                "dispatcher",
                "the carrier was answered, the delivery is claimed, no journey was told",
            ),
        ),
    ),
    CrashPoint(
        name="started-not-recorded",
        call_sites=(
            _call_site(
                "order.loaded", "worker", "a run has begun and read what is known, it has written nothing"
            ),
        ),
    ),
    CrashPoint(
        name="before-provider",
        call_sites=(
            _call_site("pay.reserved", "worker", "the money is held, it is not marked as sent"),
            _call_site("pay.sent", "worker", "the leg is marked as sent, the provider was not called"),
        ),
    ),
    CrashPoint(
        name="provider-done",
        call_sites=(
            _call_site("pay.called", "worker", "the provider has answered, nothing of it is written"),
        ),
    ),
    CrashPoint(
        name="recorded-not-posted",
        call_sites=(
            _call_site(
                "pay.written", "worker", "outcome and postings are in a transaction that is not committed"
            ),
        ),
    ),
    CrashPoint(
        name="posted-not-reported",
        call_sites=(
            _call_site("pay.posted", "worker", "the leg is settled in the books, its journey does not know"),
            _call_site("notice.claimed", "dispatcher", "a notice is claimed, its channel was not called"),
        ),
    ),
    CrashPoint(
        name="mail-accepted",
        call_sites=(
            _call_site(
                "mail.accepted", "dispatcher", "the channel took a message, the notice is not marked as sent"
            ),
        ),
    ),
    CrashPoint(
        name="webhook-delivered",
        call_sites=(
            _call_site(
                "webhook.delivered", "dispatcher", "a receiver took a webhook, the delivery is not marked"
            ),
        ),
    ),
    CrashPoint(
        name="signal-and-update",
        call_sites=(
            _call_site(
                "inbox.signalled",
                "dispatcher",
                "a journey heard a fact, the delivery it came in is not marked",
            ),
            _call_site(
                "command.sent", "api", "a command is about to be sent to a journey that may just hear a fact"
            ),
            _call_site(
                "return.validating",
                "api",
                "a return's opening is about to be judged, and may be written by its own first request just now",
            ),
        ),
    ),
    CrashPoint(
        name="continue-as-new",
        call_sites=(
            _call_site(
                "journey.continuing_as_new", "worker", "a run is about to hand its state to the next one"
            ),
        ),
    ),
)
CALL_SITES: dict[str, CallSite] = {
    place.failpoint: place for moment in CRASH_POINTS for place in moment.call_sites
}
