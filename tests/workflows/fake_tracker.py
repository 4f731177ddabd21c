"""A fake of a carrier's tracker: the test sets its answers, and it counts the polls."""

from collections import Counter
from datetime import datetime

from domain.model.estimate import Estimate
from domain.model.scan import Scan
from domain.model.tracking_update import TrackingUpdate
from domain.tracking.polling import PollRequest
from ports.carriers import ReportedParcel
from ports.trackers import CarrierAccount, Found, RetryLater, TrackerReply


class FakeTracker:
    """The port `Tracker`. `replies`: what is answered for a merchant in place of its scans."""

    def __init__(self) -> None:
        self.scans: dict[str, list[Scan]] = {}
        self.estimates: dict[str, Estimate] = {}
        self.replies: dict[str, TrackerReply] = {}
        self.polls: Counter[str] = Counter()
        self.times: dict[str, list[datetime]] = {}

    async def poll(self, account: CarrierAccount, request: PollRequest, now: datetime) -> TrackerReply:
        assert account.key == "k"
        self.polls[request.merchant] += 1
        self.times.setdefault(request.merchant, []).append(now)
        if (answer := self.replies.get(request.merchant)) is not None:
            return answer
        scans = [scan for scan in self.scans.get(request.merchant, []) if scan.at <= now]
        update = TrackingUpdate(scans=tuple(scans), estimate=self.estimates.get(request.merchant))
        return Found(
            parcel=ReportedParcel(carrier="UPS", tracking_number=request.tracking_number, update=update)
        )


UNAVAILABLE = RetryLater(reason="away")
