"""The moments at which a crash hurts most: where each is in the code, in whose process, and what is half done there.

The crash matrix walks this table; a test holds it against the `hit(...)` calls in the code.
"""

from typing import Literal

from domain.base import Fact

Process = Literal["api", "worker", "dispatcher"]


class Place(Fact):
    """One line of code that is such a moment: the name of its failpoint and the process that comes there."""

    point: str
    process: Process
    says: str


class Moment(Fact):
    """A named moment, and the places where our code is in it."""

    name: str
    places: tuple[Place, ...]


def _at(point: str, process: Process, says: str) -> Place:
    return Place(point=point, process=process, says=says)


MOMENTS: tuple[Moment, ...] = (
    Moment(
        name="before-persist",
        places=(
            _at("commit.before", "worker", "a journey's state is ready, its transaction has not begun"),
            _at("inbox.before", "api", "a delivery is verified, nothing of it is kept"),
        ),
    ),
    Moment(
        name="persisted-not-acked",
        places=(
            _at("inbox.persisted", "api", "a delivery is kept, the carrier has no answer"),
            _at(
                "order.persisted",
                "api",
                "an order is written, its journey is not started, the shop has no answer",
            ),
            _at("commit.persisted", "worker", "a state is written, the journey does not know that it is"),
        ),
    ),
    Moment(
        name="acked-not-started",
        places=(
            _at(
                "inbox.claimed",
                "dispatcher",
                "the carrier was answered, the delivery is claimed, no journey was told",
            ),
        ),
    ),
    Moment(
        name="started-not-recorded",
        places=(
            _at("order.loaded", "worker", "a run has begun and read what is known, it has written nothing"),
        ),
    ),
    Moment(
        name="before-provider",
        places=(
            _at("pay.reserved", "worker", "the money is held, it is not marked as sent"),
            _at("pay.sent", "worker", "the leg is marked as sent, the provider was not called"),
        ),
    ),
    Moment(
        name="provider-done",
        places=(_at("pay.called", "worker", "the provider has answered, nothing of it is written"),),
    ),
    Moment(
        name="recorded-not-posted",
        places=(
            _at("pay.written", "worker", "outcome and postings are in a transaction that is not committed"),
        ),
    ),
    Moment(
        name="posted-not-told",
        places=(
            _at("pay.posted", "worker", "the leg is settled in the books, its journey does not know"),
            _at("notice.claimed", "dispatcher", "a notice is claimed, its channel was not called"),
        ),
    ),
    Moment(
        name="mail-accepted",
        places=(
            _at(
                "mail.accepted", "dispatcher", "the channel took a message, the notice is not marked as sent"
            ),
        ),
    ),
    Moment(
        name="hook-delivered",
        places=(
            _at("hook.delivered", "dispatcher", "a receiver took a webhook, the delivery is not marked"),
        ),
    ),
    Moment(
        name="signal-and-update",
        places=(
            _at(
                "inbox.signalled",
                "dispatcher",
                "a journey heard a fact, the delivery it came in is not marked",
            ),
            _at(
                "command.asked", "api", "a command is about to be sent to a journey that may just hear a fact"
            ),
            _at(
                "return.judging",
                "api",
                "a return's opening is about to be judged, and may be written by its own first request just now",
            ),
        ),
    ),
    Moment(
        name="continue-as-new",
        places=(_at("journey.rolling", "worker", "a run is about to hand its state to the next one"),),
    ),
)
PLACES: dict[str, Place] = {place.point: place for moment in MOMENTS for place in moment.places}
