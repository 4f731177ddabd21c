"""All crash points: where a crash is hardest to recover from, in which process, and what is half done there.

The crash matrix runs every one of them; a test compares this table with the `hit(...)` calls in the code.
"""

from dataclasses import dataclass
from typing import Literal

Process = Literal["api", "worker", "dispatcher"]


@dataclass(frozen=True)
class CallSite:
    """One `hit(...)` call: the name of its failpoint and the process that runs it."""

    failpoint: str
    process: Process
    description: str


@dataclass(frozen=True)
class CrashPoint:
    """A stage of the work at which a process may die, and the calls in the code that are at this stage."""

    name: str
    call_sites: tuple[CallSite, ...]


CRASH_POINTS: tuple[CrashPoint, ...] = (
    CrashPoint(
        "before-persist",
        (
            CallSite("commit.before", "worker", "a journey's state is ready, its transaction has not begun"),
            CallSite("inbox.before", "api", "a delivery is verified and not stored"),
        ),
    ),
    CrashPoint(
        "persisted-not-acked",
        (
            CallSite("inbox.persisted", "api", "a delivery is stored, the carrier has no response"),
            CallSite(
                "order.persisted",
                "api",
                "an order and its first snapshot are stored, its journey is not started, the shop has no response",
            ),
            CallSite("commit.persisted", "worker", "a state is stored, the journey does not know that it is"),
        ),
    ),
    CrashPoint(
        "acked-not-started",
        (
            CallSite(
                "inbox.claimed",
                "dispatcher",
                "the carrier has its response, the delivery is claimed, no journey got a signal",
            ),
        ),
    ),
    CrashPoint(
        "started-not-recorded",
        (
            CallSite("order.started", "api", "a journey is started, its order is not marked as started"),
            CallSite("order.loaded", "worker", "a run has loaded its snapshot and stored nothing"),
        ),
    ),
    CrashPoint(
        "before-provider",
        (
            CallSite("pay.reserved", "worker", "the money is reserved, the leg is not marked as sent"),
            CallSite("pay.sent", "worker", "the leg is marked as sent, the provider was not called"),
        ),
    ),
    CrashPoint(
        "provider-done",
        (CallSite("pay.called", "worker", "the provider has responded, nothing of it is stored"),),
    ),
    CrashPoint(
        "recorded-not-posted",
        (
            CallSite(
                "pay.written", "worker", "outcome and postings are in a transaction that is not committed"
            ),
        ),
    ),
    CrashPoint(
        "posted-not-reported",
        (
            CallSite("pay.posted", "worker", "the leg is posted in the ledger, its journey does not know"),
            CallSite("notice.claimed", "dispatcher", "a notice is claimed, its channel was not called"),
        ),
    ),
    CrashPoint(
        "mail-accepted",
        (
            CallSite(
                "mail.accepted",
                "dispatcher",
                "the channel accepted a message, the notice is not marked as sent",
            ),
        ),
    ),
    CrashPoint(
        "webhook-delivered",
        (
            CallSite(
                "webhook.delivered",
                "dispatcher",
                "a receiver accepted a webhook, the delivery is not marked as sent",
            ),
        ),
    ),
    CrashPoint(
        "signal-and-update",
        (
            CallSite(
                "inbox.signalled",
                "dispatcher",
                "a journey got the signal, its delivery is not marked as processed",
            ),
            CallSite(
                "command.sent",
                "api",
                "a command is about to be sent to a journey that may get a signal at the same time",
            ),
            CallSite(
                "return.validating",
                "api",
                "a request to open a return is about to be checked, and a repetition of it may be stored just now",
            ),
        ),
    ),
    CrashPoint(
        "continue-as-new",
        (
            CallSite(
                "journey.continuing_as_new", "worker", "a run is about to pass its state to the next run"
            ),
        ),
    ),
)
CALL_SITES: dict[str, CallSite] = {
    site.failpoint: site for point in CRASH_POINTS for site in point.call_sites
}
